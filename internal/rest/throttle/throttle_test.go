package throttle

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

func TestLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(2, 3)
		for i := range 3 {
			if _, ok := l.Take("a"); !ok {
				t.Fatalf("token %d of the burst is missing", i)
			}
		}
		wait, ok := l.Take("a")
		if ok || wait != 500*time.Millisecond {
			t.Fatalf("got %v, %v: want a wait of 500 ms", wait, ok)
		}
		if _, ok := l.Take("b"); !ok {
			t.Fatal("another client has to wait, too")
		}
		time.Sleep(wait)
		if _, ok := l.Peek("a"); !ok {
			t.Fatal("no token after the wait")
		}
		if _, ok := l.Take("a"); !ok {
			t.Fatal("looking took the token")
		}
		time.Sleep(time.Hour)
		for range 3 {
			l.Take("a")
		}
		if _, ok := l.Take("a"); ok {
			t.Fatal("a long pause gave more than the burst")
		}
	})
}

func TestNoLimit(t *testing.T) {
	t.Parallel()
	if _, ok := New(0, 5).Take("a"); !ok {
		t.Fatal("a rate of 0 is no limit")
	}
}

func TestManyClients(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(0.001, 1)
		for i := range 3 * most {
			l.Take(strconv.Itoa(i))
			if i == most-1 {
				time.Sleep(time.Second)
			}
		}
		if n := len(l.buckets); n > most {
			t.Fatalf("%d clients are remembered, %d at most should be", n, most)
		}
		if _, ok := l.Take(strconv.Itoa(3*most - 1)); ok {
			t.Fatal("the last client was forgotten")
		}
	})
}

// TestBlockedClientsStayBlocked: whoever makes up names does not get one forgotten that has to wait.
func TestBlockedClientsStayBlocked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(0.001, 5)
		for range 5 {
			l.Take("guessed")
		}
		for i := range 2 * most {
			l.Take("junk" + strconv.Itoa(i))
			if _, ok := l.Peek("guessed"); ok {
				t.Fatalf("forgotten after %d other names", i+1)
			}
		}
		if n := len(l.buckets); n > most {
			t.Fatalf("%d clients are remembered", n)
		}
	})
}
