package worker

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/store"
	"github.com/moldau/moldau/internal/tracing"
)

// statuses records what a worker reports and lets tests wait for states.
type statuses struct {
	mu         sync.Mutex
	changed    chan struct{}
	tasks      map[TaskID][]Status
	connectors map[string][]Status
}

func newStatuses() *statuses {
	return &statuses{changed: make(chan struct{}), tasks: map[TaskID][]Status{}, connectors: map[string][]Status{}}
}

func (s *statuses) note(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *statuses) OnConnector(name string, st Status) {
	s.note(func() { s.connectors[name] = append(s.connectors[name], st) })
}

func (s *statuses) OnTask(id TaskID, st Status) {
	s.note(func() { s.tasks[id] = append(s.tasks[id], st) })
}

// await waits until ok holds; it is asked again after each report.
func (s *statuses) await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	timeout := time.After(2 * time.Minute)
	for {
		s.mu.Lock()
		done, changed := ok(), s.changed
		s.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("not reached: %s; tasks %v connectors %v", what, s.tasks, s.connectors)
		}
	}
}

func (s *statuses) awaitTask(t *testing.T, id TaskID, want State) Status {
	t.Helper()
	var last Status
	s.await(t, fmt.Sprintf("task %s %s", id, want), func() bool {
		if list := s.tasks[id]; len(list) > 0 {
			last = list[len(list)-1]
		}
		return last.State == want
	})
	return last
}

func (s *statuses) states(id TaskID) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, st := range s.tasks[id] {
		fmt.Fprintf(&b, "%s ", st.State)
	}
	return strings.TrimSpace(b.String())
}

func (s *statuses) connectorStates(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, st := range s.connectors[name] {
		fmt.Fprintf(&b, "%s ", st.State)
	}
	return strings.TrimSpace(b.String())
}

// eventually waits for something that no event tells of.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not reached: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// bytesConverter passes strings and bytes through.
type bytesConverter struct{}

func (bytesConverter) Configure(map[string]string, bool) error { return nil }

func (bytesConverter) FromConnect(dst []byte, _ string, _ *connect.Headers, _ *data.Schema, v data.Value) ([]byte, bool, error) {
	if v.IsNull() {
		return dst, true, nil
	}
	if b, ok := v.Bytes(); ok {
		return append(dst, b...), false, nil
	}
	s, _ := v.Text()
	if s == "bad" {
		return dst, false, connect.NewBadRecord(fmt.Errorf("a bad value"))
	}
	return append(dst, s...), false, nil
}

func (bytesConverter) ToConnect(_ *data.Arena, _ string, _ *connect.Headers, raw []byte) (*data.Schema, data.Value, error) {
	if raw == nil {
		return nil, data.Value{}, nil
	}
	if string(raw) == "bad" {
		return nil, data.Value{}, connect.NewBadRecord(fmt.Errorf("a bad value"))
	}
	return nil, data.TextOf(raw), nil
}

type headerConverter struct{ bytesConverter }

func (headerConverter) Configure(map[string]string) error { return nil }
func (headerConverter) FromConnectHeader(dst []byte, topic, _ string, s *data.Schema, v data.Value) ([]byte, bool, error) {
	return bytesConverter{}.FromConnect(dst, topic, nil, s, v)
}
func (headerConverter) ToConnectHeader(a *data.Arena, topic, _ string, raw []byte) (*data.Schema, data.Value, error) {
	return bytesConverter{}.ToConnect(a, topic, nil, raw)
}

// testConnector is a connector whose parts a test sets.
type testConnector struct {
	start func(context.Context, connect.ConnectorContext, map[string]string) error
	tasks func(context.Context, int) ([]map[string]string, error)
	stop  func(context.Context) error
}

func (c *testConnector) Start(ctx context.Context, cc connect.ConnectorContext, props map[string]string) error {
	if c.start != nil {
		return c.start(ctx, cc, props)
	}
	return nil
}

func (c *testConnector) TaskConfigs(ctx context.Context, n int) ([]map[string]string, error) {
	if c.tasks != nil {
		return c.tasks(ctx, n)
	}
	return []map[string]string{{}}, nil
}

func (c *testConnector) Stop(ctx context.Context) error {
	if c.stop != nil {
		return c.stop(ctx)
	}
	return nil
}

// rig is a worker on a fake cluster.
type rig struct {
	t        *testing.T
	cluster  *kfake.Cluster
	brokers  []string
	worker   *Worker
	statuses *statuses
	offsets  store.OffsetStore
	group    *GroupConfig
	// sources and sinks make the tasks of the classes Source and Sink; connector the instances of both.
	source     func() connect.SourceTask
	sink       func() connect.SinkTask
	connector  func() connect.Connector
	transforms map[string]func() connect.Transformation
	props      map[string]string
	topicsUsed sync.Map
	tracer     *tracing.Tracer
}

func newRig(t *testing.T, opts ...kfake.Opt) *rig {
	t.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(100 * time.Millisecond)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	r := rigOn(t, cluster.ListenAddrs())
	r.cluster = cluster
	return r
}

// rigOn returns a rig on a cluster that runs already.
func rigOn(t *testing.T, brokers []string) *rig {
	return &rig{t: t, brokers: brokers, statuses: newStatuses(), offsets: store.NewMemoryOffsets(), transforms: map[string]func() connect.Transformation{},
		connector: func() connect.Connector { return &testConnector{} },
		props: map[string]string{"key.converter": "Bytes", "value.converter": "Bytes", "header.converter": "HeaderBytes",
			"offset.flush.interval.ms": "50", "task.shutdown.graceful.timeout.ms": "3000",
			"producer.enable.metrics.push": "false", "consumer.enable.metrics.push": "false"}}
}

// start makes the worker; the rig's fields must be set.
func (r *rig) start() *rig {
	r.t.Helper()
	plugins := []connect.Plugin{
		{Kind: connect.KindConverter, Class: "Bytes", NewConverter: func() connect.Converter { return bytesConverter{} }},
		{Kind: connect.KindHeaderConverter, Class: "HeaderBytes", NewHeaderConverter: func() connect.HeaderConverter { return headerConverter{} }},
		{Kind: connect.KindSource, Class: "Source", TaskClass: "SourceTask", Version: "1", NewConnector: r.connector, NewSourceTask: func() connect.SourceTask { return r.source() }},
		{Kind: connect.KindSink, Class: "Sink", TaskClass: "SinkTask", Version: "1", NewConnector: r.connector, NewSinkTask: func() connect.SinkTask { return r.sink() }},
	}
	for class, make := range r.transforms {
		plugins = append(plugins, connect.Plugin{Kind: connect.KindTransformation, Class: class, NewTransformation: make})
	}
	registry, err := plugin.New("4.3.1", plugins...)
	if err != nil {
		r.t.Fatal(err)
	}
	r.props["bootstrap.servers"] = strings.Join(r.brokers, ",")
	level := slog.LevelError + 4
	if testing.Verbose() {
		level = slog.LevelInfo
	}
	w, err := New(Config{WorkerID: "127.0.0.1:8083", Props: r.props, Plugins: registry, Offsets: r.offsets, Group: r.group, Statuses: r.statuses, Tracer: r.tracer,
		TopicUsed: func(id TaskID, topic string) { r.topicsUsed.Store(id.String()+"/"+topic, true) },
		Logger:    slog.New(slog.NewTextHandler(r.t.Output(), &slog.HandlerOptions{Level: level}))})
	if err != nil {
		r.t.Fatal(err)
	}
	r.worker = w
	r.t.Cleanup(func() {
		if err := w.Stop(context.Background()); err != nil {
			r.t.Log(err)
		}
	})
	return r
}

func (r *rig) client(opts ...kgo.Opt) *kgo.Client {
	r.t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(r.brokers...)}, opts...)...)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(c.Close)
	return c
}

func (r *rig) topic(name string, partitions int32) {
	r.t.Helper()
	if _, err := kadm.NewClient(r.client()).CreateTopic(r.t.Context(), partitions, 1, nil, name); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) produce(topic string, partition int32, values ...string) {
	r.t.Helper()
	c := r.client(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	for _, v := range values {
		if err := c.ProduceSync(r.t.Context(), &kgo.Record{Topic: topic, Partition: partition, Value: []byte(v)}).FirstErr(); err != nil {
			r.t.Fatal(err)
		}
	}
}

// consume returns the first n records of a topic.
func (r *rig) consume(topic string, n int) []*kgo.Record {
	r.t.Helper()
	c := r.client(kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	ctx, cancel := context.WithTimeout(r.t.Context(), 2*time.Minute)
	defer cancel()
	var out []*kgo.Record
	for len(out) < n {
		f := c.PollFetches(ctx)
		if ctx.Err() != nil {
			r.t.Fatalf("topic %s has %d records, not %d", topic, len(out), n)
		}
		out = append(out, f.Records()...)
	}
	return out
}

func (r *rig) startTask(id TaskID, props map[string]string) {
	r.t.Helper()
	if err := r.worker.StartTask(id, props, map[string]string{}, TargetStarted); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) committed(group string) map[string]int64 {
	r.t.Helper()
	offsets, err := kadm.NewClient(r.client()).FetchOffsets(r.t.Context(), group)
	if err != nil {
		return nil
	}
	out := map[string]int64{}
	offsets.Each(func(o kadm.OffsetResponse) { out[fmt.Sprintf("%s-%d", o.Topic, o.Partition)] = o.At })
	return out
}
