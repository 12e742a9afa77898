package budget

import (
	"context"
	"slices"
	"sync"
)

// Transit is memory for what is taken in to be cut to size and must be held whole for that moment: batches larger than their reader's share.
// Who comes first goes first, and what is larger than the whole passes alone, so everybody gets on as long as everybody lets go soon.
type Transit struct {
	limit int64

	mu      sync.Mutex
	used    int64
	passing int
	queue   []*passage
}

// passage is one that waits.
type passage struct {
	size  int64
	admit chan struct{}
}

// NewTransit returns a transit of limit bytes.
func NewTransit(limit int64) *Transit { return &Transit{limit: limit} }

// Enter waits, at most until ctx ends, until there is room for size bytes, and takes it until leave is called, which may be done more than
// once and on any goroutine.
func (t *Transit) Enter(ctx context.Context, size int64) (leave func(), err error) {
	t.mu.Lock()
	if len(t.queue) == 0 && t.fits(size) {
		t.take(size)
		t.mu.Unlock()
		return t.leaving(size), nil
	}
	p := &passage{size, make(chan struct{})}
	t.queue = append(t.queue, p)
	t.mu.Unlock()
	select {
	case <-p.admit:
		return t.leaving(size), nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.queue, p); i >= 0 {
		t.queue = slices.Delete(t.queue, i, i+1)
	} else { // it was let in meanwhile
		t.used -= size
		t.passing--
	}
	t.next()
	return nil, ctx.Err()
}

// fits reports whether one of size bytes may go now; t.mu is held.
func (t *Transit) fits(size int64) bool { return t.passing == 0 || t.used+size <= t.limit }

func (t *Transit) take(size int64) {
	t.used += size
	t.passing++
}

// next lets in who waits, in order; t.mu is held.
func (t *Transit) next() {
	for len(t.queue) > 0 && t.fits(t.queue[0].size) {
		p := t.queue[0]
		t.queue[0] = nil
		t.queue = t.queue[1:]
		t.take(p.size)
		close(p.admit)
	}
}

func (t *Transit) leaving(size int64) func() {
	return sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.used -= size
		t.passing--
		t.next()
	})
}

// Used is how many bytes are passing.
func (t *Transit) Used() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.used
}
