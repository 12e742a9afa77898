package app

import (
	"testing"
	"time"
)

func TestHeapGrowsToItsTargetWithinBounds(t *testing.T) {
	const busy = 1 << 30
	for live, want := range map[uint64]int{0: 400, 1 << 20: 400, 8 << 20: 400, 12 << 20: 300, 24 << 20: 100, 40 << 20: 100, 1 << 30: 100} {
		if got := growth(live, busy, time.Second); got != want {
			t.Errorf("growth(%d MiB) = %d, want %d", live>>20, got, want)
		}
	}
}

func TestHeapOfWorkerAtRestGrowsLess(t *testing.T) {
	for _, c := range []struct {
		live, allocated uint64
		took            time.Duration
		want            int
	}{
		{40 << 20, 0, 10 * time.Second, 5},
		{40 << 20, 10 << 20, 10 * time.Second, 5},
		{40 << 20, 60 << 20, 10 * time.Second, 9},
		{40 << 20, 40 << 20, time.Second, 100},
		{4 << 20, 60 << 20, time.Second, 180},
		{4 << 20, 200 << 20, time.Second, 400},
		{40 << 20, 1, time.Nanosecond, 100},
		{40 << 20, 0, -time.Second, 100}, // a clock that was set back
	} {
		if got := growth(c.live, c.allocated, c.took); got != c.want {
			t.Errorf("growth(%d MiB, %d MiB, %v) = %d, want %d", c.live>>20, c.allocated>>20, c.took, got, c.want)
		}
	}
}

func TestHeapOfWorkerThatStartsTasksGrowsLess(t *testing.T) {
	lived := []uint64{40 << 20, 30 << 20, 0}
	for live, want := range map[uint64]bool{39 << 20: false, 41 << 20: false, 44 << 20: true} {
		if got := rises(lived, live); got != want {
			t.Errorf("%d MiB after %v: rises %v", live>>20, lived, got)
		}
	}
	for live, want := range map[uint64]int{0: 400, 3 << 20: 300, 8 << 20: 50, 60 << 20: 10} {
		if got := startGrowth(live); got != want {
			t.Errorf("startGrowth(%d MiB) = %d, want %d", live>>20, got, want)
		}
	}
}

func TestLimitOfMemory(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct{ most, container, want int64 }{
		{0, 0, 0},
		{256 * mib, 0, 176 * mib},
		{32 * mib, 0, 8 * mib},
		{256 * mib, 100 * mib, 80 * mib},
		{256 * mib, 1000 * mib, 176 * mib},
		{0, 1000 * mib, 800 * mib},
	} {
		if got := memoryLimit(c.most, c.container); got != c.want {
			t.Errorf("memoryLimit(%d, %d) = %d, want %d", c.most, c.container, got, c.want)
		}
	}
	if got := attainable(200*mib, 50*mib, 10*mib); got != 200*mib {
		t.Errorf("%d with little that lives", got)
	}
	if got := attainable(200*mib, 300*mib, 10*mib); got != 370*mib {
		t.Errorf("%d with more living than the limit", got)
	}
}
