// Package throttle bounds how often each of many clients may do something.
package throttle

import (
	"sync"
	"time"
)

// most bounds the clients that are remembered.
const most = 10_000

// Limit is a bucket of tokens for each client, which fills at a steady rate. A nil Limit permits everything. Its methods may be called by several
// goroutines.
type Limit struct {
	rate, burst float64

	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	tokens float64
	seen   time.Time
}

// New returns a limit of rate a second with a burst at once; nil where the rate is 0.
func New(rate, burst float64) *Limit {
	if rate <= 0 {
		return nil
	}
	return &Limit{rate: rate, burst: max(burst, 1), buckets: map[string]*bucket{}}
}

// Take takes a token of a client. Where there is none, it returns after how long there will be one.
func (l *Limit) Take(client string) (wait time.Duration, ok bool) { return l.take(client, 1) }

// Peek reports as Take does and takes nothing.
func (l *Limit) Peek(client string) (wait time.Duration, ok bool) { return l.take(client, 0) }

func (l *Limit) take(client string, tokens float64) (time.Duration, bool) {
	if l == nil {
		return 0, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	b := l.buckets[client]
	if b == nil {
		if tokens == 0 {
			return 0, true
		}
		l.makeRoom(now)
		b = &bucket{l.burst, now}
		l.buckets[client] = b
	}
	b.tokens = min(l.burst, b.tokens+l.rate*now.Sub(b.seen).Seconds())
	b.seen = now
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) / l.rate * float64(time.Second)), false
	}
	b.tokens -= tokens
	return 0, true
}

// makeRoom forgets the clients whose buckets are full again, which are as good as new, and where that is not enough any others: many at once, so
// that it costs little for each client that comes.
func (l *Limit) makeRoom(now time.Time) {
	if len(l.buckets) < most {
		return
	}
	for client, b := range l.buckets {
		if b.tokens+l.rate*now.Sub(b.seen).Seconds() >= l.burst {
			delete(l.buckets, client)
		}
	}
	for client := range l.buckets {
		if len(l.buckets) <= most-most/4 {
			return
		}
		delete(l.buckets, client)
	}
}
