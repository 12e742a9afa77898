package group

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/moldau/moldau/internal/devbroker"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/test/servers"
)

var fourConnectors = map[string]int{"a": 3, "b": 2, "c": 4, "d": 3}

// lifecycle lets three members join, a fourth one too, one leave and one die.
func lifecycle(w *team) {
	w.configure(fourConnectors)
	first := w.start("one")
	w.await("the first holds all", w.balanced)
	second, third := w.start("two"), w.start("three")
	w.await("three share the work", func() bool { return len(w.workers) == 3 && w.balanced() })
	_ = second
	w.start("four")
	w.await("four share the work", w.balanced)
	third.stop()
	w.await("three share the work after one left", w.balanced)
	first.kill()
	w.await("two share the work after one died", w.balanced)
	w.configure(map[string]int{"a": 1, "e": 6})
	w.await("two share other work", w.balanced)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, x := range w.workers {
		if x.last.Protocol != w.config.Protocol {
			w.t.Errorf("%s speaks %v", x.name, x.last.Protocol)
		}
		if s := x.Stats(); s.Rebalances < 1 || s.Joins < s.Rebalances || s.LastRebalance.IsZero() {
			w.t.Errorf("%s: %+v", x.name, s)
		}
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	for p := Eager; p <= Sessioned; p++ {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			lifecycle(newTeam(t, embedded(t), func(c *Config) { c.Protocol = p }))
		})
	}
}

func TestMembersWithKafka(t *testing.T) {
	node := servers.Kafka(t)
	for p := Eager; p <= Sessioned; p++ {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			// Brokers allow no shorter sessions by default.
			lifecycle(newTeam(t, node.Bootstrap(), func(c *Config) { c.Protocol, c.SessionTimeout = p, 6*time.Second }))
		})
	}
}

// The group speaks what all members speak; the leader knows who owns what.
func TestOldMemberSetsTheProtocol(t *testing.T) {
	t.Parallel()
	w := newTeam(t, embedded(t), nil)
	w.configure(fourConnectors)
	a := w.start("new")
	w.await("the new worker holds all", w.balanced)
	w.mu.Lock()
	w.lax = true // what a cooperative member holds it stops only when the eager one has it already
	w.mu.Unlock()
	b := w.start("old", func(c *Config) { c.Protocol = Eager })
	w.await("both share the work", func() bool { return w.balanced() && a.last.Protocol == Eager && b.last.Protocol == Eager })
	b.stop()
	w.await("the new worker speaks its own protocol again", func() bool { return w.balanced() && a.last.Protocol == Sessioned })
	if url, self := a.Leader(); !self || url != "http://new:8083/" {
		t.Errorf("the leader is %s, self: %t", url, self)
	}
	w.await("the last rebalance is over", func() bool { return a.ConnectorURL("a") != "" })
	if url := a.TaskURL(kafka.Task{Connector: "c", Task: 3}); url != "http://new:8083/" {
		t.Errorf("task c-3 is at %q", url)
	}
	if url := a.ConnectorURL("unknown"); url != "" {
		t.Errorf("an unknown connector is at %q", url)
	}
}

// Where the leader has read less of the config topic than another member, nobody gets anything new until it has caught up.
func TestLeaderBehind(t *testing.T) {
	t.Parallel()
	w := newTeam(t, embedded(t), nil)
	w.configure(fourConnectors)
	leader := w.start("leader")
	w.await("the leader holds all", w.balanced)
	w.mu.Lock()
	leader.behind = 3
	w.mu.Unlock()
	w.start("follower")
	w.await("both share the work", w.balanced)
	w.mu.Lock()
	defer w.mu.Unlock()
	// The follower may hear of it too late, when the leader joins again already.
	if !slices.ContainsFunc(leader.events, func(e Event) bool { a, ok := e.(Assigned); return ok && a.Assignment.Error == ConfigMismatch }) {
		t.Errorf("the leader was not told of the mismatch: %+v", leader.events)
	}
}

// A worker that is stuck leaves, so that the others get its work; it comes back with what it holds, which it has to give up.
func TestPollTimeout(t *testing.T) {
	t.Parallel()
	timedOut := make(chan struct{}, 1)
	w := newTeam(t, embedded(t), func(c *Config) {
		c.RebalanceTimeout, c.MaxDelay = 6*time.Second, 0 // a busy machine must not be late a second time
		c.PollTimedOut = func() { signal(timedOut) }
	})
	w.configure(fourConnectors)
	a := w.start("a")
	w.start("b")
	w.await("both share the work", func() bool { return len(w.workers) == 2 && w.balanced() })
	stuck := make(chan struct{})
	w.mu.Lock()
	a.stuck = stuck
	delete(w.workers, "a") // its work may be given away
	w.mu.Unlock()
	a.Wakeup()
	select {
	case <-timedOut:
	case <-time.After(time.Minute):
		t.Fatal("the member did not leave")
	}
	w.await("the other holds all", w.balanced)
	w.mu.Lock()
	a.stuck = nil
	a.connectors, a.tasks = map[string]bool{}, map[kafka.Task]bool{} // as a worker may, having seen the time
	a.Forget()
	w.workers["a"] = a
	w.mu.Unlock()
	close(stuck)
	w.await("both share the work again", w.balanced)
}

// Without a coordinator a worker stops its work; when there is one again, it gets work again.
func TestCoordinatorLost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b, err := devbroker.Start(t.Context(), devbroker.Config{Dir: dir, Options: []kfake.Opt{kfake.GroupMinSessionTimeout(time.Second)}})
	must(t, err)
	addr := b.Addr()
	w := newTeam(t, addr, nil)
	w.configure(fourConnectors)
	a := w.start("a")
	w.await("the work is held", w.balanced)
	must(t, b.Close())
	w.await("the work is lost", func() bool {
		lost, ok := a.events[len(a.events)-1].(Lost)
		return ok && len(lost.Connectors) == 4 && len(lost.Tasks) == 12 && lost.Reason != nil
	})
	if !a.Rebalancing() || a.ID() != "" && a.Stats().Connectors != 0 {
		t.Error("the member believes to be in its group")
	}
	b, err = devbroker.Start(t.Context(), devbroker.Config{Dir: dir, Addr: addr, Options: []kfake.Opt{kfake.GroupMinSessionTimeout(time.Second)}})
	must(t, err)
	t.Cleanup(func() {
		a.stop()
		must(t, b.Close())
	})
	w.await("the work is held again", w.balanced)
}

// A member that the broker evicted joins again with what it holds, and nothing runs twice in the end.
func TestEvicted(t *testing.T) {
	t.Parallel()
	// Its work waits for it, however late it is.
	w := newTeam(t, embedded(t), func(c *Config) { c.MaxDelay = time.Minute })
	w.configure(fourConnectors)
	w.start("leader")
	w.await("the leader holds all", w.balanced)
	x := w.start("evicted")
	w.await("both share the work", w.balanced)
	client, err := kgo.NewClient(kgo.SeedBrokers(w.bootstrap), kgo.DisableClientMetrics())
	must(t, err)
	defer client.Close()
	old := x.ID()
	request := kmsg.NewPtrLeaveGroupRequest()
	request.Group = w.config.GroupID
	member := kmsg.NewLeaveGroupRequestMember()
	member.MemberID = old
	request.Members = append(request.Members, member)
	answer, err := client.Request(t.Context(), request)
	must(t, err)
	must(t, kerr.ErrorForCode(answer.(*kmsg.LeaveGroupResponse).ErrorCode))
	w.await("it is back under another id", func() bool { return x.ID() != "" && x.ID() != old && x.last.MemberID == x.ID() && w.balanced() })
}

// Leave stays out for a while, also where a request to join is under way.
func TestLeave(t *testing.T) {
	t.Parallel()
	w := newTeam(t, embedded(t), func(c *Config) { c.MaxDelay = time.Minute })
	w.configure(fourConnectors)
	w.start("leader")
	w.await("the leader holds all", w.balanced)
	b := w.start("b")
	w.await("both share the work", w.balanced)
	before, from := b.Stats().Joins, time.Now()
	// Its work waits for it: the pause is shorter than the delay.
	b.Leave("it has to catch up", 300*time.Millisecond)
	b.RequestRejoin("to see that it waits")
	w.await("it is back", func() bool { return b.Stats().Joins > before && w.balanced() })
	if waited := time.Since(from); waited < 300*time.Millisecond {
		t.Errorf("it stayed out for %v only", waited)
	}
	c := w.start("c")
	c.Leave("at once", 0)
	w.await("three share the work", func() bool { return len(w.workers) == 3 && w.balanced() })
}

func TestPollEnds(t *testing.T) {
	t.Parallel()
	w := newTeam(t, embedded(t), nil)
	client, err := kgo.NewClient(kgo.SeedBrokers(w.bootstrap))
	must(t, err)
	defer client.Close()
	cfg := w.config
	cfg.Client, cfg.Configured = client, func() Configured { return Configured{} }
	m := Start(cfg)
	m.Wakeup()
	if e, err := m.Poll(t.Context()); e != nil || err != nil {
		t.Fatalf("after Wakeup: %v, %v", e, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 3 {
		if _, err := m.Poll(ctx); err != nil {
			t.Fatal(err)
		}
	}
	m.Stop(t.Context())
	if _, err := m.Poll(t.Context()); !errors.Is(err, ErrStopped) {
		t.Fatalf("after Stop: %v", err)
	}
}

// A group id that consumers use cannot be a worker's.
func TestGroupOfConsumers(t *testing.T) {
	t.Parallel()
	w := newTeam(t, embedded(t), nil)
	consumer, err := kgo.NewClient(kgo.SeedBrokers(w.bootstrap), kgo.ConsumerGroup(w.config.GroupID), kgo.ConsumeTopics("t"), kgo.AllowAutoTopicCreation(),
		kgo.DisableClientMetrics())
	must(t, err)
	defer consumer.Close()
	must(t, consumer.ProduceSync(t.Context(), &kgo.Record{Topic: "t"}).FirstErr())
	if f := consumer.PollFetches(t.Context()); f.Err() != nil {
		t.Fatal(f.Err())
	}
	x := w.start("a")
	w.await("it is refused", func() bool { return x.err != nil })
	if !errors.Is(x.err, kerr.InconsistentGroupProtocol) {
		t.Error(x.err)
	}
}

func FuzzDecode(f *testing.F) {
	a := &Assignment{Version: Sessioned, Leader: "l", LeaderURL: "http://l/", ConfigOffset: 5, Work: Work{[]string{"c"}, []kafka.Task{{Connector: "c", Task: 1}}},
		Delay: time.Minute}
	f.Add(EncodeAssignment(Sessioned, a))
	f.Add(EncodeMetadata(Sessioned, Metadata{URL: "http://m/", ConfigOffset: 5, Assignment: a}))
	f.Add([]byte{0, 1, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := DecodeAssignment(b); err == nil && a != nil {
			again, err := DecodeAssignment(EncodeAssignment(Sessioned, a))
			if err != nil || again.Leader != a.Leader || len(again.Tasks) != len(a.Tasks) {
				t.Fatalf("%+v became %+v, %v", a, again, err)
			}
		}
		_, _ = DecodeMetadata(b)
		_, _ = DecodeEagerMetadata(b)
	})
}
