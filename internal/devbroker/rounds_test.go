package devbroker

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
)

// again joins as a client does: where the group does not know the member any more, or the connection ended, it asks once more.
func (m *groupMember) again() (members int, err error) {
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	defer cancel()
	for {
		members, err = m.join(ctx)
		switch {
		case errors.Is(err, kerr.UnknownMemberID):
			m.id = ""
		case err == nil || ctx.Err() != nil || errors.As(err, new(*kerr.Error)):
			return members, err
		}
	}
}

func quickGroups(t *testing.T) *Broker {
	t.Helper()
	return start(t, Config{InMemory: true, Options: []kfake.Opt{kfake.GroupMinSessionTimeout(100 * time.Millisecond)}})
}

// TestMemberThatWaitsLongerThanItsSession has one member that joins late. Another one waits for it, longer than its own session: it is in the group in the end.
func TestMemberThatWaitsLongerThanItsSession(t *testing.T) {
	t.Parallel()
	b := quickGroups(t)
	late := &groupMember{t: t, client: client(t, b.Addr()), session: 5 * time.Minute}
	patient := &groupMember{t: t, client: client(t, b.Addr()), session: 500 * time.Millisecond}
	if _, err := late.again(); err != nil {
		t.Fatal(err)
	}
	late.sync()
	joined := make(chan error, 1)
	go func() {
		_, err := patient.again()
		joined <- err
	}()
	late.awaitRebalance()
	if n, err := late.again(); err != nil || n != 2 {
		t.Fatalf("%d members, %v", n, err)
	}
	must(t, <-joined)
	late.sync()
	third := &groupMember{t: t, client: client(t, b.Addr()), session: 5 * time.Minute}
	go func() {
		_, err := third.again()
		joined <- err
	}()
	late.awaitRebalance()
	before := patient.id
	go func() { // it waits for the late one
		_, err := patient.again()
		joined <- err
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	is := func(m kfake.GroupMember) bool { return m.MemberID == before }
	if g, err := b.Cluster().WaitGroupInfo(ctx, "g", func(g *kfake.GroupInfo) bool { return len(g.Members) == 3 && !slices.ContainsFunc(g.Members, is) }); err != nil {
		t.Fatalf("the member that waits lost its session and did not join anew: %d members, %v", len(g.Members), err)
	}
	if n, err := late.again(); err != nil || n != 3 {
		t.Errorf("%d members, %v", n, err)
	}
	must(t, <-joined)
	must(t, <-joined)
}

// TestMembersThatDieBeforeTheirLeaderSynchronizes has a member that waits for its leader's assignment, and both are dead. Others join without them.
func TestMembersThatDieBeforeTheirLeaderSynchronizes(t *testing.T) {
	t.Parallel()
	b := quickGroups(t)
	leader := &groupMember{t: t, client: client(t, b.Addr()), session: 3 * time.Second}
	follower := &groupMember{t: t, client: client(t, b.Addr()), session: 500 * time.Millisecond}
	if _, err := leader.again(); err != nil {
		t.Fatal(err)
	}
	leader.sync()
	joined := make(chan error, 1)
	go func() {
		_, err := follower.again()
		joined <- err
	}()
	leader.awaitRebalance()
	if n, err := leader.again(); err != nil || n != 2 {
		t.Fatalf("%d members, %v", n, err)
	}
	must(t, <-joined)
	if err := follower.synced(); err == nil { // returns once its session is over
		t.Fatal("there was an assignment though the leader made none")
	}
	live := &groupMember{t: t, client: client(t, b.Addr()), session: 5 * time.Minute}
	if n, err := live.again(); err != nil || n != 1 {
		t.Errorf("%d members, %v", n, err)
	}
	live.sync()
}
