package worker

import "testing"

// The client may still read the memory of a record whose promise failed, since it retries in the background what it gave up on.
func TestFlightsWithAFailedPromiseAreNotUsedAgain(t *testing.T) {
	tracker := newTracker(1 << 20)
	clean, failed := &flight{}, &flight{}
	failed.poisoned.Store(true)
	for _, f := range []*flight{clean, failed} {
		tracker.send(f)
		tracker.finish(f)
	}
	if got := tracker.take(); got != clean {
		t.Errorf("took %p, want the clean flight %p", got, clean)
	}
	if got := tracker.take(); got != nil {
		t.Error("the flight with a failed promise was handed out again")
	}
}
