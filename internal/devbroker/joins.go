package devbroker

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// joins are the requests to join a group that wait for their answer.
//
// kfake gives a member its session with the answer; one whose connection has ended by then would have none and stay in its group until the rebalance
// timeout of the others. So the end of a connection is told after the answer: the session of the dead member runs out then, as in Kafka, whose members
// are no matter of connections.
//
// The session of a member that was in the group before goes on while it waits, though, where Kafka's stands still: when others take longer than that to
// join, kfake drops the member and never answers it. So the connection of such a member is closed, and it joins again as a new one, which has no session
// until it is answered.
type joins struct {
	waiting map[int32]*join // by correlation id
	// answered is closed when none waits any more; nil where none does.
	answered chan struct{}
	// leads is the member that leads its group by the last answer.
	leads string
}

// join is a request that waits.
type join struct {
	group, member string
	session       time.Duration // of the member
	patience      time.Duration // of the group
	look          *time.Timer   // for whether the member is still there
}

// filterRounds is the filter of a request to join or to synchronize a group, whose frame is given.
func (c *conn) filterRounds(frame []byte) filter {
	corr := int32(binary.BigEndian.Uint32(frame[8:]))
	return func(_ *Broker, r kmsg.Request) (bool, func(kmsg.Response)) {
		if r, ok := r.(*kmsg.SyncGroupRequest); ok {
			c.awaitLeader(r)
			return false, nil
		}
		c.joining(corr, r.(*kmsg.JoinGroupRequest))
		return false, func(r kmsg.Response) { c.joined(corr, r.(*kmsg.JoinGroupResponse)) }
	}
}

func (c *conn) joining(corr int32, r *kmsg.JoinGroupRequest) {
	j := &join{group: r.Group, member: r.MemberID, session: time.Duration(r.SessionTimeoutMillis) * time.Millisecond, patience: time.Duration(r.RebalanceTimeoutMillis) * time.Millisecond}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.joins.waiting == nil {
		c.joins.waiting = map[int32]*join{}
	}
	if len(c.joins.waiting) == 0 {
		c.joins.answered = make(chan struct{})
	}
	c.joins.waiting[corr] = j
	if j.member != "" { // without an id it has no session
		j.look = time.AfterFunc(j.session+lookLater, func() { c.look(corr, j) })
	}
}

// lookLater is how long after the end of a session kfake has dropped its member.
const lookLater = 100 * time.Millisecond

// look closes the connection of a member that was dropped while it waited.
func (c *conn) look(corr int32, j *join) {
	there := true
	c.b.admin(func(k *kfake.Cluster) {
		g := k.GroupInfo(j.group)
		there = g != nil && slices.ContainsFunc(g.Members, func(m kfake.GroupMember) bool { return m.MemberID == j.member })
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.joins.waiting[corr] != j:
	case there:
		j.look.Reset(j.session + lookLater)
	default:
		c.b.cfg.Logger.Debug("embedded broker: connection closed: the session of its member ended while it waited for others to join", "group", j.group, "member", j.member)
		c.answeredJoin(corr)
		_ = c.Close() // it has no other use
	}
}

func (c *conn) joined(corr int32, r *kmsg.JoinGroupResponse) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.joins.leads = ""
	if r.MemberID == r.LeaderID {
		c.joins.leads = r.MemberID
	}
	c.answeredJoin(corr)
}

// answeredJoin notes that a request waits no longer; the caller holds the lock.
func (c *conn) answeredJoin(corr int32) {
	j := c.joins.waiting[corr]
	if j == nil {
		return
	}
	if j.look != nil {
		j.look.Stop()
	}
	delete(c.joins.waiting, corr)
	if len(c.joins.waiting) == 0 {
		close(c.joins.answered)
		c.joins.answered = nil
	}
}

// awaitJoins returns when no request to join waits for its answer, when the patience of its group is over (its member has asked again elsewhere), or the
// broker stops.
func (c *conn) awaitJoins() {
	c.mu.Lock()
	answered := c.joins.answered
	var most time.Duration
	for _, j := range c.joins.waiting {
		most = max(most, j.patience+j.session)
	}
	c.mu.Unlock()
	if answered == nil {
		return
	}
	patience := time.NewTimer(most)
	defer patience.Stop()
	select {
	case <-answered:
	case <-patience.C:
		c.mu.Lock()
		defer c.mu.Unlock()
		for corr := range c.joins.waiting {
			c.answeredJoin(corr)
		}
	case <-c.b.stop:
	}
}

// Intervals between two looks at a group whose leader has not synchronized yet.
const (
	firstLook = 2 * time.Millisecond
	mostLook  = 50 * time.Millisecond
)

// awaitLeader keeps the request of a member to synchronize from kfake until its leader has, or the round is over. kfake counts a member that is dropped
// while it waits in there as one that had joined, and then waits for one more than there are, until the rebalance timeout. It runs on the goroutine that
// reads the connection, and a held request blocks those behind it, as in Kafka.
func (c *conn) awaitLeader(r *kmsg.SyncGroupRequest) {
	c.mu.Lock()
	leads := c.joins.leads == r.MemberID
	c.mu.Unlock()
	if leads || len(r.GroupAssignment) > 0 {
		return
	}
	for wait := firstLook; ; wait = min(2*wait, mostLook) {
		open := false
		c.b.admin(func(k *kfake.Cluster) {
			g := k.GroupInfo(r.Group)
			open = g != nil && g.State == "CompletingRebalance" && g.Epoch == r.Generation
		})
		if !open {
			return
		}
		select {
		case <-time.After(wait):
		case <-c.b.stop:
			return
		}
	}
}
