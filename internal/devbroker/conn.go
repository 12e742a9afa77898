package devbroker

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// minRequest is a key, a version and a correlation id.
const minRequest = 8

// maxFiltered bounds the requests that are decoded here, which are read whole. Kafka's own are a few kilobytes.
const maxFiltered = 16 << 20

// conn is the guard of one client connection. kfake reads requests from it on one goroutine at a time, and writes each answer with
// one Write on another; it has at most one request of a connection in work.
type conn struct {
	net.Conn
	b *Broker

	left   int    // bytes of the current frame to pass on unread
	ready  []byte // bytes to hand out first
	header [8]byte

	mu      sync.Mutex
	answers map[int32]answerFunc // by correlation id
	joins   joins
}

func newConn(b *Broker, c net.Conn) *conn { return &conn{Conn: c, b: b} }

// Read gives kfake whole requests that it can handle, or an error that ends the connection.
func (c *conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(c.ready) == 0 && c.left == 0 {
		if err := c.nextFrame(); err != nil {
			c.awaitJoins()
			return 0, err
		}
	}
	if len(c.ready) > 0 {
		n := copy(p, c.ready)
		c.ready = c.ready[n:]
		return n, nil
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

func (c *conn) nextFrame() error {
	if _, err := io.ReadFull(c.Conn, c.header[:]); err != nil {
		return err
	}
	size := int32(binary.BigEndian.Uint32(c.header[:4]))
	key := int16(binary.BigEndian.Uint16(c.header[4:6]))
	if why := c.refusal(size, key); why != "" {
		c.b.cfg.Logger.Debug("embedded broker: connection closed: not a Kafka request", "client", c.RemoteAddr(), "reason", why)
		_ = c.Close() // the refusal is the error that counts
		return fmt.Errorf("frame refused: %s", why)
	}
	filter := c.b.filterFor(key)
	rounds := key == int16(kmsg.JoinGroup) || key == int16(kmsg.SyncGroup)
	if filter == nil && !rounds {
		c.ready, c.left = c.header[:], int(size)-4
		return nil
	}
	if size > maxFiltered && key != int16(kmsg.Produce) {
		c.b.cfg.Logger.Debug("embedded broker: connection closed: request too large", "client", c.RemoteAddr(), "request", kmsg.NameForKey(key), "bytes", size)
		_ = c.Close() // the refusal is the error that counts
		return fmt.Errorf("%s request of %d bytes refused", kmsg.NameForKey(key), size)
	}
	frame := make([]byte, 4+int(size))
	copy(frame, c.header[:])
	if _, err := io.ReadFull(c.Conn, frame[len(c.header):]); err != nil {
		return err
	}
	if rounds {
		filter = c.filterRounds(frame)
	}
	frame, corr, answer := c.b.filterFrame(filter, frame)
	if answer != nil {
		c.mu.Lock()
		if c.answers == nil {
			c.answers = make(map[int32]answerFunc)
		}
		c.answers[corr] = answer
		c.mu.Unlock()
	}
	c.ready = frame
	return nil
}

// refusal says why a frame must not reach kfake, which allocates whatever size says and crashes on a key it does not know (B5, B6).
func (c *conn) refusal(size int32, key int16) string {
	switch string(c.header[:4]) {
	case "GET ", "POST", "PUT ", "HEAD", "DELE", "OPTI", "PATC":
		return "this is HTTP"
	}
	if c.header[0] == 0x16 && c.header[1] == 0x03 {
		return "this is TLS, which this listener does not speak"
	}
	switch {
	case size < minRequest:
		return fmt.Sprintf("size %d", size)
	case size > c.b.cfg.MaxRequestBytes:
		return fmt.Sprintf("size %d is above %d", size, c.b.cfg.MaxRequestBytes)
	case kmsg.RequestForKey(key) == nil:
		return fmt.Sprintf("unknown API key %d", key)
	}
	if version := int16(binary.BigEndian.Uint16(c.header[6:])); key == int16(kmsg.Produce) && version > maxProduce {
		return fmt.Sprintf("Produce request of version %d", version)
	}
	return ""
}

// Write sends one whole answer, rewritten where its request asked for that.
func (c *conn) Write(p []byte) (int, error) {
	if len(p) < 8 {
		return c.Conn.Write(p)
	}
	corr := int32(binary.BigEndian.Uint32(p[4:8]))
	c.mu.Lock()
	answer := c.answers[corr]
	delete(c.answers, corr)
	c.mu.Unlock()
	if answer == nil {
		return c.Conn.Write(p)
	}
	frame, err := answer(p)
	if err != nil {
		return 0, err
	}
	if _, err := c.Conn.Write(frame); err != nil {
		return 0, err
	}
	return len(p), nil
}
