package worker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/budget"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/metrics"
)

// processing is what is known about the record being worked on: ProcessingContext of Java. One is reused for all records of a task.
type processing struct {
	stage Stage
	class string // of the plugin that failed
	err   error

	consumed *kgo.Record     // a sink's record as it was consumed
	polled   *connect.Record // a source's record, maybe transformed since
	source   *connect.Record // a source's record as it was polled

	attempt int
	since   time.Time
}

// begin forgets the record before.
func (p *processing) begin() {
	if p.attempt != 0 || p.err != nil {
		*p = processing{}
	}
}

// where tells in which stage and with which record the error came up. Java tells it in its log only, and only where that is asked for.
func (p *processing) where() string {
	var b strings.Builder
	fmt.Fprintf(&b, "stage %s of class %s", p.stage, p.class)
	if in := p.consumed; in != nil {
		fmt.Fprintf(&b, ", record of topic '%s', partition %d, offset %d", in.Topic, in.Partition, in.Offset)
	} else if r := p.polled; r != nil {
		fmt.Fprintf(&b, ", record for topic '%s'", r.Topic)
		if partition, offset, ok := r.Source(); ok {
			fmt.Fprintf(&b, ", source partition %v, source offset %v", partition.Fields(), offset.Fields())
		}
	}
	if field := javafmt.FieldOf(p.err); field != "" {
		b.WriteString(", field " + field)
	}
	return b.String()
}

// reporter tells somebody about a failed record.
type reporter interface {
	// report is called on the task's goroutine, or during a put from any; done, if not nil, is the delivery to wait for before offsets
	// at or past the record are committed.
	report(p *processing) (done <-chan error)
}

// operator decides what a failed operation means: RetryWithToleranceOperator of Java.
type operator struct {
	settings  connectorSettings
	reporters []reporter
	counts    errorCounts
	breaker   breaker
	// deliveries hears of reports under way; nil where nobody waits for them.
	deliveries func(p *processing, done <-chan error)
	// stopping ends waits between attempts.
	stopping context.Context
	// turns are the task's, of which those waits are no part; nil for none.
	turns *budget.Turns
}

// errStopping ends the work on a batch because the task is stopping: nothing of it counts as done.
var errStopping = errors.New("the task is stopping")

// toleranceExceeded is Java's text of a failure that errors.tolerance decides.
const toleranceExceeded = "Tolerance exceeded in error handler"

const (
	firstRetryDelay = 300 * time.Millisecond
	maxDoublings    = 30
)

// failed is called after an attempt of an operation failed. True asks for another attempt, after a wait. Else the record is skipped with a
// nil error, or the task fails with the error.
func (o *operator) failed(p *processing, stage Stage, class string, err error) (again bool, _ error) {
	if p.attempt == 0 || p.stage != stage || p.class != class {
		p.attempt, p.since = 0, time.Now()
	}
	p.attempt++
	p.stage, p.class, p.err = stage, class, err
	o.counts.failures.Add(1)
	retriable := connect.ClassOf(err) == connect.Retriable
	if retriable && o.wait(p) {
		o.counts.retries.Add(1)
		return true, nil
	}
	if o.stopping.Err() != nil && (retriable || errors.Is(err, context.Canceled)) {
		// Java skips the record here where errors are tolerated. It was not given its time, so it shall be worked on again after a restart.
		return false, errStopping
	}
	if retriable {
		o.counts.failures.Add(1) // Java counts the last attempt twice
	}
	o.counts.errors.Add(1)
	if err := o.judge(p, retriable || stage.tolerable()); err != nil {
		return false, err
	}
	o.counts.skipped.Add(1)
	return false, nil
}

// executeFailed is judge for a failure that somebody else met: a sink that reports a record, or Kafka that refuses one. Java counts such an
// error only where it is not tolerated, and never a skipped record.
func (o *operator) executeFailed(p *processing) error {
	o.counts.failures.Add(1)
	err := o.judge(p, true)
	if err != nil {
		o.counts.errors.Add(1)
	}
	return err
}

// judge reports the record and decides whether the task goes on without it.
func (o *operator) judge(p *processing, tolerable bool) error {
	o.counts.failed()
	o.counts.kinds.Add(string(p.stage), metrics.Cause(p.err))
	for _, r := range o.reporters {
		if _, logs := r.(*logReporter); logs {
			o.counts.logged.Add(1)
		}
		if done := r.report(p); done != nil && o.deliveries != nil {
			o.deliveries(p, done)
		}
	}
	if !tolerable {
		return javafmt.NewException(javafmt.ConnectException, "Unhandled exception in error handler", p.err)
	}
	if !o.settings.toleranceAll {
		e := javafmt.NewException(javafmt.ConnectException, toleranceExceeded, p.err)
		e.Where = p.where()
		return e
	}
	return o.oneMore(p.err)
}

// wait sleeps before the next attempt; false means that there is none: the time is over, or the task is stopping.
func (o *operator) wait(p *processing) bool {
	timeout := o.settings.retryTimeout
	left := timeout - time.Since(p.since)
	if timeout >= 0 && left <= 0 {
		return false
	}
	delay := o.delay(p.attempt)
	if timeout >= 0 {
		delay = min(delay, left)
	}
	if o.turns == nil {
		return sleep(o.stopping, delay)
	}
	going := false
	o.turns.Aside(o.stopping, func() { going = sleep(o.stopping, delay) })
	return going
}

// delay doubles with each attempt; above the limit it is anything below the limit, as in Java.
func (o *operator) delay(attempt int) time.Duration {
	// Java shifts without a bound, so that the delay is negative after 54 attempts and the wait vanishes.
	delay := firstRetryDelay << min(attempt-1, maxDoublings)
	if limit := o.settings.retryMaxDelay; delay > limit {
		if limit <= 0 {
			return 0
		}
		delay = time.Duration(rand.Int64N(int64(limit)))
	}
	return delay
}

// sleep waits for d; false means that ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// lost is called for a record that Kafka refused; true means that the task goes on without it. Unlike Java's other failures it is reported
// only then: a task that fails tells of the error itself (AbstractWorkerSourceTask.sendRecords).
func (o *operator) lost(p *processing, stage Stage, class string, err error) bool {
	p.stage, p.class, p.err = stage, class, err
	if !o.settings.toleranceAll {
		return false
	}
	return o.executeFailed(p) == nil
}
