package bench

import (
	"context"
	"log/slog"
	"runtime"
	"time"

	"github.com/moldau/moldau/connect"
	bytearray "github.com/moldau/moldau/converters/bytearray"
	text "github.com/moldau/moldau/converters/string"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/store"
	"github.com/moldau/moldau/internal/worker"
)

// The converters that add nothing to the loops.
const (
	byteArrayConverter = "org.apache.kafka.connect.converters.ByteArrayConverter"
	stringConverter    = "org.apache.kafka.connect.storage.StringConverter"
)

// Cost is what a loop cost per record.
type Cost struct {
	CPU         float64 // nanoseconds
	Allocations float64
	Bytes       float64 // allocated
	PerSecond   float64 // records, by the clock
}

// meter measures from its creation on.
type meter struct {
	cpu  time.Duration
	mem  runtime.MemStats
	time time.Time
}

func start() *meter {
	m := &meter{}
	runtime.GC()
	runtime.ReadMemStats(&m.mem)
	m.cpu, m.time = processCPU(), time.Now()
	return m
}

func (m *meter) cost(records int64) Cost {
	cpu, elapsed := processCPU()-m.cpu, time.Since(m.time)
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	n := float64(records)
	return Cost{CPU: float64(cpu.Nanoseconds()) / n, Allocations: float64(now.Mallocs-m.mem.Mallocs) / n,
		Bytes: float64(now.TotalAlloc-m.mem.TotalAlloc) / n, PerSecond: n / elapsed.Seconds()}
}

// quiet drops the reports of states.
type quiet struct{ failed chan string }

func (quiet) OnConnector(string, worker.Status) {}
func (q quiet) OnTask(_ worker.TaskID, s worker.Status) {
	if s.State == worker.Failed {
		q.failed <- s.Trace
	}
}

// Loop is a worker with one connector that generates or drops records.
type Loop struct {
	Converter string // class
	PerRecord bool   // mark each record
	Props     map[string]string
	// Observed counts the Kafka clients too, writes the log in Java's layout and answers a scrape each second, as a worker that is watched does.
	Observed bool
}

func (l Loop) worker(broker *Broker, plugins ...connect.Plugin) (*worker.Worker, quiet, error) {
	registry, err := plugin.New("4.3.1", append(append(bytearray.Plugins(), text.Plugins()...), plugins...)...)
	if err != nil {
		return nil, quiet{}, err
	}
	props := map[string]string{"bootstrap.servers": broker.Addresses, "key.converter": l.Converter, "value.converter": l.Converter,
		"header.converter":         stringConverter,
		"offset.flush.interval.ms": "1000", "task.shutdown.graceful.timeout.ms": "60000", "offset.flush.timeout.ms": "60000"}
	q := quiet{make(chan string, 1)}
	cfg := worker.Config{WorkerID: "bench", Props: props, Plugins: registry, Offsets: store.NewMemoryOffsets(), Statuses: q,
		Logger: slog.New(slog.DiscardHandler)}
	if l.Observed {
		return observed(cfg, q)
	}
	w, err := worker.New(cfg)
	return w, q, err
}

// Source sends n records.
func (l Loop) Source(ctx context.Context, broker *Broker, n int64) (Cost, error) {
	g := &generator{n: n, text: l.Converter == stringConverter, perRecord: l.PerRecord, exhausted: make(chan struct{})}
	w, q, err := l.worker(broker, connect.Plugin{Kind: connect.KindSource, Class: "Generator", TaskClass: "GeneratorTask",
		NewConnector: func() connect.Connector { return simple{} }, NewSourceTask: func() connect.SourceTask { return g }})
	if err != nil {
		return Cost{}, err
	}
	m := start()
	id := worker.TaskID{Connector: "bench", Task: 0}
	if err := w.StartTask(id, l.props("Generator"), nil, worker.TargetStarted); err != nil {
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

// Sink drops n records.
func (l Loop) Sink(ctx context.Context, broker *Broker, n int64) (Cost, error) {
	var m *meter
	s := &null{n: n, received: make(chan struct{}), begin: func() { m = start() }}
	w, q, err := l.worker(broker, connect.Plugin{Kind: connect.KindSink, Class: "Null", TaskClass: "NullTask",
		NewConnector: func() connect.Connector { return simple{} }, NewSinkTask: func() connect.SinkTask { return s }})
	if err != nil {
		return Cost{}, err
	}
	id := worker.TaskID{Connector: "bench", Task: 0}
	props := l.props("Null")
	props["topics"] = "bench"
	if err := w.StartTask(id, props, nil, worker.TargetStarted); err != nil {
		return Cost{}, err
	}
	if err := await(ctx, s.received, q); err != nil {
		return Cost{}, err
	}
	cost := m.cost(s.got.Load())
	return cost, w.StopTasks(ctx, id)
}

func (l Loop) props(class string) map[string]string {
	props := map[string]string{"name": "bench", "connector.class": class}
	for k, v := range l.Props {
		props[k] = v
	}
	return props
}
