package deadletter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/worker"
)

// topicKey is the key of a connector's configuration that names its dead letter topic.
const topicKey = "errors.deadletterqueue.topic.name"

// Connectors is what a Service asks of a herder.
type Connectors interface {
	Connectors(ctx context.Context) ([]string, error)
	ConnectorConfig(ctx context.Context, name string) (config.Props, error)
	TaskConfigs(ctx context.Context, name string) ([]herder.TaskInfo, error)
}

// Config is what a Service needs.
type Config struct {
	// Visible reports whether an overview may show a connector to who asks for it in ctx; nil shows all. It must not block.
	Visible func(ctx context.Context, connector string) bool
	// Operable reports likewise whether letters of a connector may be listed, shown and redriven, where they are in the dead letter topic of
	// another one; nil permits it for all.
	Operable func(ctx context.Context, connector string) bool
	// Connectors knows the connectors; any herder does, of the leader or not.
	Connectors Connectors
	// Resolve replaces the placeholders of a configuration.
	Resolve func(ctx context.Context, props config.Props) (map[string]string, error)
	// Worker is what tasks of this worker are made with. Its offset store and listeners are not used.
	Worker worker.Config
	// Redact hides the secrets of configurations in texts of errors; nil leaves them as they are.
	Redact func(text string) string
	// Settled hears what became of the letters that a redrive of a connector met; nil for nobody.
	Settled func(connector string, fate Fate, letters int)
	// Logger hears of redrives.
	Logger *slog.Logger
	// ReadTime bounds reading, RedriveTime one redrive; 0 means defaults.
	ReadTime, RedriveTime time.Duration
}

const (
	defaultReadTime    = 60 * time.Second
	defaultRedriveTime = 2 * time.Minute
)

// Service answers for the dead letter queues of all connectors. Its methods may be called from any goroutine and wait for Kafka; their errors
// are for clients of the REST API, most of them *herder.Error.
type Service struct {
	cfg Config

	mu   sync.Mutex
	busy map[string]bool // dead letter topics with a redrive under way on this worker
}

// New returns a service. It connects to nothing before it is asked.
func New(cfg Config) *Service {
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Settled == nil {
		cfg.Settled = func(string, Fate, int) {}
	}
	if cfg.Redact == nil {
		cfg.Redact = func(text string) string { return text }
	}
	if cfg.ReadTime <= 0 {
		cfg.ReadTime = defaultReadTime
	}
	if cfg.RedriveTime <= 0 {
		cfg.RedriveTime = defaultRedriveTime
	}
	if cfg.Worker.Kafka == nil {
		cfg.Worker.Kafka = &kafka.Environment{Logger: cfg.Logger}
	}
	return &Service{cfg: cfg, busy: map[string]bool{}}
}

// connectorQueue is the dead letter queue of one connector.
type connectorQueue struct {
	s         *Service
	connector string
	props     map[string]string // of the connector, resolved
	topic     string
	// may reports whether letters of another connector are shown to who asks in ctx, nil for always.
	may func(ctx context.Context, connector string) bool
}

// queue finds the dead letter queue of a connector.
func (s *Service) queue(ctx context.Context, connector string) (*connectorQueue, error) {
	q, err := s.maybeQueue(ctx, connector)
	if q != nil {
		q.may = s.cfg.Operable
	}
	if err == nil && q == nil {
		err = &herder.Error{Status: http.StatusConflict, Message: fmt.Sprintf("Connector %s has no dead letter queue: name a topic in the key %s of its configuration, "+
			"and set errors.tolerance=all and errors.deadletterqueue.context.headers.enable=true", connector, topicKey)}
	}
	return q, err
}

// maybeQueue returns nil for a connector without dead letter queue.
func (s *Service) maybeQueue(ctx context.Context, connector string) (*connectorQueue, error) {
	given, err := s.cfg.Connectors.ConnectorConfig(ctx, connector)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(given.Text(topicKey)) == "" {
		return nil, nil
	}
	props, err := s.cfg.Resolve(ctx, given)
	if err != nil {
		return nil, fmt.Errorf("the configuration of connector %s cannot be resolved: %w", connector, err)
	}
	return &connectorQueue{s: s, connector: connector, props: props, topic: strings.TrimSpace(props[topicKey])}, nil
}

func (q *connectorQueue) clients() kafka.Worker {
	return kafka.Worker{Properties: q.s.cfg.Worker.Props}
}

// task is the task whose client settings are used; they do not depend on its number.
func (q *connectorQueue) task() kafka.Task { return kafka.Task{Connector: q.connector} }

// admin opens the admin client that creates the connector's dead letter topic.
func (q *connectorQueue) admin(ctx context.Context) (*kafka.Admin, error) {
	settings := q.clients().DeadLetterAdmin(q.task(), q.props)
	admin, err := q.s.cfg.Worker.Kafka.NewAdmin(ctx, settings.Source, settings.Properties)
	if err != nil {
		return nil, fmt.Errorf("make the admin client of connector %s: %w", q.connector, err)
	}
	return admin, nil
}

// consumerSettings are those of the connector's tasks, without their group and for whole partitions of committed records.
func (q *connectorQueue) consumerSettings() kafka.Settings {
	settings := q.clients().SinkConsumer(q.task(), q.props)
	p := settings.Properties
	for _, ofGroups := range []string{"group.id", "group.instance.id", "group.protocol", "group.remote.assignor", "enable.auto.commit"} {
		delete(p, ofGroups)
	}
	if _, given := p["fetch.max.bytes"]; !given {
		p["fetch.max.bytes"] = "8388608" // it is held in memory beside the tasks
	}
	p["client.id"] = "connector-dlq-consumer-" + q.connector
	p["isolation.level"] = "read_committed"
	p["auto.offset.reset"] = "earliest"
	p["allow.auto.create.topics"] = "false"
	return settings
}

// begin lets one redrive of a topic at a time pass; end lets the next.
func (s *Service) begin(topic string) (end func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[topic] {
		return nil, &herder.Error{Status: http.StatusConflict, Message: "A redrive of dead letter topic " + topic + " is under way on this worker: ask again when it has ended"}
	}
	s.busy[topic] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.busy, topic)
	}, nil
}

// isMissing reports whether an error says that a connector went away since it was listed.
func isMissing(err error) bool {
	var e *herder.Error
	return errors.As(err, &e) && e.Status == http.StatusNotFound
}
