package devbroker

import (
	"encoding/binary"
	"io"
)

// joins are the requests to join a group that wait for their answer. kfake gives a member its session with the answer; one whose connection has ended by
// then would have none and stay in its group until the rebalance timeout of the others. So the end of a connection is told after the answer: the
// session of the dead member runs out then, as in Kafka, whose members are no matter of connections.
type joins struct {
	waiting map[int32]bool // by correlation id
	// answered is closed when none waits any more; nil where none does.
	answered chan struct{}
}

// nextJoin reads the correlation id of a request to join and notes it.
func (c *conn) nextJoin() ([]byte, error) {
	head := make([]byte, len(c.header)+4)
	copy(head, c.header[:])
	if _, err := io.ReadFull(c.Conn, head[len(c.header):]); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.joins.waiting == nil {
		c.joins.waiting = map[int32]bool{}
	}
	if len(c.joins.waiting) == 0 {
		c.joins.answered = make(chan struct{})
	}
	c.joins.waiting[int32(binary.BigEndian.Uint32(head[len(c.header):]))] = true
	return head, nil
}

// joinAnswered notes that a request has its answer; the caller holds the lock.
func (c *conn) joinAnswered(corr int32) {
	if !c.joins.waiting[corr] {
		return
	}
	delete(c.joins.waiting, corr)
	if len(c.joins.waiting) == 0 {
		close(c.joins.answered)
		c.joins.answered = nil
	}
}

// awaitJoins returns when no request to join waits for its answer, or the broker stops.
func (c *conn) awaitJoins() {
	c.mu.Lock()
	answered := c.joins.answered
	c.mu.Unlock()
	if answered == nil {
		return
	}
	select {
	case <-answered:
	case <-c.b.stop:
	}
}
