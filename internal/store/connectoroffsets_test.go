package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/kafka"
)

// noted is a store in memory that notes what is written and refuses when it is told to.
type noted struct {
	*MemoryOffsets
	mu     sync.Mutex
	writes []string
	err    error
	// begun hears of each write, which then waits for a value of held, where these are made.
	begun, held chan struct{}
}

func (n *noted) Set(ctx context.Context, connector string, writes []OffsetWrite) error {
	if n.held != nil {
		n.begun <- struct{}{}
		select {
		case <-n.held:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	var texts []string
	for _, w := range writes {
		text := fmt.Sprint(w.Partition.Fields()["p"], "=")
		if w.Offset != nil {
			text += fmt.Sprint(w.Offset.Fields()["o"])
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	n.writes = append(n.writes, strings.Join(texts, " "))
	if n.err != nil {
		return n.err
	}
	return n.MemoryOffsets.Set(ctx, connector, writes)
}

func (n *noted) taken() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	taken := n.writes
	n.writes = nil
	return taken
}

func (n *noted) refuse(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.err = err
}

// ownTopic opens a connector's own offset topic on a fake cluster, above a store in memory.
func ownTopic(t *testing.T) (*ConnectorOffsets, *OffsetTopic, *noted) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	env := &kafka.Environment{}
	servers := map[string]string{"bootstrap.servers": strings.Join(cluster.ListenAddrs(), ",")}
	admin, err := env.NewAdmin(t.Context(), "test", servers)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	topic, err := OpenOffsets(t.Context(), LogConfig{Topic: kafka.NewTopic{Name: "own", Partitions: 2, ReplicationFactor: 1}, Environment: env, Admin: admin,
		Producer: kafka.Settings{Source: "test", Properties: servers}, Consumer: kafka.Settings{Source: "test", Properties: servers}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(topic.Close)
	below := &noted{MemoryOffsets: NewMemoryOffsets()}
	return NewConnectorOffsets(topic, below, nil), topic, below
}

func streamOf(p string) *connect.SourcePartition {
	return connect.NewSourcePartition(map[string]any{"p": p})
}

func write(p string, o any) OffsetWrite {
	if o == nil {
		return OffsetWrite{Partition: streamOf(p)}
	}
	return OffsetWrite{Partition: streamOf(p), Offset: connect.OffsetFields{"o": o}}
}

func (s *ConnectorOffsets) shown(t *testing.T, partitions ...string) string {
	t.Helper()
	var list []*connect.SourcePartition
	for _, p := range partitions {
		list = append(list, streamOf(p))
	}
	got, err := s.Get(t.Context(), "c", list)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, o := range got {
		out = append(out, fmt.Sprint(o["o"]))
	}
	return strings.Join(out, " ")
}

func TestConnectorOffsetsComeBeforeTheWorkers(t *testing.T) {
	s, topic, below := ownTopic(t)
	ctx := t.Context()
	if err := below.Set(ctx, "c", []OffsetWrite{write("a", int64(1)), write("b", int64(1))}); err != nil {
		t.Fatal(err)
	}
	if got := s.shown(t, "a", "b", "c"); got != "1 1 <nil>" {
		t.Errorf("the worker's topic counts where there is nothing else: %s", got)
	}
	if err := topic.Set(ctx, "c", []OffsetWrite{write("b", int64(2)), write("c", int64(2))}); err != nil {
		t.Fatal(err)
	}
	if got := s.shown(t, "a", "b", "c"); got != "1 2 2" {
		t.Errorf("the connector's own topic comes first: %s", got)
	}
	entries, err := s.Partitions(ctx, "c")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, fmt.Sprint(e.Partition["p"], "=", e.Offset["o"]))
	}
	slices.Sort(all)
	if got := strings.Join(all, " "); got != "a=1 b=2 c=2" {
		t.Errorf("all partitions: %s", got)
	}
}

// TestConnectorOffsetsWriteOrder has the order of ConnectorOffsetBackingStore.set: tombstones to the worker's topic first, where they must succeed, all
// to the connector's own, and then a copy of the others, which may fail.
func TestConnectorOffsetsWriteOrder(t *testing.T) {
	s, _, below := ownTopic(t)
	ctx := t.Context()
	if err := s.Set(ctx, "c", []OffsetWrite{write("a", int64(1)), write("b", int64(1))}); err != nil {
		t.Fatal(err)
	}
	s.Wait()
	if got := below.taken(); fmt.Sprint(got) != "[a=1 b=1]" {
		t.Errorf("a copy: %q", got)
	}
	if err := s.Set(ctx, "c", []OffsetWrite{write("a", nil), write("b", int64(2))}); err != nil {
		t.Fatal(err)
	}
	s.Wait()
	if got := below.taken(); !slices.Equal(got, []string{"a=", "b=2"}) {
		t.Errorf("tombstones first: %q", got)
	}
	if got := s.shown(t, "a", "b"); got != "<nil> 2" {
		t.Errorf("after a tombstone: %s", got)
	}

	below.refuse(errors.New("away"))
	if err := s.Set(ctx, "c", []OffsetWrite{write("b", int64(3))}); err != nil {
		t.Errorf("a copy that fails: %v", err)
	}
	s.Wait()
	if err := s.Set(ctx, "c", []OffsetWrite{write("b", nil)}); err == nil {
		t.Error("a tombstone that cannot be written below is written above")
	}
	if got := s.shown(t, "b"); got != "3" {
		t.Errorf("after a tombstone that failed: %s", got)
	}
}

// TestConnectorOffsetsAlone has a worker's topic that is the connector's too: nothing is written twice.
func TestConnectorOffsetsAlone(t *testing.T) {
	_, topic, _ := ownTopic(t)
	s := NewConnectorOffsets(topic, nil, nil)
	if err := s.Set(t.Context(), "c", []OffsetWrite{write("a", int64(1)), write("b", nil)}); err != nil {
		t.Fatal(err)
	}
	if got := s.shown(t, "a", "b"); got != "1 <nil>" || s.Topic() != "own" {
		t.Errorf("%s in %s", got, s.Topic())
	}
	records, err := s.Records("c", []OffsetWrite{write("a", int64(2)), write("z", nil)})
	if err != nil || len(records) != 2 || records[0].Key != `["c",{"p":"a"}]` || string(records[0].Value) != `{"o":2}` || records[1].Value != nil {
		t.Errorf("%v %v", records, err)
	}
}

// TestConnectorOffsetsSettle has a task stop while copies of its offsets are on their way: they are there before the offsets can be reset.
func TestConnectorOffsetsSettle(t *testing.T) {
	below := &noted{MemoryOffsets: NewMemoryOffsets(), begun: make(chan struct{}), held: make(chan struct{})}
	s := NewConnectorOffsets(nil, below, nil)
	if err := s.Settle(t.Context()); err != nil {
		t.Errorf("nothing was written: %v", err)
	}
	s.Committed("c", []OffsetWrite{write("a", int64(1))})
	<-below.begun
	s.Committed("c", []OffsetWrite{write("a", int64(2)), write("b", int64(1))})
	over := make(chan error, 1)
	go func() { over <- s.Settle(t.Context()) }()
	below.held <- struct{}{}
	<-below.begun
	select {
	case err := <-over:
		t.Fatalf("settled while a copy is under way: %v", err)
	default:
	}
	below.held <- struct{}{}
	if err := <-over; err != nil {
		t.Error(err)
	}
	s.Wait()
	if got := below.taken(); !slices.Equal(got, []string{"a=1", "a=2 b=1"}) {
		t.Errorf("copies %q", got)
	}
}

// TestConnectorOffsetsThatDoNotSettle has a secondary store that does not answer: a stop ends all the same and nothing comes later, and a commit with
// tombstones waits no longer than its caller wants.
func TestConnectorOffsetsThatDoNotSettle(t *testing.T) {
	below := &noted{MemoryOffsets: NewMemoryOffsets(), begun: make(chan struct{}), held: make(chan struct{})}
	s := NewConnectorOffsets(nil, below, nil)
	s.Committed("c", []OffsetWrite{write("a", int64(1))})
	<-below.begun
	s.Committed("c", []OffsetWrite{write("a", int64(2))})
	over := errors.New("the time is over")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(over)
	if err := s.Prepare(ctx, "c", []OffsetWrite{write("a", nil)}); !errors.Is(err, over) {
		t.Errorf("tombstones while a copy does not end: %v", err)
	}
	if err := s.Settle(ctx); !errors.Is(err, over) {
		t.Errorf("settled: %v", err)
	}
	s.Wait()
	if got := below.taken(); got != nil {
		t.Errorf("copies came later: %q", got)
	}
	below.held = nil
	s.Committed("c", []OffsetWrite{write("a", int64(3))})
	if err := s.Settle(t.Context()); err != nil {
		t.Error(err)
	}
	if got := below.taken(); !slices.Equal(got, []string{"a=3"}) {
		t.Errorf("what is committed later: %q", got)
	}
}
