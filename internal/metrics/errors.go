package metrics

import (
	"sync/atomic"
	"time"
)

// Errors are what ErrorHandlingMetrics counts for a task.
type Errors struct {
	Failures, Errors, Skipped, Retries, Logged, DeadLetters, DeadLetterFailures atomic.Int64
	// last is when the last error was, in milliseconds of Unix time.
	last atomic.Int64
}

// Seen notes the time of an error.
func (e *Errors) Seen(now time.Time) { e.last.Store(now.UnixMilli()) }

func (e *Errors) bean(tags []Tag) Bean {
	b := Bean{Domain: connectDomain, Type: "task-error-metrics", Tags: tags}
	for _, v := range []struct {
		attribute string
		n         *atomic.Int64
	}{
		{"total-record-failures", &e.Failures}, {"total-record-errors", &e.Errors}, {"total-records-skipped", &e.Skipped},
		{"total-retries", &e.Retries}, {"total-errors-logged", &e.Logged}, {"deadletterqueue-produce-requests", &e.DeadLetters},
		{"deadletterqueue-produce-failures", &e.DeadLetterFailures}, {"last-error-timestamp", &e.last},
	} {
		b.number(v.attribute, float64(v.n.Load()))
	}
	return b
}
