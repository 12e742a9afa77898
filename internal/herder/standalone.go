package herder

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"

	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/worker"
	"github.com/moldau/moldau/internal/workerconfig"
)

// Worker is what a herder asks of a worker; *worker.Worker is one, which says what each method does.
type Worker interface {
	StartConnector(ctx context.Context, name string, props map[string]string, target TargetState) error
	StopConnectors(ctx context.Context, names ...string) error
	SetTargetState(ctx context.Context, name string, target TargetState) error
	IsRunning(connector string) bool
	ConnectorTaskConfigs(ctx context.Context, name string) ([]map[string]string, error)
	CheckTaskCount(name string, props map[string]string, n int) error
	StartTask(id worker.TaskID, connProps, taskProps map[string]string, target TargetState) error
	StopTasks(ctx context.Context, ids ...worker.TaskID) error
	ForgetTopics(connector string)
	ConnectorOffsets(ctx context.Context, name string, props map[string]string) ([]worker.ConnectorOffset, error)
	AlterConnectorOffsets(ctx context.Context, name string, props map[string]string, offsets []worker.ConnectorOffset) (string, error)
	ResetConnectorOffsets(ctx context.Context, name string, props map[string]string) (string, error)
	FenceProducers(ctx context.Context, name string, props map[string]string, tasks int) error
	Stop(ctx context.Context) error
}

// StandaloneConfig is what a Standalone needs.
type StandaloneConfig struct {
	// Server is the answer of GET /.
	Server ServerInfo
	// Worker configures the worker that the herder makes. Statuses, Reconfigure and TopicUsed are the herder's to set.
	Worker worker.Config
	// NewWorker makes the worker; nil is worker.New.
	NewWorker func(worker.Config) (Worker, error)
	// Registry finds plugins.
	Registry *plugin.Registry
	// Validator checks configurations.
	Validator Validator
	// Transformer resolves placeholders; nil resolves none. The herder closes it.
	Transformer *workerconfig.Transformer
	// Levels are the levels of the log; nil is a set of its own.
	Levels *logs.Levels
	// Redactor takes secrets out of the traces of states; nil takes none.
	Redactor *logs.Redactor
	// TrackTopics is topic.tracking.enable.
	TrackTopics bool
	// Logger takes messages; nil is slog.Default.
	Logger *slog.Logger
}

// Standalone is the herder of a worker on its own (org.apache.kafka.connect.runtime.standalone.StandaloneHerder). Configurations and states live
// in memory: what shall run after a restart is on the command line.
type Standalone struct {
	base
	worker   Worker
	configs  *configs
	statuses *statuses
	topics   *topics
	queues   *queues
	reloads  *reloads

	workerID string

	// life ends when the herder has stopped; jobs run in it.
	life    context.Context
	end     context.CancelFunc
	ready   atomic.Bool
	retries *retries
}

var _ Herder = (*Standalone)(nil)

// NewStandalone makes a herder and its worker, which runs nothing yet.
func NewStandalone(cfg StandaloneConfig) (*Standalone, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Levels == nil {
		cfg.Levels = logs.NewLevels(slog.LevelInfo)
	}
	if cfg.Transformer == nil {
		cfg.Transformer = workerconfig.NewTransformer(nil)
	}
	if cfg.NewWorker == nil {
		cfg.NewWorker = func(c worker.Config) (Worker, error) { return worker.New(c) }
	}
	if cfg.Registry == nil || cfg.Validator == nil {
		return nil, errors.New("a herder needs plugins and a validator")
	}
	h := &Standalone{
		base: base{server: cfg.Server, registry: cfg.Registry, validator: cfg.Validator, transformer: cfg.Transformer, levels: cfg.Levels,
			log: cfg.Logger},
		workerID: cfg.Worker.WorkerID, configs: newConfigs(), statuses: newStatuses(cfg.Redactor), topics: newTopics(), queues: newQueues(cfg.Logger),
	}
	h.life, h.end = context.WithCancel(context.Background())
	h.reloads = newReloads(func() *workerconfig.Transformer { return h.transformer }, h.reload)
	h.retries = newRetries(h.life, h.reconfigure)
	cfg.Worker.Statuses = h.statuses
	cfg.Worker.Reconfigure = h.RequestTaskReconfiguration
	if cfg.TrackTopics {
		cfg.Worker.TopicUsed = func(id worker.TaskID, topic string) { h.topics.add(id.Connector, topic) }
	}
	var err error
	h.worker, err = cfg.NewWorker(cfg.Worker)
	return h, err
}

// Start makes the herder accept requests.
func (h *Standalone) Start() {
	h.log.Info("Herder starting")
	h.log.Info("Herder started")
}

// MarkReady says that the connectors of the command line were created: GET /health answers "healthy" from now on.
func (h *Standalone) MarkReady() { h.ready.Store(true) }

// Ready reports whether MarkReady was called.
func (h *Standalone) Ready() bool { return h.ready.Load() }

// Pulse returns that all is well: a herder without a group has no goroutine that could be stuck.
func (h *Standalone) Pulse() Pulse { return Pulse{} }

// Health returns nil: whatever connectors do, the herder itself answers.
func (h *Standalone) Health(ctx context.Context) error { return ctx.Err() }

// Stage tells what has been going on for longest.
func (h *Standalone) Stage() (Stage, bool) { return h.queues.stage() }

// Stop accepts nothing more, stops all tasks together and then all connectors, and returns when they have ended, as the worker's limits or ctx
// allow.
func (h *Standalone) Stop(ctx context.Context) error {
	h.log.Info("Herder stopping")
	h.reloads.stop()
	// What connectors are doing now may be what hangs: the worker stops beside it.
	err := h.worker.Stop(ctx)
	h.end()
	h.queues.close(ctx)
	h.retries.wait()
	err = errors.Join(err, h.transformer.Close())
	h.log.Info("Herder stopped")
	return err
}
