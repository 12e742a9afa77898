package kafka

import (
	"context"
	"encoding/binary"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// FetchGate lets somebody decide when the response to a fetch is read. The client calls it, on a goroutine that reads from a broker, when it
// knows how many bytes follow and before it takes memory for them; what is not read stays with the broker. It may block until ctx ends, which is
// when the connection is closed or the fetch is given up; an error closes the connection. release, which may be nil, is called when the
// client has gone on to the next response or the connection is closed.
type FetchGate func(ctx context.Context, size int) (release func(), err error)

// NewGatedConsumer is NewConsumer with a gate for what the client fetches.
func (e *Environment) NewGatedConsumer(ctx context.Context, gate FetchGate, source string, properties map[string]string, options ...kgo.Opt) (*kgo.Client, error) {
	return e.newClient(ctx, Consumer, source, properties, options, func(b *builder) { b.gate = gate })
}

// fetchKey is the number of the request to fetch in Kafka's protocol.
const fetchKey = 1

// gatedConn is a connection to a broker, above TLS. The client uses one of its connections for fetches only, and has one goroutine read
// and one write at a time; deadlines and Close come from any.
type gatedConn struct {
	net.Conn
	gate    FetchGate
	fetches atomic.Bool // a request to fetch was written

	// Of the reading goroutine: each response begins with four bytes that say how many follow.
	head    [4]byte
	have    int // bytes of head
	left    int // of the response at hand
	release func()

	mu       sync.Mutex
	deadline time.Time // of reads
	give     context.CancelFunc
	closed   bool
}

// Write notes whether the connection fetches; the client writes each request at once.
func (c *gatedConn) Write(p []byte) (int, error) {
	if len(p) >= 6 && binary.BigEndian.Uint16(p[4:]) == fetchKey && !c.fetches.Load() {
		c.fetches.Store(true)
	}
	return c.Conn.Write(p)
}

// Read asks the gate before it returns the size of a response.
func (c *gatedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	for rest := p[:n]; len(rest) > 0; {
		if c.left > 0 {
			skip := min(c.left, len(rest))
			c.left -= skip
			rest = rest[skip:]
			continue
		}
		c.head[c.have] = rest[0]
		c.have++
		rest = rest[1:]
		if c.have < len(c.head) {
			continue
		}
		c.have = 0
		c.left = max(int(int32(binary.BigEndian.Uint32(c.head[:]))), 0)
		if failed := c.pass(); failed != nil {
			return 0, failed
		}
	}
	return n, err
}

// pass waits at the gate. The time that this takes does not count as the broker's.
func (c *gatedConn) pass() error {
	c.leave()
	if !c.fetches.Load() {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	begin := time.Now()
	c.mu.Lock()
	if c.closed || !c.deadline.IsZero() && !c.deadline.After(begin) {
		c.mu.Unlock()
		return os.ErrDeadlineExceeded
	}
	c.give = cancel
	c.mu.Unlock()
	release, err := c.gate(ctx, c.left)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.give = nil
	if err == nil && ctx.Err() != nil {
		err = os.ErrDeadlineExceeded
	}
	if err != nil {
		if release != nil {
			release()
		}
		return err
	}
	c.release = release
	if waited := time.Since(begin); waited > time.Millisecond && !c.deadline.IsZero() {
		c.deadline = c.deadline.Add(waited)
		return c.Conn.SetReadDeadline(c.deadline)
	}
	return nil
}

func (c *gatedConn) leave() {
	c.mu.Lock()
	release := c.release
	c.release = nil
	c.mu.Unlock()
	if release != nil {
		release()
	}
}

// SetReadDeadline keeps the deadline apart from the time at the gate. The client sets one that is over when it gives up a fetch.
func (c *gatedConn) SetReadDeadline(t time.Time) error {
	c.limit(t)
	return c.Conn.SetReadDeadline(t)
}

// SetDeadline is SetReadDeadline with that for writes.
func (c *gatedConn) SetDeadline(t time.Time) error {
	c.limit(t)
	return c.Conn.SetDeadline(t)
}

func (c *gatedConn) limit(t time.Time) {
	c.mu.Lock()
	c.deadline = t
	if c.give != nil && !t.IsZero() && !t.After(time.Now()) {
		c.give()
	}
	c.mu.Unlock()
}

// Close ends what waits at the gate.
func (c *gatedConn) Close() error {
	c.mu.Lock()
	c.closed = true
	if c.give != nil {
		c.give()
	}
	c.mu.Unlock()
	c.leave()
	return c.Conn.Close()
}
