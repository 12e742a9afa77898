package devbroker

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// groupMember speaks the group protocol by hand.
type groupMember struct {
	t          *testing.T
	client     *kgo.Client
	id         string
	generation int32
	session    time.Duration
}

// join asks to join until there is a member id, and returns the members that the leader is told of.
func (m *groupMember) join(ctx context.Context) (members int, err error) {
	for {
		r := kmsg.NewPtrJoinGroupRequest()
		r.Group, r.MemberID, r.ProtocolType = "g", m.id, "connect"
		r.SessionTimeoutMillis, r.RebalanceTimeoutMillis = int32(m.session.Milliseconds()), int32((10 * time.Minute).Milliseconds())
		p := kmsg.NewJoinGroupRequestProtocol()
		p.Name, p.Metadata = "sessioned", []byte{1}
		r.Protocols = append(r.Protocols, p)
		answer, err := r.RequestWith(ctx, m.client)
		if err != nil {
			return 0, err
		}
		m.id, m.generation = answer.MemberID, answer.Generation
		if answer.ErrorCode == kerr.MemberIDRequired.Code {
			continue
		}
		return len(answer.Members), kerr.ErrorForCode(answer.ErrorCode)
	}
}

func (m *groupMember) sync() {
	m.t.Helper()
	must(m.t, m.synced(m.id))
}

// synced synchronizes with an assignment for each of the members, which only the leader has.
func (m *groupMember) synced(members ...string) error {
	r := kmsg.NewPtrSyncGroupRequest()
	r.Group, r.MemberID, r.Generation = "g", m.id, m.generation
	for _, id := range members {
		a := kmsg.NewSyncGroupRequestGroupAssignment()
		a.MemberID = id
		r.GroupAssignment = append(r.GroupAssignment, a)
	}
	answer, err := r.RequestWith(m.t.Context(), m.client)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(answer.ErrorCode)
}

// awaitRebalance beats until the broker asks for another round.
func (m *groupMember) awaitRebalance() {
	m.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(2 * time.Minute); ; {
		r := kmsg.NewPtrHeartbeatRequest()
		r.Group, r.MemberID, r.Generation = "g", m.id, m.generation
		answer, err := r.RequestWith(m.t.Context(), m.client)
		must(m.t, err)
		if answer.ErrorCode == kerr.RebalanceInProgress.Code {
			return
		}
		must(m.t, kerr.ErrorForCode(answer.ErrorCode))
		select {
		case <-tick.C:
		case <-late:
			m.t.Fatal("the group never asked for another round")
		}
	}
}

// TestMemberThatDiesWhileItJoins has a member whose connection ends before it has the answer to its request to join. Its session runs out, and the group
// goes on without it.
func TestMemberThatDiesWhileItJoins(t *testing.T) {
	t.Parallel()
	b := start(t, Config{InMemory: true, Options: []kfake.Opt{kfake.GroupMinSessionTimeout(time.Second)}})
	one := &groupMember{t: t, client: client(t, b.Addr()), session: 5 * time.Minute}
	if n, err := one.join(t.Context()); err != nil || n != 1 {
		t.Fatalf("%d members, %v", n, err)
	}
	one.sync()
	ctx, die := context.WithCancel(t.Context())
	two := &groupMember{t: t, client: client(t, b.Addr()), session: time.Second}
	died := make(chan error, 1)
	go func() {
		_, err := two.join(ctx)
		died <- err
	}()
	one.awaitRebalance() // the other waits for this one now
	die()
	if err := <-died; err == nil {
		t.Fatal("the second member joined alone")
	}
	two.client.Close()
	if _, err := one.join(t.Context()); err != nil {
		t.Fatal(err)
	}
	one.sync()
	one.awaitRebalance() // the session of the dead member is over
	if n, err := one.join(t.Context()); err != nil || n != 1 {
		t.Errorf("%d members, %v", n, err)
	}
	one.sync()
}
