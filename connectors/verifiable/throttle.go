package verifiable

import (
	"context"
	"math"
	"time"
)

// throttle keeps a rate in records a second (ThroughputThrottler): without limit where the rate is negative, and where it is 0 one record and no more.
type throttle struct {
	rate  int64
	begun time.Time
}

// pause returns how long to wait before the next record, done records after the beginning.
func (t throttle) pause(done int64, now time.Time) time.Duration {
	switch {
	case t.rate < 0 || done == 0:
		return 0
	case t.rate == 0:
		return math.MaxInt64
	}
	due := time.Duration(float64(done) / float64(t.rate) * float64(time.Second))
	return max(due-now.Sub(t.begun), 0)
}

// sleep waits and reports false where ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
