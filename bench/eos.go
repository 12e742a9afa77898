package bench

import (
	"context"
	"log/slog"
	"maps"
	"strconv"
	"time"

	"github.com/moldau/moldau/connect"
	bytearray "github.com/moldau/moldau/converters/bytearray"
	text "github.com/moldau/moldau/converters/string"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/store"
	"github.com/moldau/moldau/internal/worker"
)

// Once is a source of generated records on a worker of a group, with or without transactions.
type Once struct {
	// Boundary is transaction.boundary, "" for a worker that delivers at least once.
	Boundary string
	// Props are further keys of the connector.
	Props map[string]string
}

// Run sends n records to a topic of a cluster and returns what each cost.
func (o Once) Run(ctx context.Context, addresses, topic string, n int64) (Cost, error) {
	g := &generator{n: n, exhausted: make(chan struct{})}
	registry, err := plugin.New("4.3.1", append(append(bytearray.Plugins(), text.Plugins()...), connect.Plugin{Kind: connect.KindSource, Class: "Generator", TaskClass: "GeneratorTask",
		NewConnector: func() connect.Connector { return simple{} }, NewSourceTask: func() connect.SourceTask { return g }})...)
	if err != nil {
		return Cost{}, err
	}
	env := &kafka.Environment{}
	servers := map[string]string{"bootstrap.servers": addresses}
	admin, err := env.NewAdmin(ctx, "bench", servers)
	if err != nil {
		return Cost{}, err
	}
	defer admin.Close()
	// Names of its own for each run: what an earlier one left behind costs this one nothing, and a broker that drops records cannot show any.
	run := "bench-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	description := kafka.NewTopic{Name: run + "-offsets", Partitions: 5, ReplicationFactor: 1}
	offsets, err := store.OpenOffsets(ctx, store.LogConfig{Topic: description, Environment: env, Admin: admin, Producer: kafka.Settings{Source: "bench", Properties: servers},
		Consumer: kafka.Settings{Source: "bench", Properties: map[string]string{"bootstrap.servers": addresses, "isolation.level": "read_committed"}}})
	if err != nil {
		return Cost{}, err
	}
	defer offsets.Close()
	q := quiet{make(chan string, 1)}
	w, err := worker.New(worker.Config{WorkerID: "bench", Plugins: registry, Offsets: offsets, Statuses: q, Logger: slog.New(slog.DiscardHandler), Kafka: env,
		Group: &worker.GroupConfig{Topic: description, Offsets: offsets, ExactlyOnce: o.Boundary != ""},
		Props: map[string]string{"bootstrap.servers": addresses, "group.id": "bench", "key.converter": byteArrayConverter, "value.converter": byteArrayConverter,
			"header.converter": stringConverter, "task.shutdown.graceful.timeout.ms": "60000", "offset.flush.timeout.ms": "60000"}})
	if err != nil {
		return Cost{}, err
	}
	props := map[string]string{"name": "bench", "connector.class": "Generator"}
	if o.Boundary != "" {
		props["transaction.boundary"] = o.Boundary
	}
	maps.Copy(props, o.Props)
	g.topic = topic
	m := start()
	id := worker.TaskID{Connector: run, Task: 0}
	if err := w.StartTask(id, props, nil, worker.TargetStarted); err != nil {
		return Cost{}, err
	}
	if err := await(ctx, g.exhausted, q); err != nil {
		return Cost{}, err
	}
	if err := w.StopTasks(ctx, id); err != nil {
		return Cost{}, err
	}
	return m.cost(n), nil
}
