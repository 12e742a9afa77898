package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/budget"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/metrics"
	"github.com/moldau/moldau/internal/store"
	"github.com/moldau/moldau/internal/tracing"
)

// Plugins finds plugins by the names in configurations; *plugin.Registry is one.
type Plugins interface {
	// Connector returns the source or sink connector; the error is for the user.
	Connector(name string) (*connect.Plugin, error)
	// Find returns a plugin of another kind.
	Find(kind connect.Kind, name string) (*connect.Plugin, bool)
}

// Config is what a Worker needs.
type Config struct {
	// WorkerID is host:port of the worker's advertised URL.
	WorkerID string
	// Props is the worker's configuration with placeholders resolved.
	Props map[string]string
	// Plugins finds connectors, converters, transformations and predicates.
	Plugins Plugins
	// ParseConnector reads a connector's configuration when the connector or one of its tasks starts, as Java does: what validation let
	// pass, or was changed since, fails the one that starts and nothing else (I4). May be nil.
	ParseConnector func(kind connect.Kind, props map[string]string) error
	// Offsets keeps the offsets of source connectors. The worker does not start or stop it.
	Offsets store.OffsetStore
	// Group is what only a worker of a group has, nil in standalone mode.
	Group *GroupConfig
	// Kafka makes clients; nil means one without JAAS file and notices.
	Kafka *kafka.Environment
	// Statuses hears of every state reached.
	Statuses StatusListener
	// Reconfigure is called when a connector asks for new task configurations, on a goroutine of the worker; it must not block. May be nil.
	Reconfigure func(connector string)
	// TopicUsed is called when a task meets a topic for the first time, on the task's goroutine; it must not block for long. May be nil.
	TopicUsed func(id TaskID, topic string)
	// Generation returns the generation of the worker's group membership for statuses; nil means 0.
	Generation func() int
	// Redact hides the secrets of configurations in the errors that dead letters carry; nil leaves them as they are.
	Redact func(text string) string
	// Tracer makes spans; nil traces nothing.
	Tracer *tracing.Tracer
	// Logger is the worker's logger.
	Logger *slog.Logger
}

// Worker runs connectors and tasks. Its methods may be called from any goroutine.
type Worker struct {
	cfg      Config
	settings settings

	mu         sync.Mutex
	connectors map[string]*connectorRun
	tasks      map[TaskID]*taskRun
	stopped    bool
	topicEpoch map[string]*topicEpoch
	figures    *metrics.Worker
	memory     *budget.Memory  // of records in flight
	transit    *budget.Transit // of batches that are cut, nil without a limit
	cpu        *budget.CPU

	own ownOffsets
}

// New returns a worker that runs nothing yet. The error names the key of the worker's configuration that is at fault.
func New(cfg Config) (*Worker, error) {
	s, err := parseSettings(cfg.Props)
	if err != nil {
		return nil, err
	}
	if cfg.Plugins == nil || cfg.Statuses == nil || cfg.Offsets == nil {
		return nil, errors.New("a worker needs plugins, an offset store and a status listener")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Kafka == nil {
		cfg.Kafka = &kafka.Environment{Logger: cfg.Logger}
	}
	w := &Worker{cfg: cfg, settings: s, connectors: map[string]*connectorRun{}, tasks: map[TaskID]*taskRun{}, topicEpoch: map[string]*topicEpoch{},
		memory: budget.NewMemory(s.memory / recordsPart), cpu: budget.NewCPU(runtime.GOMAXPROCS(0))}
	if s.memory > 0 {
		w.transit = budget.NewTransit(s.memory / transitPart)
	}
	w.figures = metrics.NewWorker(s.metrics, w.running)
	return w, nil
}

// Stop stops all tasks together within task.shutdown.graceful.timeout.ms, then all connectors, and starts nothing more. Work that does not
// end in time is abandoned, reported in the log and named in the error.
func (w *Worker) Stop(ctx context.Context) error {
	w.mu.Lock()
	w.stopped = true
	w.mu.Unlock()
	return errors.Join(w.StopTasks(ctx, w.Tasks()...), w.StopConnectors(ctx, w.Connectors()...))
}

// Connectors returns the names of the connectors that were started and not stopped, failed ones too, in order.
func (w *Worker) Connectors() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	names := make([]string, 0, len(w.connectors))
	for name := range w.connectors {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Tasks returns the tasks that were started and not stopped, failed ones too, in order.
func (w *Worker) Tasks() []TaskID {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := make([]TaskID, 0, len(w.tasks))
	for id := range w.tasks {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, compareTasks)
	return ids
}

func compareTasks(a, b TaskID) int {
	if c := strings.Compare(a.Connector, b.Connector); c != 0 {
		return c
	}
	return a.Task - b.Task
}

// IsRunning reports whether the connector was started here, did not fail and was not stopped.
func (w *Worker) IsRunning(connector string) bool {
	w.mu.Lock()
	c := w.connectors[connector]
	w.mu.Unlock()
	return c != nil && c.isRunning()
}

func (w *Worker) connector(name string) (*connectorRun, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.connectors[name]
	if c == nil {
		return nil, fmt.Errorf("connector %s does not run on this worker", name)
	}
	return c, nil
}

// parse reads a connector's configuration as the constructors of Java's SourceConnectorConfig and SinkConnectorConfig do.
func (w *Worker) parse(plugin *connect.Plugin, props map[string]string) error {
	if w.cfg.ParseConnector != nil {
		if err := guard("the configuration of a plugin", func() error { return w.cfg.ParseConnector(plugin.Kind, props) }); err != nil {
			return err
		}
	}
	if plugin.Kind != connect.KindSource || !w.settings.topicCreation {
		return nil
	}
	_, err := topicGroups(props, nil)
	return err
}

// clients computes the properties of the connectors' clients.
func (w *Worker) clients() kafka.Worker { return kafka.Worker{Properties: w.cfg.Props} }
