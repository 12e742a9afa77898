package backup

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/devbroker"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/store"
)

// group is the group of workers g on an embedded broker.
type group struct {
	*KafkaCluster
	t      *testing.T
	client *kgo.Client
}

func newGroup(t *testing.T, exactlyOnce bool) *group {
	t.Helper()
	b, err := devbroker.Start(t.Context(), devbroker.Config{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	g := &group{t: t}
	if g.client, err = kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.AllowAutoTopicCreation()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.client.Close)
	g.KafkaCluster, err = OpenKafka(t.Context(), KafkaConfig{
		Worker:      kafka.Worker{Properties: map[string]string{"bootstrap.servers": b.Addr(), "group.id": "g"}},
		Environment: &kafka.Environment{},
		Configs:     kafka.NewTopic{Name: "configs", Partitions: 1, ReplicationFactor: 1},
		Offsets:     kafka.NewTopic{Name: "offsets", Partitions: 5, ReplicationFactor: 1},
		Statuses:    kafka.NewTopic{Name: "status", Partitions: 3, ReplicationFactor: 1},
		ExactlyOnce: exactlyOnce, Fencing: exactlyOnce,
		Resolve: func(_ context.Context, props config.Props) (map[string]string, error) {
			out := props.Strings()
			for key, value := range out {
				if strings.Contains(value, "${missing") {
					return nil, errors.New("no provider missing")
				}
				out[key] = strings.ReplaceAll(value, "${p:own}", "own-offsets")
			}
			return out, nil
		},
		Kind: func(class string) string { return map[string]string{"Source": "source", "Sink": "sink"}[class] },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

func (g *group) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// write creates a topic and writes records to it.
func (g *group) write(cfg store.LogConfig, records ...store.Record) {
	g.t.Helper()
	log, err := g.openLog(g.t.Context(), cfg)
	g.must(err)
	defer log.Close()
	g.must(log.SendAll(g.t.Context(), records...))
}

func (g *group) read() *Content {
	g.t.Helper()
	c, err := g.Read(g.t.Context())
	g.must(err)
	return c
}

// latest returns the newest values of a topic by their keys.
func (g *group) latest(of store.LogConfig) map[string]string {
	g.t.Helper()
	out := map[string]string{}
	of.Record = func(r *kgo.Record) {
		if out[string(r.Key)] = string(r.Value); r.Value == nil {
			delete(out, string(r.Key))
		}
	}
	g.must(store.ReadLog(g.t.Context(), of))
	return out
}

func props(keysAndValues ...string) []store.Property {
	var list []store.Property
	for i := 0; i < len(keysAndValues); i += 2 {
		list = append(list, store.Property{Key: keysAndValues[i], Value: &keysAndValues[i+1]})
	}
	return list
}

// fill writes what a group of workers would have.
func (g *group) fill() {
	g.t.Helper()
	task := [][]store.Property{props("task.class", "T", "n", "0"), props("task.class", "T", "n", "1")}
	g.write(g.topic(kafka.Configs), slices.Concat(
		[]store.Record{
			store.ConnectorRecord("src", props("connector.class", "Source", "z", "1", "a", "ü<")),
			store.TargetStateRecord("paused", store.TargetPaused),
			store.ConnectorRecord("paused", props("connector.class", "a.Foreign", "topics", "in")),
			store.ConnectorRecord("own", props("connector.class", "Source", "offsets.storage.topic", "${p:own}")),
			store.ConnectorRecord("snk", props("connector.class", "Sink", "topics", "in", "consumer.override.group.id", "other")),
			store.ConnectorRecord("gone", props("connector.class", "Source")),
			store.TargetStateRecord("snk", store.TargetStopped),
			{Key: "session-key", Value: []byte(`{"key":"c2VjcmV0","algorithm":"HmacSHA256","creation-timestamp":1}`)},
			store.RestartRecord(store.RestartRequest{Connector: "src"}),
			store.LoggerLevelRecord("root", "DEBUG"),
			{Key: "nonsense", Value: []byte("{")},
		},
		store.TaskRecords("src", task), []store.Record{store.CommitRecord("src", 2), store.TaskCountRecord("src", 2)},
		// Written by a worker that died before the commit.
		store.TaskRecords("own", task), store.RemovalRecords("gone"))...)
	g.write(g.topic(kafka.Offsets),
		store.Record{Key: `["src",{"b":1,"a":2}]`, Value: []byte(`{"at" : 1.50}`)},
		store.Record{Key: `["src",{"file":"x"}]`, Value: []byte(`{"position":9007199254740993}`)},
		store.Record{Key: `["src",{"file":"y"}]`, Value: []byte(`{"position":1}`)},
		store.Record{Key: `["src",{"file":"y"}]`},
		store.Record{Key: `["gone",{"file":"z"}]`, Value: []byte(`{"position":3}`)},
		store.Record{Key: `nobody's`, Value: []byte(`{}`)})
	// The same partition in the words of another writer.
	g.write(g.topic(kafka.Offsets), store.Record{Key: `["src",{"a":2,"b":1}]`, Value: []byte(`{"at":2}`)})
	own, err := g.ownTopic(g.t.Context(), "own", "own-offsets", map[string]string{"offsets.storage.topic": "own-offsets"})
	g.must(err)
	g.write(own, store.Record{Key: `["own",{"file":"o"}]`, Value: []byte(`{"position":4}`)}, store.Record{Key: `["src",{"file":"o"}]`, Value: []byte(`{"position":5}`)})
	trace := "java.lang.X: y\n\tat z"
	g.write(g.topic(kafka.Statuses),
		store.ConnectorStatusRecord("src", store.Status{State: "RUNNING", WorkerID: "w:1", Generation: 41}),
		store.TaskStatusRecord(store.TaskID{Connector: "src", Task: 1}, store.Status{State: "FAILED", Trace: &trace, WorkerID: "w:2", Generation: 40}),
		store.TopicStatusRecord(store.TopicStatus{Topic: "out", Connector: "src", Task: 1}))
	g.commit("other", 7)
	g.commit("connect-paused", 8)
}

// commit sets the offset of partition 0 of the topic in.
func (g *group) commit(group string, at int64) {
	g.t.Helper()
	offsets := kadm.Offsets{}
	offsets.AddOffset("in", 0, at, -1)
	g.must(kadm.NewClient(g.client).CommitAllOffsets(g.t.Context(), group, offsets))
}

func (g *group) topicIn() {
	g.t.Helper()
	_, err := kadm.NewClient(g.client).CreateTopic(g.t.Context(), 1, 1, nil, "in")
	g.must(err)
}

// restore carries out a plan and returns its items in lines.
func (g *group) restore(want *Content, o Options) []string {
	g.t.Helper()
	plan, err := NewPlan(want, g.read(), o)
	g.must(err)
	g.must(g.Ready(g.t.Context()))
	var lines []string
	for _, item := range plan.Items {
		lines = append(lines, item.Connector+" "+string(item.Action))
		if item.Changes() {
			g.must(g.Apply(g.t.Context(), item))
		}
	}
	return lines
}

func testRoundTrip(t *testing.T, exactlyOnce bool) {
	a, b := newGroup(t, exactlyOnce), newGroup(t, exactlyOnce)
	a.topicIn()
	a.fill()
	b.topicIn()
	before := a.read()
	if len(before.Problems) > 0 {
		t.Fatal(before.Problems)
	}
	path := filepath.Join(t.TempDir(), "b")
	a.must(WriteFile(path, before, false))
	want, err := ReadFile(path)
	a.must(err)
	if missing, err := b.Missing(t.Context()); err != nil || len(missing) != 3 {
		t.Error(missing, err)
	}
	if got := b.restore(want, Options{OtherCluster: true}); !slices.Equal(got, []string{"gone create", "own create", "paused create", "snk create", "src create"}) {
		t.Error(got)
	}
	after := b.read()
	after.Cluster.KafkaClusterID = before.Cluster.KafkaClusterID
	for _, k := range before.Connectors {
		if k.Status != nil {
			k.Status.Generation = 0
		}
		for i := range k.TaskStatuses {
			k.TaskStatuses[i].Generation = 0
		}
	}
	for _, c := range []*Content{before, after} { // which of two forms is newer, their timestamps say
		for _, k := range c.Connectors {
			for i := range k.SourceOffsets {
				k.SourceOffsets[i].Older = false
			}
		}
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("(-before +after)\n%s", diff)
	}
	offsets := a.latest(a.topic(kafka.Offsets))
	delete(offsets, "nobody's")
	if diff := cmp.Diff(offsets, b.latest(b.topic(kafka.Offsets))); diff != "" {
		t.Errorf("offsets are not the same bytes (-before +after)\n%s", diff)
	}
	configs := a.latest(a.topic(kafka.Configs))
	for _, key := range []string{"session-key", "restart-connector-src", "logger-cluster-root", "nonsense", "task-own-0", "task-own-1"} {
		delete(configs, key)
	}
	got := b.latest(b.topic(kafka.Configs))
	if state := `{"state":"STARTED","state.v2":"STARTED"}`; got["target-state-src"] != state || got["target-state-own"] != state {
		t.Error(got)
	}
	delete(got, "target-state-src")
	delete(got, "target-state-own")
	// Java writes a configuration of a client in the client's order.
	configs["connector-src"] = string(store.ConnectorRecord("src", store.PropertiesOf(before.Find("src").Config)).Value)
	configs["connector-paused"] = string(store.ConnectorRecord("paused", store.PropertiesOf(before.Find("paused").Config)).Value)
	configs["connector-own"] = string(store.ConnectorRecord("own", store.PropertiesOf(before.Find("own").Config)).Value)
	configs["connector-snk"] = string(store.ConnectorRecord("snk", store.PropertiesOf(before.Find("snk").Config)).Value)
	for _, key := range []string{"task-src-0", "task-src-1"} {
		configs[key], got[key] = "", ""
	}
	if diff := cmp.Diff(configs, got); diff != "" {
		t.Errorf("configurations (-before +after)\n%s", diff)
	}
	if got := b.restore(want, Options{OtherCluster: true}); !slices.Equal(got, []string{"gone unchanged", "own unchanged", "paused unchanged", "snk unchanged", "src unchanged"}) {
		t.Error(got)
	}
}

func TestRoundTrip(t *testing.T)            { testRoundTrip(t, false) }
func TestRoundTripExactlyOnce(t *testing.T) { testRoundTrip(t, true) }

// TestRestoreGoesOnAfterAFailure restores a sink whose group is in use, and again when it is not.
func TestRestoreGoesOnAfterAFailure(t *testing.T) {
	g := newGroup(t, false)
	g.topicIn()
	g.fill()
	want := g.read()
	b := newGroup(t, false)
	b.topicIn()
	consumer := b.member("other")
	plan, err := NewPlan(want, b.read(), Options{OtherCluster: true})
	b.must(err)
	for _, item := range plan.Items {
		err := b.Apply(t.Context(), item)
		if inUse := errors.Is(err, kafka.ErrGroupInUse); inUse != (item.Connector == "snk") || err != nil && !inUse {
			t.Error(item.Connector, err)
		}
	}
	if b.read().Find("snk") != nil {
		t.Error("the sink was created without its offsets")
	}
	consumer.LeaveGroup()
	if got := b.restore(want, Options{OtherCluster: true}); !slices.Contains(got, "snk create") || !slices.Contains(got, "src unchanged") {
		t.Error(got)
	}
}

// member joins a group and returns once it is a member.
func (g *group) member(name string) *kgo.Client {
	g.t.Helper()
	joined := make(chan struct{})
	first := true
	consumer, err := kgo.NewClient(kgo.SeedBrokers(g.cfg.Worker.Properties["bootstrap.servers"]), kgo.ConsumerGroup(name), kgo.ConsumeTopics("in"), kgo.ClientID("somebody"),
		kgo.OnPartitionsAssigned(func(context.Context, *kgo.Client, map[string][]int32) {
			if first {
				first = false
				close(joined)
			}
		}))
	g.must(err)
	g.t.Cleanup(consumer.Close)
	<-joined
	return consumer
}

func TestWorkersThatAreAliveAreNotWrittenTo(t *testing.T) {
	g := newGroup(t, false)
	g.topicIn()
	g.must(g.Ready(t.Context()))
	g.member("g")
	if err := g.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "group g has 1 workers that are alive: ") || !strings.Contains(err.Error(), "(somebody)") {
		t.Error(err)
	}
	plan, err := NewPlan(contents(OverKafka, source("STARTED", "v")), g.read(), Options{OtherCluster: true})
	g.must(err)
	if err := g.Apply(t.Context(), plan.Items[0]); err == nil || !strings.Contains(err.Error(), "alive") {
		t.Error(err)
	}
	if missing, err := g.Missing(t.Context()); err != nil || len(missing) != 3 {
		t.Error("topics were created: ", missing, err)
	}
}

func TestProblemsNameTheConnector(t *testing.T) {
	g := newGroup(t, false)
	g.write(g.topic(kafka.Configs),
		store.ConnectorRecord("a", props("connector.class", "Source", "offsets.storage.topic", "${missing:x}")),
		store.ConnectorRecord("b", props("connector.class", "Source")))
	g.write(g.topic(kafka.Offsets), store.Record{Key: `["b",{"x":1}]`, Value: []byte(`{`)}, store.Record{Key: `["b",{"x":2}]`, Value: []byte(`{}`)})
	c := g.read()
	if len(c.Problems) != 2 || c.Problems[0].Connector != "a" || !strings.Contains(c.Problems[0].Text, "no provider missing") || !strings.Contains(c.Problems[1].Text, `["b",{"x":1}] cannot be read`) {
		t.Error(c.Problems)
	}
	if b := c.Find("b"); len(b.SourceOffsets) != 1 {
		t.Error(b)
	}
}
