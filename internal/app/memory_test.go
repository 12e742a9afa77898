package app

import "testing"

func TestHeapGrowsToItsTargetWithinBounds(t *testing.T) {
	for live, want := range map[uint64]int{0: 400, 1 << 20: 400, 8 << 20: 400, 12 << 20: 300, 24 << 20: 100, 40 << 20: 100, 1 << 30: 100} {
		if got := growth(live); got != want {
			t.Errorf("growth(%d MiB) = %d, want %d", live>>20, got, want)
		}
	}
}
