package metrics

import "time"

// Errors are what the error handling of a task did since the task started: ErrorHandlingMetrics of Java.
type Errors struct {
	Failures           int64     // total-record-failures: attempts that failed
	Errors             int64     // total-record-errors: operations that failed for good
	Skipped            int64     // total-records-skipped
	Retries            int64     // total-retries
	Logged             int64     // total-errors-logged
	DeadLetters        int64     // deadletterqueue-produce-requests
	DeadLetterFailures int64     // deadletterqueue-produce-failures
	LastError          time.Time // last-error-timestamp, zero before the first
}

func (e Errors) bean(tags []Tag) Bean {
	b := Bean{Domain: connectDomain, Type: "task-error-metrics", Tags: tags}
	b.number("total-record-failures", float64(e.Failures))
	b.number("total-record-errors", float64(e.Errors))
	b.number("total-records-skipped", float64(e.Skipped))
	b.number("total-retries", float64(e.Retries))
	b.number("total-errors-logged", float64(e.Logged))
	b.number("deadletterqueue-produce-requests", float64(e.DeadLetters))
	b.number("deadletterqueue-produce-failures", float64(e.DeadLetterFailures))
	last := 0.0
	if !e.LastError.IsZero() {
		last = float64(e.LastError.UnixMilli())
	}
	b.number("last-error-timestamp", last)
	return b
}
