package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/logs"
)

// readWriteTimeout is what a write to the config topic may take in all (READ_WRITE_TOTAL_TIMEOUT_MS).
const readWriteTimeout = 30 * time.Second

// ConfigStore keeps the config topic (KafkaConfigBackingStore). Its methods may be called from any goroutine; those that take a context block until the
// record is written and read back, at most 30 seconds.
//
// Only a leader writes configurations, tasks, session keys, restart requests and task count records. With Leader set these go through one
// transactional producer, so that a leader that was replaced cannot write any more.
type ConfigStore struct {
	log    *KafkaLog
	logger *slog.Logger
	cfg    ConfigStoreConfig

	mu      sync.Mutex
	state   *ConfigState
	started bool

	leading sync.Mutex // guards the transactional producer and its transactions
	leader  *kgo.Client
}

// ConfigStoreConfig says how to open a ConfigStore.
type ConfigStoreConfig struct {
	// Log is the topic. Property, Purpose, SinglePartition and Record are set by OpenConfigs.
	Log LogConfig
	// Leader are the properties of the transactional producer (kafka.Worker.FencingProducer); without properties there is none.
	Leader kafka.Settings
	// Listener hears of every event after the topic was read to its end, in order, on one goroutine. It must not block and must not call the store,
	// except for Snapshot.
	Listener func(ConfigEvent)
}

// PrivilegeError says that the leader's producer failed, probably since another worker leads now. Its privileges are gone until ClaimWritePrivileges.
type PrivilegeError struct{ Err error }

func (e *PrivilegeError) Error() string {
	return "Failed to perform fencable send to config topic: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *PrivilegeError) Unwrap() error { return e.Err }

// OpenConfigs opens the config topic and reads it to its end. Events of that time are not reported.
func OpenConfigs(ctx context.Context, cfg ConfigStoreConfig) (*ConfigStore, error) {
	s := &ConfigStore{cfg: cfg, state: NewConfigState(), logger: cfg.Log.Logger}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	cfg.Log.Property, cfg.Log.Purpose, cfg.Log.SinglePartition = "config.storage.topic", "connector configurations", true
	cfg.Log.Topic.Partitions = 1
	cfg.Log.Record = s.read
	log, err := OpenLog(ctx, cfg.Log)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.log, s.started = log, true
	s.mu.Unlock()
	return s, nil
}

func (s *ConfigStore) read(r *kgo.Record) {
	s.mu.Lock()
	event, err := s.state.Apply(r.Offset, string(r.Key), r.Value)
	started := s.started
	s.mu.Unlock()
	if err != nil {
		s.logger.Warn("Ignoring a record of the config topic", "topic", r.Topic, "partition", r.Partition, "offset", r.Offset, logs.DistinctKey, true, "error", err)
	}
	if event != nil && started && s.cfg.Listener != nil {
		s.cfg.Listener(event)
	}
}

// Snapshot returns what was read so far.
func (s *ConfigStore) Snapshot() *ClusterConfig {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Snapshot()
}

// Refresh reads the topic to its end; ctx says how long that may take (worker.sync.timeout.ms).
func (s *ConfigStore) Refresh(ctx context.Context) error { return s.log.ReadToEnd(ctx) }

// Close closes the clients.
func (s *ConfigStore) Close() {
	s.leading.Lock()
	s.relinquish()
	s.leading.Unlock()
	s.log.Close()
}

// ClaimWritePrivileges makes this worker the only one that can write as leader: it fences the producer of the former leader. Without a transactional
// producer it does nothing.
func (s *ConfigStore) ClaimWritePrivileges(ctx context.Context) error {
	s.leading.Lock()
	defer s.leading.Unlock()
	if len(s.cfg.Leader.Properties) == 0 || s.leader != nil {
		return nil
	}
	client, err := s.cfg.Log.Environment.NewProducer(ctx, s.cfg.Leader.Source, s.cfg.Leader.Properties)
	if err == nil {
		// Asking for the producer id is what fences.
		if _, _, err = client.ProducerID(ctx); err == nil {
			s.leader = client
			return nil
		}
		client.Close()
	}
	return javafmt.NewException(javafmt.ConnectException, "Failed to create and initialize fencable producer for config topic", s.denied(err))
}

// denied says of an error of the leader's producer which right is missing.
func (s *ConfigStore) denied(err error) error {
	leader := s.cfg.Leader
	return kafka.Denied(err, kafka.Resource{Topic: s.cfg.Log.Topic.Name, TransactionalID: leader.Properties["transactional.id"], Client: kafka.Producer, Source: leader.Source})
}

func (s *ConfigStore) relinquish() {
	if s.leader != nil {
		closeClients(s.leader)
		s.leader = nil
	}
}

// send writes records as leader.
func (s *ConfigStore) send(ctx context.Context, records ...Record) error {
	if len(s.cfg.Leader.Properties) == 0 {
		return s.log.SendAll(ctx, records...)
	}
	s.leading.Lock()
	defer s.leading.Unlock()
	if s.leader == nil {
		return javafmt.NewException(javafmt.IllegalState, "Cannot produce to config topic without claiming write privileges first", nil)
	}
	err := s.leader.BeginTransaction()
	if err == nil {
		kept := make([]*kgo.Record, len(records))
		for i, r := range records {
			kept[i] = &kgo.Record{Topic: s.cfg.Log.Topic.Name, Partition: kafka.AnyPartition, Key: []byte(r.Key), Value: r.Value}
		}
		if err = s.leader.ProduceSync(ctx, kept...).FirstErr(); err == nil {
			err = kafka.CommitTransaction(ctx, s.leader, s.cfg.Log.Topic.Name)
		}
	}
	if err != nil {
		s.relinquish()
		return &PrivilegeError{s.denied(err)}
	}
	return nil
}

// write writes groups of records as leader, reading to the end after each that has any.
func (s *ConfigStore) write(ctx context.Context, what string, groups ...[]Record) error {
	ctx, cancel := context.WithTimeout(ctx, readWriteTimeout)
	defer cancel()
	// All of it before any of it is written.
	for _, records := range groups {
		if err := s.fits(what, records...); err != nil {
			return err
		}
	}
	for _, records := range groups {
		err := error(nil)
		if len(records) > 0 {
			err = s.send(ctx, records...)
		}
		var refused *PrivilegeError
		if errors.As(err, &refused) {
			return err
		}
		if err == nil {
			err = s.log.ReadToEnd(ctx)
		}
		if err != nil {
			return javafmt.NewException(javafmt.ConnectException, what, err)
		}
	}
	return nil
}

// recordOverhead is what a batch of one record adds to its key and value at most.
const recordOverhead = 61 + 5*5

// fits refuses records that the producer would refuse.
func (s *ConfigStore) fits(what string, records ...Record) error {
	limit := 1 << 20
	if n, err := strconv.Atoi(s.cfg.Log.Producer.Properties["max.request.size"]); err == nil {
		limit = n
	}
	for _, r := range records {
		if size := len(r.Key) + len(r.Value) + recordOverhead; size > limit {
			return javafmt.NewException(javafmt.ConnectException, fmt.Sprintf("%s: the record %.200s of topic %s is %d bytes when serialized which is larger than %d, "+
				"which is the value of the max.request.size configuration. Nothing was written.", what, r.Key, s.cfg.Log.Topic.Name, size, limit), nil)
		}
	}
	return nil
}

// PutConnector writes a configuration, and before it the target state unless that is "".
func (s *ConfigStore) PutConnector(ctx context.Context, connector string, props []Property, state TargetState) error {
	var records []Record
	if state != "" {
		records = append(records, TargetStateRecord(connector, state))
	}
	return s.write(ctx, "Error writing connector configuration to Kafka", append(records, ConnectorRecord(connector, props)))
}

// RemoveConnector deletes a connector.
func (s *ConfigStore) RemoveConnector(ctx context.Context, connector string) error {
	return s.write(ctx, "Error removing connector configuration from Kafka", RemovalRecords(connector))
}

// PutTasks writes the configurations of all tasks of a connector, and then commits them.
func (s *ConfigStore) PutTasks(ctx context.Context, connector string, tasks [][]Property) error {
	groups := [][]Record{nil} // nothing may be unread before
	if len(tasks) > 0 {
		groups = append(groups, TaskRecords(connector, tasks))
	}
	return s.write(ctx, "Error writing task configurations to Kafka", append(groups, []Record{CommitRecord(connector, len(tasks))})...)
}

// PutTaskCount writes for how many tasks zombies were fenced.
func (s *ConfigStore) PutTaskCount(ctx context.Context, connector string, tasks int) error {
	return s.write(ctx, "Error writing task count record to Kafka", []Record{TaskCountRecord(connector, tasks)})
}

// PutSessionKey writes a new session key.
func (s *ConfigStore) PutSessionKey(ctx context.Context, key SessionKey) error {
	return s.write(ctx, "Error writing session key to Kafka", []Record{SessionKeyRecord(key)})
}

// PutRestart writes a restart request.
func (s *ConfigStore) PutRestart(ctx context.Context, r RestartRequest) error {
	what := fmt.Sprintf("Error writing restart request for {connectorName='%s', onlyFailed=%t, includeTasks=%t} to Kafka", r.Connector, r.OnlyFailed, r.IncludeTasks)
	return s.write(ctx, what, []Record{RestartRecord(r)})
}

// PutTargetState writes a target state. Any worker may, so it does not need privileges, and it is not waited for until it is read.
func (s *ConfigStore) PutTargetState(ctx context.Context, connector string, state TargetState) error {
	return s.any(ctx, "Error writing target state to Kafka", TargetStateRecord(connector, state))
}

// PutLoggerLevel writes the level of a logger for all workers. Any worker may.
func (s *ConfigStore) PutLoggerLevel(ctx context.Context, namespace, level string) error {
	return s.any(ctx, "Error writing logger level to Kafka", LoggerLevelRecord(namespace, level))
}

func (s *ConfigStore) any(ctx context.Context, what string, r Record) error {
	ctx, cancel := context.WithTimeout(ctx, readWriteTimeout)
	defer cancel()
	if err := s.log.SendAll(ctx, r); err != nil {
		return javafmt.NewException(javafmt.ConnectException, what, err)
	}
	return nil
}
