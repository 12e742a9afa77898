package store

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/logs"
)

// StatusStore keeps the status topic (KafkaStatusBackingStore). Its methods may be called from any goroutine and do not block, but for OpenStatuses,
// Flush and Close. What was put is seen once it was read back.
type StatusStore struct {
	log    *KafkaLog
	logger *slog.Logger
	ctx    context.Context
	cancel context.CancelFunc
	retry  sync.WaitGroup

	mu    sync.RWMutex
	state *StatusState
	reset func(connector string)
	// connector and task hear of statuses.
	connector func(connector string, status Status)
	task      func(task TaskID, status Status)
}

// statusRetryPause keeps a broker that refuses from being asked without end; Java has none.
const statusRetryPause = 100 * time.Millisecond

// OpenStatuses opens the status topic and reads it to its end. Property, Purpose and Record of the config are set here.
func OpenStatuses(ctx context.Context, cfg LogConfig) (*StatusStore, error) {
	s := &StatusStore{state: NewStatusState(), logger: cfg.Logger}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	cfg.Property, cfg.Purpose, cfg.Record = "status.storage.topic", "connector and task statuses", s.read
	log, err := OpenLog(ctx, cfg)
	if err != nil {
		s.cancel()
		return nil, err
	}
	s.log = log
	return s, nil
}

// OnReset has f called when a connector is said not to use a topic any more, by this worker or another one, on the goroutine that reads the topic. It
// must not block.
func (s *StatusStore) OnReset(f func(connector string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reset = f
}

// OnConnector has f called with every status of a connector that is read from now on, whoever wrote it, on the goroutine that reads the topic. It must
// not block.
func (s *StatusStore) OnConnector(f func(connector string, status Status)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connector = f
}

// OnTask is OnConnector for tasks.
func (s *StatusStore) OnTask(f func(task TaskID, status Status)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.task = f
}

func (s *StatusStore) read(r *kgo.Record) {
	s.mu.Lock()
	err := s.state.Apply(string(r.Key), r.Value)
	reset, onConnector, onTask := s.reset, s.connector, s.task
	s.mu.Unlock()
	if name, status, ok := connectorStatus(string(r.Key), r.Value); ok && err == nil && onConnector != nil {
		onConnector(name, status)
	}
	if id, status, ok := taskStatus(string(r.Key), r.Value); ok && err == nil && onTask != nil {
		onTask(id, status)
	}
	if connector, ok := removedTopic(string(r.Key), r.Value); ok && err == nil && reset != nil {
		reset(connector)
	}
	if err != nil {
		s.logger.Warn("Ignoring a record of the status topic", "topic", r.Topic, "partition", r.Partition, "offset", r.Offset, logs.DistinctKey, true, "error", err)
	}
}

// Close gives up what could not be written yet and closes the clients.
func (s *StatusStore) Close() {
	s.mu.Lock()
	s.cancel()
	s.mu.Unlock()
	s.retry.Wait()
	s.log.Close()
}

// Flush waits until all that was put is written or has failed once, or ctx ends.
func (s *StatusStore) Flush(ctx context.Context) error { return s.log.Flush(ctx) }

// Refresh reads the topic to its end.
func (s *StatusStore) Refresh(ctx context.Context) error { return s.log.ReadToEnd(ctx) }

// PutConnector writes the status of a connector. Safe is for the code that ran the connector and does not know of what happened since: the status
// is not written where another worker wrote one of a later generation.
func (s *StatusStore) PutConnector(connector string, status Status, safe bool) {
	s.mu.Lock()
	w, ok := s.state.PutConnector(connector, status, safe)
	s.mu.Unlock()
	if ok {
		s.send(w.Record, func() bool { return s.state.Again(w) })
	}
}

// PutTask is PutConnector for tasks.
func (s *StatusStore) PutTask(task TaskID, status Status, safe bool) {
	s.mu.Lock()
	w, ok := s.state.PutTask(task, status, safe)
	s.mu.Unlock()
	if ok {
		s.send(w.Record, func() bool { return s.state.Again(w) })
	}
}

// PutTopic writes that a connector uses a topic.
func (s *StatusStore) PutTopic(t TopicStatus) {
	s.send(TopicStatusRecord(t), func() bool { return true })
}

// RemoveTopic writes that a connector does not use a topic any more.
func (s *StatusStore) RemoveTopic(connector, topic string) {
	s.send(TopicRemovalRecord(connector, topic), func() bool { return true })
}

// send writes a record, again and again where the failure may pass and again says so, which is called with the lock held. The caller does not hold it.
func (s *StatusStore) send(r Record, again func() bool) {
	s.log.Send([]byte(r.Key), r.Value, func(err error) {
		if err == nil {
			return
		}
		if s.ctx.Err() != nil || !kgo.IsRetryableBrokerErr(err) && !kerr.IsRetriable(err) && !timeout(err) {
			s.logger.Error("Failed to write status update", "key", r.Key, "error", err)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.ctx.Err() != nil || !again() {
			return
		}
		s.retry.Go(func() {
			if sleep(s.ctx, statusRetryPause) {
				s.send(r, again)
			}
		})
	})
}

// Connectors returns the names of connectors with a status, in order.
func (s *StatusStore) Connectors() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.Connectors()
}

// Connector returns the status of a connector.
func (s *StatusStore) Connector(name string) (Status, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.Connector(name)
}

// Task returns the status of a task.
func (s *StatusStore) Task(id TaskID) (Status, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.Task(id)
}

// Tasks returns the statuses of the tasks of a connector by number.
func (s *StatusStore) Tasks(connector string) map[int]Status {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.Tasks(connector)
}

// Topics returns the topics of a connector by name.
func (s *StatusStore) Topics(connector string) map[string]TopicStatus {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.Topics(connector)
}
