package deadletter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/worker"
	"github.com/moldau/moldau/plugins/standard"
)

const patience = 60 * time.Second

// rig is a service on a fake cluster, with connectors that are configurations only.
type rig struct {
	*Service
	t       *testing.T
	brokers string
	admin   *kadm.Client
	configs map[string]map[string]string
	tasks   int
	sink    *listSink
}

func (r *rig) Connectors(context.Context) ([]string, error) {
	return slices.Sorted(maps.Keys(r.configs)), nil
}

func (r *rig) ConnectorConfig(_ context.Context, name string) (config.Props, error) {
	c, ok := r.configs[name]
	if !ok {
		return nil, herder.NotFound("Connector %s not found", name)
	}
	return config.PropsOf(c), nil
}

func (r *rig) TaskConfigs(_ context.Context, name string) ([]herder.TaskInfo, error) {
	out := make([]herder.TaskInfo, r.tasks)
	for i := range out {
		out[i] = herder.TaskInfo{ID: herder.TaskID{Connector: name, Task: i}, Config: config.PropsOf(r.configs[name])}
	}
	return out, nil
}

// listSink keeps the values it gets.
type listSink struct {
	mu     sync.Mutex
	values []string
	put    func(value string) error // before a value is kept
	flush  func() error
	starts int
	fail   error // of Start
}

func (s *listSink) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.values)
}

type listTask struct{ *listSink }

func (t listTask) Start(context.Context, connect.SinkTaskContext, map[string]string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.starts++
	return t.fail
}

func (t listTask) Put(_ context.Context, b *connect.SinkBatch) (err error) {
	b.All(func(r *connect.Record) bool {
		tp, offset, _ := r.SinkOrigin()
		value := fmt.Sprintf("%s@%s:%d:%d", r.Value().String(), tp.Topic, tp.Partition, offset)
		if t.put != nil {
			if err = t.put(value); err != nil {
				return false
			}
		}
		t.mu.Lock()
		t.values = append(t.values, value)
		t.mu.Unlock()
		return true
	})
	return err
}

func (t listTask) Flush(context.Context, map[connect.TopicPartition]int64) error {
	if t.flush != nil {
		return t.flush()
	}
	return nil
}

func (t listTask) Stop(context.Context) error { return nil }

func newRig(t *testing.T, opts ...kfake.Opt) *rig {
	t.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.BrokerConfigs(map[string]string{"auto.create.topics.enable": "false"})}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	r := &rig{t: t, brokers: strings.Join(cluster.ListenAddrs(), ","), tasks: 1, sink: &listSink{}}
	r.admin = kadm.NewClient(r.client())
	r.configs = map[string]map[string]string{"snk": {
		"connector.class": "List", "topics": "orders", "value.converter": "org.apache.kafka.connect.storage.StringConverter",
		topicKey: "dead", "errors.tolerance": "all", "errors.deadletterqueue.context.headers.enable": "true",
	}}
	r.Service = r.service()
	return r
}

// service returns a service as another worker has it.
func (r *rig) service() *Service {
	r.t.Helper()
	plugins := append(standard.Plugins(), connect.Plugin{Kind: connect.KindSink, Class: "List", TaskClass: "ListTask", Version: "1",
		NewConnector: func() connect.Connector { return nil }, NewSinkTask: func() connect.SinkTask { return listTask{r.sink} }})
	registry, err := plugin.New("4.3.1", plugins...)
	if err != nil {
		r.t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(r.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	return New(Config{Connectors: r, Logger: log,
		Resolve: func(_ context.Context, props config.Props) (map[string]string, error) { return props.Strings(), nil },
		Worker: worker.Config{WorkerID: "w:1", Plugins: registry, Logger: log, Props: map[string]string{"bootstrap.servers": r.brokers,
			"key.converter": "org.apache.kafka.connect.storage.StringConverter", "value.converter": "org.apache.kafka.connect.json.JsonConverter",
			"producer.enable.metrics.push": "false", "consumer.enable.metrics.push": "false", "admin.enable.metrics.push": "false"}}})
}

func (r *rig) client(opts ...kgo.Opt) *kgo.Client {
	r.t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(strings.Split(r.brokers, ",")...), kgo.DisableClientMetrics(), kgo.RecordPartitioner(kgo.ManualPartitioner())}, opts...)...)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(c.Close)
	return c
}

func (r *rig) topic(name string, partitions int32, configs ...string) {
	r.t.Helper()
	forever := "-1" // records here are years old, and a broker would delete them as soon as it looks
	set := map[string]*string{"retention.ms": &forever}
	for i := 0; i < len(configs); i += 2 {
		set[configs[i]] = &configs[i+1]
	}
	if _, err := r.admin.CreateTopic(r.t.Context(), partitions, 1, set, name); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) produce(records ...*kgo.Record) {
	r.t.Helper()
	if err := r.client().ProduceSync(r.t.Context(), records...).FirstErr(); err != nil {
		r.t.Fatal(err)
	}
}

// letter is a dead letter of the connector snk.
func dead(partition int32, original Origin, value string) *kgo.Record {
	return &kgo.Record{Topic: "dead", Partition: partition, Key: []byte("k"), Value: []byte(value), Timestamp: time.UnixMilli(1_700_000_000_000 + original.Offset),
		Headers: append(headers("own", "1"), contextOf(original.Topic, fmt.Sprint(original.Partition), fmt.Sprint(original.Offset), "__connect.errors.connector.name", "snk",
			"__connect.errors.task.id", "0", "__connect.errors.stage", "VALUE_CONVERTER", "__connect.errors.class.name", "C",
			"__connect.errors.exception.class.name", "org.apache.kafka.connect.errors.DataException", "__connect.errors.exception.message", "bad",
			"__connect.errors.exception.stacktrace", "org.apache.kafka.connect.errors.DataException: bad\n\tat x\nCaused by: e.E: why\n\tat y\n")...)}
}

// consume returns what readers of committed records see of a topic, once all transactions there have ended: a broker confirms a commit before
// the partitions have its markers, so that for a while readers are kept from what was committed.
func (r *rig) consume(topic string) []*kgo.Record {
	r.t.Helper()
	ends, err := r.admin.ListEndOffsets(r.t.Context(), topic)
	if err != nil {
		r.t.Fatal(err)
	}
	var out []*kgo.Record
	c := r.client(kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	at := map[int32]int64{}
	behind := func() bool {
		for _, o := range ends.Offsets() {
			for p, end := range o {
				if at[p] < end.At {
					return true
				}
			}
		}
		return false
	}
	for behind() {
		f := c.PollFetches(ctx)
		if ctx.Err() != nil {
			r.t.Fatalf("%s was not read to its end: %v", topic, at)
		}
		f.EachRecord(func(record *kgo.Record) {
			if at[record.Partition] = record.Offset + 1; !record.Attrs.IsControl() {
				out = append(out, record)
			}
		})
	}
	return out
}

// values are those of records, with their partitions, in order.
func values(records []*kgo.Record) []string {
	var out []string
	for _, r := range records {
		out = append(out, fmt.Sprintf("%d:%s", r.Partition, r.Value))
	}
	slices.Sort(out)
	return out
}

func (r *rig) redrive(request Request) *Result {
	r.t.Helper()
	result, err := r.Redrive(r.t.Context(), "snk", request)
	if err != nil {
		r.t.Fatal(err)
	}
	return result
}

// outcomes are those of a result in short.
func outcomes(result *Result) string {
	var parts []string
	for _, o := range result.Letters {
		parts = append(parts, fmt.Sprintf("%s %s", o.Coordinates, o.Fate))
	}
	return strings.Join(parts, ", ")
}

// states are those of all letters.
func (r *rig) states() string {
	r.t.Helper()
	page, err := r.List(r.t.Context(), "snk", Query{Limit: mostLimit})
	if err != nil {
		r.t.Fatal(err)
	}
	var parts []string
	for _, e := range page.Letters {
		parts = append(parts, fmt.Sprintf("%s %s", e.Coordinates, e.State))
	}
	return strings.Join(parts, ", ")
}

// refuses checks the status and a part of the message of an error.
func refuses(t *testing.T, err error, status int, message string) {
	t.Helper()
	var e *herder.Error
	if !errors.As(err, &e) || e.Status != status || !strings.Contains(e.Message, message) {
		t.Errorf("got %v, want %d %s", err, status, message)
	}
}
