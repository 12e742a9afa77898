package worker

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/store"
)

// GroupConfig is what only a worker of a group has: exactly-once sources, and offset topics of connectors' own (KIP-618).
type GroupConfig struct {
	// Topic describes the worker's offset topic. Those of connectors are created with the same settings.
	Topic kafka.NewTopic
	// Offsets is the worker's offset topic; Config.Offsets is the same.
	Offsets *store.OffsetTopic
	// ExactlyOnce says that exactly.once.source.support is enabled.
	ExactlyOnce bool
	// Preflight returns the checks that an exactly-once task makes before it starts. It is called while StartTask makes the task, on a goroutine of its
	// own, and must not block: StartTask does not return before, unless the making takes longer than plugins may, and then the task is not started.
	Preflight func(id TaskID) Preflight
}

// Preflight are the checks of a task that writes exactly once. They are called on the task's goroutine, may block until ctx ends, and fail the
// task with their errors.
type Preflight struct {
	// Fence returns once no producer of an earlier generation of the connector's tasks can write any more.
	Fence func(ctx context.Context) error
	// Verify is called after the task's producer has fenced out every other producer of its transactional id. It returns an error where the task
	// is not this worker's to run any more.
	Verify func(ctx context.Context) error
}

// exactlyOnce reports whether source tasks write in transactions.
func (w *Worker) exactlyOnce() bool { return w.cfg.Group != nil && w.cfg.Group.ExactlyOnce }

// Where a source's transactions end (SourceTask.TransactionBoundary).
const (
	boundaryPoll      = "poll"
	boundaryInterval  = "interval"
	boundaryConnector = "connector"
)

// transactionSettings are the keys of a source connector about transactions.
type transactionSettings struct {
	boundary string
	interval time.Duration
}

func (w *Worker) parseTransactionSettings(props map[string]string) (transactionSettings, error) {
	r := propsReader{props: props}
	s := transactionSettings{
		boundary: strings.ToLower(r.text("transaction.boundary", boundaryPoll)),
		interval: r.millis("transaction.boundary.interval.ms", w.settings.flushInterval.Milliseconds()),
	}
	switch s.boundary {
	case boundaryPoll, boundaryInterval, boundaryConnector:
	default:
		r.fail("transaction.boundary", s.boundary, "String must be one of (case insensitive): INTERVAL, POLL, CONNECTOR")
	}
	if r.err == nil && s.interval < 0 {
		r.fail("transaction.boundary.interval.ms", fmt.Sprint(s.interval.Milliseconds()), "Value must be at least 0")
	}
	if s.boundary == boundaryInterval && s.interval == 0 {
		// An interval that is always over ends transactions with every batch (ExactlyOnceWorkerSourceTask looks at it then); a timer would never rest.
		s.boundary = boundaryPoll
	}
	return s, r.err
}
