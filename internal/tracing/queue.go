package tracing

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// What waits to be sent, as OpenTelemetry's batch processors have it by default.
const (
	defaultQueue = 2048
	defaultBatch = 512
	defaultDelay = 5 * time.Second
)

// queue keeps ended spans until there are enough of them or some time is over. It never makes a task wait: what does not fit is dropped and counted.
type queue struct {
	cfg                      Config
	spans                    chan sdk.ReadOnlySpan
	sent, overflowed, unsent atomic.Int64

	closing sync.Once
	over    chan struct{} // closed by Shutdown
	done    chan struct{}
	ctx     context.Context // of what is sent
	cancel  context.CancelFunc
}

func newQueue(cfg Config) *queue {
	if cfg.Queue <= 0 {
		cfg.Queue = defaultQueue
	}
	if cfg.Batch <= 0 {
		cfg.Batch = defaultBatch
	}
	cfg.Batch = min(cfg.Batch, cfg.Queue)
	if cfg.Delay <= 0 {
		cfg.Delay = defaultDelay
	}
	q := &queue{cfg: cfg, spans: make(chan sdk.ReadOnlySpan, cfg.Queue), over: make(chan struct{}), done: make(chan struct{})}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	go q.run()
	return q
}

// OnStart implements sdk.SpanProcessor.
func (q *queue) OnStart(context.Context, sdk.ReadWriteSpan) {}

// OnEnd implements sdk.SpanProcessor.
func (q *queue) OnEnd(s sdk.ReadOnlySpan) {
	select {
	case <-q.over:
		q.overflowed.Add(1)
		return
	default:
	}
	select {
	case q.spans <- s:
	default:
		q.overflowed.Add(1)
	}
}

// ForceFlush implements sdk.SpanProcessor; nobody calls it.
func (q *queue) ForceFlush(context.Context) error { return nil }

// Shutdown implements sdk.SpanProcessor: it sends what waits until ctx ends.
func (q *queue) Shutdown(ctx context.Context) error {
	q.closing.Do(func() { close(q.over) })
	defer q.cancel()
	select {
	case <-q.done:
		return nil
	case <-ctx.Done():
		q.cancel()
		<-q.done
		return ctx.Err()
	}
}

func (q *queue) run() {
	defer close(q.done)
	batch := make([]sdk.ReadOnlySpan, 0, q.cfg.Batch)
	timer := time.NewTimer(q.cfg.Delay)
	defer timer.Stop()
	for {
		select {
		case s := <-q.spans:
			if batch = append(batch, s); len(batch) < q.cfg.Batch {
				continue
			}
		case <-timer.C:
		case <-q.over:
			q.drain(batch)
			return
		}
		batch = q.send(batch)
		timer.Reset(q.cfg.Delay)
	}
}

func (q *queue) drain(batch []sdk.ReadOnlySpan) {
	for {
		select {
		case s := <-q.spans:
			if batch = append(batch, s); len(batch) >= q.cfg.Batch {
				batch = q.send(batch)
			}
		default:
			q.send(batch)
			return
		}
	}
}

// send returns the batch emptied.
func (q *queue) send(batch []sdk.ReadOnlySpan) []sdk.ReadOnlySpan {
	if len(batch) == 0 {
		return batch
	}
	if err := q.cfg.Send(q.ctx, encode(q.cfg.Resource, batch)); err != nil { // Send logs it
		q.unsent.Add(int64(len(batch)))
	} else {
		q.sent.Add(int64(len(batch)))
	}
	clear(batch)
	return batch[:0]
}
