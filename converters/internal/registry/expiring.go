package registry

import "time"

// Expiring is a Cache whose values are forgotten after a while.
type Expiring[K comparable, V any] struct {
	cache *Cache[K, expires[V]]
	life  time.Duration
}

type expires[V any] struct {
	value V
	at    time.Time
}

// NewExpiring returns a cache of at most so many values, each for so long; with no room or no time it remembers nothing.
func NewExpiring[K comparable, V any](most int, life time.Duration) *Expiring[K, V] {
	if most <= 0 || life <= 0 {
		return &Expiring[K, V]{}
	}
	return &Expiring[K, V]{NewCache[K, expires[V]](most), life}
}

// Get returns a value; ok is false where there is none, or no longer.
func (c *Expiring[K, V]) Get(k K) (v V, ok bool) {
	if c.cache == nil {
		return v, false
	}
	x, ok := c.cache.Get(k)
	return x.value, ok && time.Now().Before(x.at)
}

// Put remembers a value from now on.
func (c *Expiring[K, V]) Put(k K, v V) {
	if c.cache != nil {
		c.cache.Put(k, expires[V]{v, time.Now().Add(c.life)})
	}
}

// Delete forgets a value.
func (c *Expiring[K, V]) Delete(k K) {
	if c.cache != nil {
		c.cache.Delete(k)
	}
}

// Clear forgets all values.
func (c *Expiring[K, V]) Clear() {
	if c.cache != nil {
		c.cache.Clear()
	}
}
