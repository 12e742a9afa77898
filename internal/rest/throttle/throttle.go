// Package throttle bounds how often each of many clients may do something.
package throttle

import (
	"cmp"
	"crypto/sha256"
	"slices"
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
	buckets map[key]*bucket
}

// key stands for a client. Names are as long as clients like, and are not kept.
type key [sha256.Size]byte

type bucket struct {
	tokens float64
	seen   time.Time
}

// New returns a limit of rate a second with a burst at once; nil where the rate is 0.
func New(rate, burst float64) *Limit {
	if rate <= 0 {
		return nil
	}
	return &Limit{rate: rate, burst: max(burst, 1), buckets: map[key]*bucket{}}
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
	who := key(sha256.Sum256([]byte(client)))
	b := l.buckets[who]
	if b == nil {
		if tokens == 0 {
			return 0, true
		}
		l.makeRoom(now)
		b = &bucket{l.burst, now}
		l.buckets[who] = b
	}
	b.tokens = min(l.burst, b.tokens+l.rate*now.Sub(b.seen).Seconds())
	b.seen = now
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) / l.rate * float64(time.Second)), false
	}
	b.tokens -= tokens
	return 0, true
}

// makeRoom forgets the clients whose buckets are full again, which are as good as new, and where that is not enough those with most tokens: many at
// once, so that it costs little for each client that comes. Who has to wait is forgotten last, lest made up names set him free.
func (l *Limit) makeRoom(now time.Time) {
	if len(l.buckets) < most {
		return
	}
	type held struct {
		who    key
		tokens float64
	}
	var others []held
	for who, b := range l.buckets {
		tokens := b.tokens + l.rate*now.Sub(b.seen).Seconds()
		if tokens >= l.burst {
			delete(l.buckets, who)
		} else {
			others = append(others, held{who, tokens})
		}
	}
	if len(others) <= most-most/4 {
		return
	}
	slices.SortFunc(others, func(a, b held) int { return cmp.Compare(b.tokens, a.tokens) })
	for _, h := range others[:len(others)-(most-most/4)] {
		delete(l.buckets, h.who)
	}
}
