package registry

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Cache remembers values. Get takes no lock: it looks into a snapshot, which Put replaces. Any number of goroutines may use it.
type Cache[K comparable, V any] struct {
	most     int
	mu       sync.Mutex
	snapshot atomic.Pointer[map[K]V]
}

// NewCache returns a cache of at most so many values; once it is full it begins anew.
func NewCache[K comparable, V any](most int) *Cache[K, V] { return &Cache[K, V]{most: max(most, 1)} }

// Get returns a value; ok is false where there is none.
func (c *Cache[K, V]) Get(k K) (v V, ok bool) {
	if m := c.snapshot.Load(); m != nil {
		v, ok = (*m)[k]
	}
	return v, ok
}

// Put remembers a value.
func (c *Cache[K, V]) Put(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var next map[K]V
	if m := c.snapshot.Load(); m != nil && len(*m) < c.most {
		next = maps.Clone(*m)
	} else {
		next = map[K]V{}
	}
	next[k] = v
	c.snapshot.Store(&next)
}

// Delete forgets a value.
func (c *Cache[K, V]) Delete(k K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m := c.snapshot.Load(); m != nil {
		next := maps.Clone(*m)
		delete(next, k)
		c.snapshot.Store(&next)
	}
}

// Clear forgets all values.
func (c *Cache[K, V]) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.snapshot.Store(nil)
}
