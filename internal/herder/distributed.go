package herder

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/moldau/moldau/internal/group"
	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/store"
	"github.com/moldau/moldau/internal/worker"
	"github.com/moldau/moldau/internal/workerconfig"
)

// Member is a worker's membership in its group; *group.Member is one, which says what each method does.
type Member interface {
	Poll(ctx context.Context) (group.Event, error)
	Wakeup()
	RequestRejoin(reason string)
	Leave(reason string, pause time.Duration)
	Stop(ctx context.Context)
	Forget()
	Leader() (url string, self bool)
	ConnectorURL(connector string) string
	TaskURL(task TaskID) string
	Generation() int32
	Protocol() group.Protocol
}

// ConfigStore is the config topic; *store.ConfigStore is one, which says what each method does.
type ConfigStore interface {
	Snapshot() *store.ClusterConfig
	Refresh(ctx context.Context) error
	ClaimWritePrivileges(ctx context.Context) error
	PutConnector(ctx context.Context, connector string, props []store.Property, target store.TargetState) error
	RemoveConnector(ctx context.Context, connector string) error
	PutTargetState(ctx context.Context, connector string, target store.TargetState) error
	PutTasks(ctx context.Context, connector string, tasks [][]store.Property) error
	PutTaskCount(ctx context.Context, connector string, tasks int) error
	PutSessionKey(ctx context.Context, key store.SessionKey) error
	PutRestart(ctx context.Context, request store.RestartRequest) error
	PutLoggerLevel(ctx context.Context, namespace, level string) error
}

// StatusStore is the status topic; *store.StatusStore is one, which says what each method does.
type StatusStore interface {
	Connectors() []string
	Connector(name string) (store.Status, bool)
	Task(id TaskID) (store.Status, bool)
	Tasks(connector string) map[int]store.Status
	Topics(connector string) map[string]store.TopicStatus
	PutConnector(connector string, status store.Status, safe bool)
	PutTask(id TaskID, status store.Status, safe bool)
	PutTopic(status store.TopicStatus)
	RemoveTopic(connector, topic string)
	OnReset(f func(connector string))
	OnConnector(f func(connector string, status store.Status))
	OnTask(f func(task TaskID, status store.Status))
	Refresh(ctx context.Context) error
	Flush(ctx context.Context) error
}

// Peers sends signed requests to other workers.
type Peers interface {
	PutTaskConfigs(ctx context.Context, leader, connector string, tasks []map[string]string, sign func(body []byte, headers http.Header) error) error
	FenceZombies(ctx context.Context, leader, connector string, sign func(body []byte, headers http.Header) error) error
}

// DistributedConfig is what a Distributed needs. Fields of the same names as StandaloneConfig's are those.
type DistributedConfig struct {
	Server      ServerInfo
	Worker      worker.Config
	NewWorker   func(worker.Config) (Worker, error)
	Registry    *plugin.Registry
	Validator   Validator
	Transformer *workerconfig.Transformer
	Levels      *logs.Levels
	Redactor    *logs.Redactor
	TrackTopics bool
	Logger      *slog.Logger

	// Configs and Statuses are started. Configs' events go to OnConfigEvent from the moment they were read to their end.
	Configs  ConfigStore
	Statuses StatusStore
	// Join makes the membership, which joins at its first Poll; configured is for group.Config.
	Join  func(configured func() group.Configured) Member
	Peers Peers
	// SyncTimeout, UnsyncBackoff and MaxDelay are worker.sync.timeout.ms, worker.unsync.backoff.ms and scheduled.rebalance.max.delay.ms.
	SyncTimeout, UnsyncBackoff, MaxDelay time.Duration
	// StopTimeout is task.shutdown.graceful.timeout.ms: what is left to be written and said to the group when all tasks and connectors have stopped gets as
	// much in all, as in Java's DistributedHerder.stop.
	StopTimeout time.Duration
	// Keys are the settings of signed requests between workers (inter.worker.*).
	Keys KeySettings
}

// KeySettings are the settings of signed requests between workers (KIP-507).
type KeySettings struct {
	// GenerationAlgorithm, Size in bits (0 for the algorithm's own) and TTL are of the keys that a leader makes.
	GenerationAlgorithm string
	Size                int
	TTL                 time.Duration
	// SignatureAlgorithm signs what is sent, VerificationAlgorithms are accepted.
	SignatureAlgorithm     string
	VerificationAlgorithms []string
}

// Distributed is the herder of a worker in a group (org.apache.kafka.connect.runtime.distributed.DistributedHerder). Everything that outlives it
// is in the config, status and offset topics. One goroutine follows the group and the config topic; what it finds to do for a connector it leaves
// to that connector's queue, so that a plugin that hangs holds up its own connector only, and the worker never drops out of its group for it.
type Distributed struct {
	base
	cfg      DistributedConfig
	worker   Worker
	member   Member
	configs  ConfigStore
	statuses StatusStore
	// queues run what starts and stops a connector here, writes what the leader writes for it.
	queues, writes *queues
	// fences run rounds of fencing.
	fences *queues
	// generations are of the tasks that are being started.
	generations generations

	reloads *reloads
	retries *retries
	// rounds are over with every assignment, beats with every turn of the loop.
	rounds, beats rounds

	// life ends when the herder stops; jobs run in it.
	life context.Context
	end  context.CancelFunc
	done chan struct{} // closed when the loop has ended
	// stopping is closed when Stop begins: nobody waits for the group any more.
	stopping chan struct{}
	// started says that there is a loop.
	started bool

	ready atomic.Bool
	// away is since when the worker is not in its group, nil while it is.
	away  atomic.Pointer[time.Time]
	fatal atomic.Pointer[error]
	// busy is since when the loop has been at one thing, lagging is behind for others to see.
	busy    atomic.Pointer[time.Time]
	lagging atomic.Bool
	// unclaimed says that the right to write as leader has to be claimed.
	unclaimed atomic.Bool

	reports    *reports
	foreigners foreigners

	mu     sync.Mutex
	events []store.ConfigEvent // read from the config topic and not handled yet
	// rejoin is why those events need a rebalance, "" where they do not.
	rejoin string
	// known are the connectors of the config topic that the herder has heard of.
	known map[string]bool
	// restarts are the restarts that were asked for and not begun, by connector.
	restarts map[string]store.RestartRequest

	owned ownership
	pace
}

var _ Herder = (*Distributed)(nil)

// NewDistributed makes a herder and its worker, which runs nothing yet.
func NewDistributed(cfg DistributedConfig) (*Distributed, error) {
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
	if cfg.Registry == nil || cfg.Validator == nil || cfg.Configs == nil || cfg.Statuses == nil || cfg.Join == nil || cfg.Peers == nil {
		return nil, errors.New("a herder of a group needs plugins, a validator, its stores, a membership and a way to other workers")
	}
	h := &Distributed{
		base: base{server: cfg.Server, registry: cfg.Registry, validator: cfg.Validator, transformer: cfg.Transformer, levels: cfg.Levels,
			log: cfg.Logger},
		cfg: cfg, configs: cfg.Configs, statuses: cfg.Statuses, queues: newQueues(cfg.Logger), writes: newQueues(cfg.Logger), fences: newQueues(cfg.Logger),
		done: make(chan struct{}), stopping: make(chan struct{}), known: map[string]bool{}, restarts: map[string]store.RestartRequest{},
	}
	h.owned.init()
	h.life, h.end = context.WithCancel(context.Background())
	h.reloads = newReloads(func() *workerconfig.Transformer { return h.transformer }, h.reload)
	h.retries = newRetries(h.life, h.reconfigure)
	h.reports = newReports(h)
	cfg.Worker.Statuses = h.reports
	cfg.Worker.Reconfigure = func(connector string) { h.reconfigure(connector, firstRetry) }
	cfg.Worker.Generation = func() int { return int(h.generation()) }
	if cfg.Worker.Group != nil {
		own := *cfg.Worker.Group
		own.Preflight = h.preflight
		cfg.Worker.Group, h.cfg.Worker.Group = &own, &own
	}
	if cfg.TrackTopics {
		cfg.Worker.TopicUsed = h.topicUsed
	}
	var err error
	if h.worker, err = cfg.NewWorker(cfg.Worker); err != nil {
		return nil, err
	}
	// Whichever worker resets a connector's topics, its tasks here report those that they go on using.
	h.statuses.OnReset(h.worker.ForgetTopics)
	h.statuses.OnConnector(h.reports.connectorRead)
	h.statuses.OnTask(h.reports.taskRead)
	h.member = cfg.Join(h.configured)
	return h, nil
}

// Start joins the group and begins to follow it.
func (h *Distributed) Start() {
	h.log.Info("Herder starting")
	h.mu.Lock()
	for _, name := range h.configs.Snapshot().Connectors() {
		h.known[name] = true
	}
	h.mu.Unlock()
	h.started = true
	if h.protocol = h.member.Protocol(); h.protocol != group.Sessioned {
		h.log.Warn("Requests between workers are not verified, as connect.protocol is " + h.protocol.String() + ": whoever reaches the REST API can set task configurations. " +
			"Take connect.protocol out of the worker's configuration, or set it to sessioned (KIP-507)")
	}
	h.leftGroup()
	go h.loop()
}

// configured is what the group's assignors need of the config topic.
func (h *Distributed) configured() group.Configured {
	c := h.configs.Snapshot()
	out := group.Configured{Offset: c.Offset(), Tasks: make(map[string]int, len(c.Connectors()))}
	for _, name := range c.Connectors() {
		out.Tasks[name] = len(c.Tasks(name))
	}
	return out
}

func (h *Distributed) generation() int32 {
	return max(h.member.Generation(), 0)
}

// OnConfigEvent takes what was read from the config topic; the config store calls it, in the order of the records. It does not block.
func (h *Distributed) OnConfigEvent(e store.ConfigEvent) {
	h.mu.Lock()
	h.note(e)
	h.mu.Unlock()
	h.member.Wakeup()
}

// Ready reports whether the worker has joined its group.
func (h *Distributed) Ready() bool { return h.ready.Load() }

// Health returns nil while the herder follows its group, and the error that ended that. It waits until ctx ends for a worker that is out of its group to
// come back, and for the loop to turn, as Java's does.
func (h *Distributed) Health(ctx context.Context) error {
	for {
		over, turned, away := h.rounds.next(), h.beats.next(), h.away.Load()
		if err := h.fatal.Load(); err != nil {
			return *err
		}
		wait := over
		if away == nil {
			wait = turned
			h.member.Wakeup()
		}
		select {
		case <-wait:
			if away == nil {
				return nil
			}
		case <-h.done:
			if h.fatal.Load() == nil {
				return errStopping
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// leftGroup notes that the worker is not in its group.
func (h *Distributed) leftGroup() {
	now := time.Now()
	h.away.CompareAndSwap(nil, &now)
}

// Failed is closed when the herder has ended, by Stop or because of an error; Health tells which.
func (h *Distributed) Failed() <-chan struct{} { return h.done }

// Stage tells what has been going on for longest.
func (h *Distributed) Stage() (Stage, bool) {
	if since := h.away.Load(); since != nil {
		return Stage{Description: membership, Started: *since}, true
	}
	return h.queues.stage()
}

// shortestStop is for workers whose tasks get no time at all.
const shortestStop = time.Second

// flushLast writes the last states of what ran here.
func (h *Distributed) flushLast(ctx context.Context) error {
	if err := h.statuses.Flush(ctx); err != nil {
		return fmt.Errorf("the last states of connectors and tasks were not written to the status topic, as no broker took them in time; whoever runs them next writes "+
			"theirs: %w", err)
	}
	return nil
}

// Stop stops all tasks together and then all connectors, leaves the group, and returns when all that has ended, as the worker's limits, StopTimeout or
// ctx allow: brokers that do not answer are not waited for. The stores are the caller's to stop.
func (h *Distributed) Stop(ctx context.Context) error {
	h.log.Info("Herder stopping")
	close(h.stopping)
	h.reloads.stop()
	h.owned.release()
	err := h.worker.Stop(ctx)
	ctx, cancel := context.WithTimeout(ctx, max(h.cfg.StopTimeout, shortestStop))
	defer cancel()
	h.fences.close(ctx)
	h.writes.close(ctx) // what clients were promised an answer to
	h.end()
	err = errors.Join(err, h.flushLast(ctx))
	h.member.Stop(ctx)
	if h.started {
		<-h.done
	}
	h.queues.close(ctx)
	h.retries.wait()
	err = errors.Join(err, h.transformer.Close())
	h.log.Info("Herder stopped")
	return err
}
