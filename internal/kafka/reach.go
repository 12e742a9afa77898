package kafka

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Reach knows when a broker answered last and when one could not be reached, from what the clients of an Environment meet; it asks nothing itself. The
// zero value is ready. Its methods may be called from any goroutine.
type Reach struct {
	answered atomic.Int64 // Unix nanoseconds, 0 for never
	failure  atomic.Pointer[failure]
}

type failure struct {
	at  time.Time
	err error
}

var (
	_ kgo.HookBrokerConnect = (*Reach)(nil)
	_ kgo.HookBrokerRead    = (*Reach)(nil)
)

// Answered returns when a broker answered last, the zero time for never.
func (r *Reach) Answered() time.Time {
	if at := r.answered.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// Failed returns when a broker could not be reached last and why, a nil error for never.
func (r *Reach) Failed() (time.Time, error) {
	if f := r.failure.Load(); f != nil {
		return f.at, f.err
	}
	return time.Time{}, nil
}

// OnBrokerConnect is called by clients.
func (r *Reach) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	r.note(err)
}

// OnBrokerRead is called by clients.
func (r *Reach) OnBrokerRead(_ kgo.BrokerMetadata, _ int16, _ int, _, _ time.Duration, err error) {
	if err == nil {
		r.answered.Store(time.Now().UnixNano())
		return
	}
	r.note(err)
}

func (r *Reach) note(err error) {
	// A client that is closed, or gives up, says nothing of the broker.
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, net.ErrClosed) {
		r.failure.Store(&failure{time.Now(), err})
	}
}

// Unreachable reports whether an error says that no broker could be asked, so that nothing was refused: no connection could be opened, or the time of
// the caller's context was over before one answered. Where there are several brokers the client goes from one to the next until then. The brokers may be
// starting, or their names be known later.
func Unreachable(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	for op, ok := errors.AsType[*net.OpError](err); ok; op, ok = errors.AsType[*net.OpError](op.Err) {
		if op.Op == "dial" {
			return true
		}
	}
	return false
}
