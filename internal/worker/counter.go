package worker

import "sync/atomic"

// counter is a number that a metric reads while a loop counts.
type counter struct{ n atomic.Int64 }

func (c *counter) add(n int64) { c.n.Add(n) }
func (c *counter) set(n int64) { c.n.Store(n) }
func (c *counter) get() int64  { return c.n.Load() }
