package httplookup

import (
	"container/list"
	"time"
)

// cache remembers answers by their URLs; those not used for longest go first. It is for one goroutine at a time.
type cache struct {
	size     int
	maxBytes int64
	bytes    int64
	entries  map[string]*list.Element
	order    list.List // of *entry, the one used last in front
}

type entry struct {
	url     string
	answer  *answer
	expires time.Time
}

func (e *entry) weight() int64 { return weight(e.url, e.answer) }

// weight is about how much memory an answer takes: it is kept as text and, once used, as a value.
func weight(url string, a *answer) int64 { return int64(256 + 2*len(url) + 3*len(a.body)) }

func newCache(size int, maxBytes int64) *cache {
	return &cache{size: size, maxBytes: maxBytes, entries: map[string]*list.Element{}}
}

// get returns what is remembered for a URL, nil for nothing.
func (c *cache) get(url []byte, now time.Time) *answer {
	at := c.entries[string(url)]
	if at == nil {
		return nil
	}
	e := at.Value.(*entry)
	if !now.Before(e.expires) {
		c.remove(at)
		return nil
	}
	c.order.MoveToFront(at)
	return e.answer
}

func (c *cache) put(url string, a *answer, now time.Time, ttl time.Duration) {
	c.forget(url)
	e := &entry{url, a, now.Add(ttl)}
	if ttl <= 0 || c.size == 0 || e.weight() > c.maxBytes {
		return
	}
	c.entries[url] = c.order.PushFront(e)
	for c.bytes += e.weight(); len(c.entries) > c.size || c.bytes > c.maxBytes; {
		c.remove(c.order.Back())
	}
}

// forget drops what is remembered for a URL.
func (c *cache) forget(url string) {
	if at := c.entries[url]; at != nil {
		c.remove(at)
	}
}

func (c *cache) remove(at *list.Element) {
	e := c.order.Remove(at).(*entry)
	delete(c.entries, e.url)
	c.bytes -= e.weight()
}
