package budget

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestTransitLetsInInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		transit := NewTransit(100)
		enter := func(ctx context.Context, size int64) (leave func()) {
			leave, err := transit.Enter(ctx, size)
			if err != nil {
				t.Fatal(err)
			}
			return leave
		}
		huge := enter(t.Context(), 1000) // larger than the whole: alone
		var mu sync.Mutex                // two may come in at once
		var order []int
		leaves := make([]func(), 3)
		for i, size := range []int64{60, 60, 30} {
			go func() {
				leave := enter(t.Context(), size)
				mu.Lock()
				order, leaves[i] = append(order, i), leave
				mu.Unlock()
			}()
			synctest.Wait()
		}
		given, giveUp := context.WithCancel(t.Context())
		go func() {
			if _, err := transit.Enter(given, 10); err == nil {
				t.Error("who gave up was let in")
			}
		}()
		synctest.Wait()
		if len(order) != 0 {
			t.Fatalf("%v came in beside one that is alone", order)
		}
		huge()
		huge() // once more does nothing
		synctest.Wait()
		if len(order) != 1 || order[0] != 0 {
			t.Fatalf("%v came in, the second has no room and the third must not overtake it", order)
		}
		giveUp()
		leaves[0]()
		synctest.Wait()
		if len(order) != 3 || transit.Used() != 90 {
			t.Fatalf("%v came in, %d bytes", order, transit.Used())
		}
		leaves[1]()
		leaves[2]()
		if transit.Used() != 0 || transit.passing != 0 {
			t.Errorf("%d bytes of %d are left", transit.Used(), transit.passing)
		}
	})
}

// TestTransitHolds has many who pass, give up and are larger than all: never are there more bytes than the limit, but for one alone, and everybody
// gets on.
func TestTransitHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		limit := rapid.Int64Range(1, 200).Draw(r, "limit")
		sizes := rapid.SliceOfN(rapid.Int64Range(1, 300), 1, 20).Draw(r, "sizes")
		patience := rapid.SliceOfN(rapid.IntRange(0, 20), len(sizes), len(sizes)).Draw(r, "patience") // 0 for endless
		lasts := rapid.SliceOfN(rapid.IntRange(0, 10), len(sizes), len(sizes)).Draw(r, "lasts")
		synctest.Test(t, func(t *testing.T) {
			transit := NewTransit(limit)
			var used, passing, through atomic.Int64
			for i, size := range sizes {
				go func() {
					ctx := t.Context()
					if patience[i] > 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, time.Duration(patience[i])*time.Millisecond)
						defer cancel()
					}
					leave, err := transit.Enter(ctx, size)
					if err == nil {
						if n, all := passing.Add(1), used.Add(size); n > 1 && all > limit {
							t.Errorf("%d pass with %d bytes of %d", n, all, limit)
						}
						time.Sleep(time.Duration(lasts[i]) * time.Millisecond)
						used.Add(-size)
						passing.Add(-1)
						leave()
					} else if patience[i] == 0 {
						t.Error(err)
					}
					through.Add(1)
				}()
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			if int(through.Load()) != len(sizes) || transit.Used() != 0 || len(transit.queue) != 0 {
				t.Errorf("%d of %d are through, %d bytes are left", through.Load(), len(sizes), transit.Used())
			}
		})
	})
}
