package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/devbroker"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/test/servers"
)

// cluster is a broker with the clients of workers.
type cluster struct {
	t     *testing.T
	w     kafka.Worker
	env   *kafka.Environment
	admin *kafka.Admin
	addr  string // where a test needs more clients
}

func newCluster(t *testing.T, bootstrap string) *cluster {
	t.Helper()
	c := &cluster{t: t, env: &kafka.Environment{}, w: kafka.Worker{Properties: map[string]string{"bootstrap.servers": bootstrap, "group.id": "g" + t.Name()}}}
	settings := c.w.SharedAdmin()
	admin, err := c.env.NewAdmin(t.Context(), settings.Source, settings.Properties)
	c.must(err)
	t.Cleanup(admin.Close)
	c.admin = admin
	return c
}

func (c *cluster) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func embedded(t *testing.T) *cluster {
	t.Helper()
	b, err := devbroker.Start(t.Context(), devbroker.Config{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return newCluster(t, b.Addr())
}

func (c *cluster) log(topic kafka.InternalTopic, partitions int32) LogConfig {
	name := string(topic) + strings.ReplaceAll(c.t.Name(), "/", "-")
	return LogConfig{Topic: kafka.NewTopic{Name: name, Partitions: partitions, ReplicationFactor: 1}, Environment: c.env, Admin: c.admin,
		Producer: c.w.InternalProducer(topic), Consumer: c.w.InternalConsumer(topic, false)}
}

func (c *cluster) configs(fencing bool, listener func(ConfigEvent)) *ConfigStore {
	c.t.Helper()
	cfg := ConfigStoreConfig{Log: c.log(kafka.Configs, 1), Listener: listener}
	if fencing {
		cfg.Leader = c.w.FencingProducer()
		cfg.Log.Consumer = c.w.InternalConsumer(kafka.Configs, true)
	}
	s, err := OpenConfigs(c.t.Context(), cfg)
	c.must(err)
	c.t.Cleanup(s.Close)
	return s
}

func configStores(t *testing.T, c *cluster, fencing bool) {
	ctx := t.Context()
	events := make(chan ConfigEvent, 100)
	leader := c.configs(fencing, nil)
	follower := c.configs(fencing, func(e ConfigEvent) { events <- e })
	if fencing {
		if err := leader.PutConnector(ctx, "c", nil, ""); err == nil {
			t.Error("a worker that does not lead wrote")
		}
	}
	c.must(leader.ClaimWritePrivileges(ctx))
	c.must(leader.PutConnector(ctx, "c", props("name", "c"), TargetPaused))
	c.must(leader.PutTasks(ctx, "c", [][]Property{props("t", "0"), props("t", "1")}))
	c.must(leader.PutTaskCount(ctx, "c", 2))
	key, err := NewSessionKey("HmacSHA256", 0, time.UnixMilli(1000))
	c.must(err)
	c.must(leader.PutSessionKey(ctx, key))
	c.must(leader.PutRestart(ctx, RestartRequest{Connector: "c", IncludeTasks: true}))
	c.must(follower.PutTargetState(ctx, "c", TargetStarted))
	c.must(follower.PutLoggerLevel(ctx, "root", "DEBUG"))
	c.must(leader.Refresh(ctx))
	c.must(follower.Refresh(ctx))
	want := []ConfigEvent{ConnectorUpdated{"c"}, TasksUpdated{"c", []TaskID{{Connector: "c", Task: 0}, {Connector: "c", Task: 1}}}, SessionKeyUpdated{key},
		RestartRequested{RestartRequest{"c", false, true}}, TargetStateChanged{"c"}, LoggerLevelUpdated{"root", "DEBUG"}}
	for _, w := range want {
		if diff := cmp.Diff(w, <-events); diff != "" {
			t.Error(diff)
		}
	}
	late := c.configs(fencing, nil)
	for _, s := range []*ConfigStore{leader, follower, late} {
		got := s.Snapshot()
		if !slices.Equal(got.Connectors(), []string{"c"}) || len(got.Tasks("c")) != 2 || got.TargetState("c") != TargetStarted || got.SessionKey() == nil ||
			got.PendingFencing("c") || got.Offset() < 9 {
			t.Errorf("%+v", got)
		}
	}
	if !fencing {
		return
	}
	c.must(follower.ClaimWritePrivileges(ctx))
	var refused *PrivilegeError
	if err := leader.PutTaskCount(ctx, "c", 3); !errors.As(err, &refused) {
		t.Errorf("the former leader wrote: %v", err)
	}
	c.must(leader.ClaimWritePrivileges(ctx))
	c.must(leader.RemoveConnector(ctx, "c"))
	c.must(late.Refresh(ctx))
	if late.Snapshot().Contains("c") {
		t.Error("the connector is still there")
	}
}

func TestConfigStore(t *testing.T) {
	t.Parallel()
	configStores(t, embedded(t), false)
}

func TestConfigStoreOfFencedLeaders(t *testing.T) {
	t.Parallel()
	configStores(t, embedded(t), true)
}

func TestStoresWithKafka(t *testing.T) {
	node := servers.Kafka(t)
	for name, test := range map[string]func(*testing.T, *cluster){
		"configs":        func(t *testing.T, c *cluster) { configStores(t, c, false) },
		"fenced leaders": func(t *testing.T, c *cluster) { configStores(t, c, true) },
		"offsets":        offsetTopic,
		"statuses":       statusStores,
		"wrong topics":   wrongTopics,
	} {
		t.Run(name, func(t *testing.T) { test(t, newCluster(t, node.Bootstrap())) })
	}
}

func TestWrongTopics(t *testing.T) {
	t.Parallel()
	wrongTopics(t, embedded(t))
}

func wrongTopics(t *testing.T, c *cluster) {
	raw := kadm.NewClient(c.admin.Client())
	ctx := t.Context()
	policy := "delete"
	log := c.log(kafka.Configs, 1)
	for partitions, cfg := range map[int32]map[string]*string{1: {"cleanup.policy": &policy}, 3: {}} {
		if partitions == 3 {
			policy := "compact"
			cfg["cleanup.policy"] = &policy
		}
		_, err := raw.CreateTopic(ctx, partitions, 1, cfg, log.Topic.Name)
		c.must(err)
		_, err = OpenConfigs(ctx, ConfigStoreConfig{Log: log})
		var refused *kafka.ConfigError
		want := "is required to have 'cleanup.policy=compact' to guarantee consistency and durability of connector configurations, but found the topic currently has 'cleanup.policy=delete'"
		if partitions == 3 {
			want = "supplied via the 'config.storage.topic' property is required to have a single partition in order to guarantee consistency of connector configurations, but found 3 partitions."
		}
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%d partitions: %v", partitions, err)
		}
		_, err = raw.DeleteTopics(ctx, log.Topic.Name)
		c.must(err)
		log.Topic.Name += "2" // deletion takes its time
	}
}

func TestOffsetTopic(t *testing.T) {
	t.Parallel()
	offsetTopic(t, embedded(t))
}

func offsetTopic(t *testing.T, c *cluster) {
	ctx := t.Context()
	log := c.log(kafka.Offsets, 5)
	open := func() *OffsetTopic {
		s, err := OpenOffsets(ctx, log)
		c.must(err)
		t.Cleanup(s.Close)
		return s
	}
	s := open()
	// Java's connector has its fields in another order.
	java := `["c",{"table":"t","protocol":1}]`
	c.must(s.log.SendAll(ctx, Record{java, []byte(`{"id":1}`)}, Record{"foreign", []byte("x")}))
	table := connect.NewSourcePartition(map[string]any{"protocol": 1, "table": "t"})
	other := connect.NewSourcePartition(map[string]any{"protocol": 1, "table": "u"})
	got, err := s.Get(ctx, "c", []*connect.SourcePartition{table, other})
	c.must(err)
	if diff := cmp.Diff([]connect.OffsetFields{{"id": int64(1)}, nil}, got); diff != "" {
		t.Error(diff)
	}
	c.must(s.Set(ctx, "c", []OffsetWrite{{table, connect.OffsetFields{"id": int64(2)}}, {other, connect.OffsetFields{"id": int64(3)}}, {other, nil},
		{table, connect.OffsetFields{"id": int64(4)}}}))
	for _, s := range []*OffsetTopic{s, open()} {
		list, err := s.Partitions(ctx, "c")
		c.must(err)
		if diff := cmp.Diff([]OffsetEntry{{map[string]any{"protocol": int64(1), "table": "t"}, connect.OffsetFields{"id": int64(4)}}}, list); diff != "" {
			t.Error(diff)
		}
		if s.rows[java] == nil || len(s.rows) != 2 {
			t.Errorf("%d rows", len(s.rows))
		}
	}
	readOnly := log
	readOnly.Producer = kafka.Settings{}
	reader, err := OpenOffsets(ctx, readOnly)
	c.must(err)
	defer reader.Close()
	if err := reader.Set(ctx, "c", []OffsetWrite{{table, nil}}); !errors.Is(err, ErrReadOnly) {
		t.Error(err)
	}
}

func TestStatusStore(t *testing.T) {
	t.Parallel()
	statusStores(t, embedded(t))
}

func statusStores(t *testing.T, c *cluster) {
	ctx := t.Context()
	open := func() *StatusStore {
		s, err := OpenStatuses(ctx, c.log(kafka.Statuses, 5))
		c.must(err)
		t.Cleanup(s.Close)
		return s
	}
	a, b := open(), open()
	id := TaskID{Connector: "c", Task: 1}
	trace := "boom"
	a.PutConnector("c", Status{State: "RUNNING", WorkerID: "a", Generation: 1}, false)
	a.PutTask(id, Status{State: "FAILED", WorkerID: "a", Generation: 1, Trace: &trace}, true)
	topic := TopicStatus{Topic: "t", Connector: "c", Task: 1, Discovered: time.UnixMilli(5)}
	a.PutTopic(topic)
	c.must(a.Flush(ctx))
	c.must(b.Refresh(ctx))
	b.PutTask(id, Status{State: "RUNNING", WorkerID: "b", Generation: 2}, true)
	c.must(b.Refresh(ctx))
	c.must(a.Refresh(ctx))
	a.PutTask(id, Status{State: "UNASSIGNED", WorkerID: "a", Generation: 1}, true)
	for _, s := range []*StatusStore{a, b, open()} {
		c.must(s.Refresh(ctx))
		if got, _ := s.Task(id); got.State != "RUNNING" || got.WorkerID != "b" {
			t.Errorf("%+v", got)
		}
		if diff := cmp.Diff(map[string]TopicStatus{"t": topic}, s.Topics("c")); diff != "" {
			t.Error(diff)
		}
	}
	b.RemoveTopic("c", "t")
	b.PutConnector("c", Status{State: Destroyed, WorkerID: "b", Generation: 2}, false)
	c.must(b.Flush(ctx))
	c.must(a.Refresh(ctx))
	if len(a.Connectors()) != 0 || len(a.Topics("c")) != 0 || len(a.Tasks("c")) != 0 {
		t.Error("what was removed is still there")
	}
}

// A topic whose records were all deleted, and one that ends with an aborted transaction, are read to their end.
func TestLogEnds(t *testing.T) {
	t.Parallel()
	c := embedded(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	s := c.configs(false, nil)
	c.must(s.PutConnector(ctx, "c", props("name", "c"), ""))
	cfg := c.w.FencingProducer()
	aborted, err := c.env.NewProducer(ctx, cfg.Source, cfg.Properties)
	c.must(err)
	defer aborted.Close()
	c.must(aborted.BeginTransaction())
	c.must(aborted.ProduceSync(ctx, &kgo.Record{Topic: s.cfg.Log.Topic.Name, Key: []byte("connector-d"), Value: []byte(`{"properties":{}}`)}).FirstErr())
	c.must(aborted.EndTransaction(ctx, kgo.TryAbort))
	committed := c.configs(true, nil)
	if got := committed.Snapshot(); !slices.Equal(got.Connectors(), []string{"c"}) {
		t.Errorf("%v", got.Connectors())
	}
	raw := kadm.NewClient(c.admin.Client())
	ends, err := raw.ListEndOffsets(ctx, s.cfg.Log.Topic.Name)
	c.must(err)
	_, err = raw.DeleteRecords(ctx, ends.Offsets())
	c.must(err)
	if got := c.configs(false, nil).Snapshot(); got.Offset() != NoOffset {
		t.Errorf("offset %d", got.Offset())
	}
}
