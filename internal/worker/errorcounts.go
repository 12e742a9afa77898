package worker

import (
	"sync/atomic"
	"time"

	"github.com/moldau/moldau/internal/metrics"
)

// ErrorCounts are what the error handling of a task did since the task started.
type ErrorCounts = metrics.Errors

// errorCounts is ErrorCounts while a task runs; any goroutine may count and read.
type errorCounts struct {
	failures, errors, skipped, retries, logged, letters, letterFailures, last atomic.Int64
	// kinds are the errors by stage and class.
	kinds metrics.Tally
}

// failed notes the time of an error (ErrorHandlingMetrics.recordErrorTimestamp).
func (c *errorCounts) failed() { c.last.Store(time.Now().UnixMilli()) }

func (c *errorCounts) read() ErrorCounts {
	out := ErrorCounts{Failures: c.failures.Load(), Errors: c.errors.Load(), Skipped: c.skipped.Load(), Retries: c.retries.Load(), Logged: c.logged.Load(),
		DeadLetters: c.letters.Load(), DeadLetterFailures: c.letterFailures.Load()}
	if last := c.last.Load(); last != 0 {
		out.LastError = time.UnixMilli(last)
	}
	return out
}

// TaskErrors returns what the error handling of a task did; false means that the task does not run here. A task that is started again counts
// from zero.
func (w *Worker) TaskErrors(id TaskID) (ErrorCounts, bool) {
	w.mu.Lock()
	t := w.tasks[id]
	w.mu.Unlock()
	if t == nil {
		return ErrorCounts{}, false
	}
	return t.op.counts.read(), true
}
