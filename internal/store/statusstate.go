package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// StatusState is what the status topic says, and what may be written to it (KafkaStatusBackingStore). Its methods must not be called at once.
type StatusState struct {
	connectors map[string]*statusEntry
	tasks      map[string]map[int]*statusEntry
	topics     map[string]map[string]TopicStatus
	// generation is that of the last status to be written.
	generation int
}

// statusEntry is a status with what was written to its key.
type statusEntry struct {
	status *Status // as read back, nil where nothing was
	writes int
	// deleted says that a tombstone took the entry out of the tables.
	deleted bool
}

// NewStatusState returns the state before the first record.
func NewStatusState() *StatusState {
	return &StatusState{connectors: map[string]*statusEntry{}, tasks: map[string]map[int]*statusEntry{}, topics: map[string]map[string]TopicStatus{}}
}

// Apply reads a record. An error says why it was ignored; it is for the log, the state is good.
func (s *StatusState) Apply(key string, value []byte) error {
	if connector, ok := strings.CutPrefix(key, connectorStatusPrefix); ok {
		return s.readConnector(connector, value)
	}
	if strings.HasPrefix(key, taskStatusPrefix) {
		return s.readTask(key, value)
	}
	if name, ok := strings.CutPrefix(key, topicStatusPrefix); ok {
		return s.readTopic(name, value)
	}
	return fmt.Errorf("%q is no key of a status topic", key)
}

func (s *StatusState) readConnector(connector string, value []byte) error {
	if connector == "" {
		return errors.New("the key of a connector's status names no connector")
	}
	if value == nil {
		// The statuses of its tasks go with it, whatever becomes of their own records.
		if e := s.connectors[connector]; e != nil {
			e.deleted = true
		}
		for _, e := range s.tasks[connector] {
			e.deleted = true
		}
		delete(s.connectors, connector)
		delete(s.tasks, connector)
		return nil
	}
	status, err := parseStatus(value)
	if err != nil {
		return fmt.Errorf("the status of connector %s %w", connector, err)
	}
	s.connectorEntry(connector).status = status
	return nil
}

func (s *StatusState) readTask(key string, value []byte) error {
	id, ok := parseTaskKey(key, 2)
	if !ok {
		return fmt.Errorf("%q is no key of a task's status", key)
	}
	if value == nil {
		if e := s.tasks[id.Connector][id.Task]; e != nil {
			e.deleted = true
			delete(s.tasks[id.Connector], id.Task)
		}
		return nil
	}
	status, err := parseStatus(value)
	if err != nil {
		return fmt.Errorf("the status of task %s %w", id, err)
	}
	e := s.taskEntry(id)
	if old := e.status; status.State == "UNASSIGNED" && old != nil && old.State == "RUNNING" && old.Generation >= status.Generation {
		// The former owner reports late that it stopped the task.
		return nil
	}
	e.status = status
	return nil
}

func (s *StatusState) readTopic(name string, value []byte) error {
	topic, rest, _ := strings.Cut(name, ":")
	connector, ok := strings.CutPrefix(":"+rest, topicStatusSeparator)
	if !ok || topic == "" || connector == "" {
		return fmt.Errorf("%q is no key of a topic's status", topicStatusPrefix+name)
	}
	if value == nil {
		delete(s.topics[connector], topic)
		return nil
	}
	status, err := parseTopicStatus(value)
	if err != nil {
		return fmt.Errorf("the status of topic %s of connector %s %w", topic, connector, err)
	}
	if s.topics[connector] == nil {
		s.topics[connector] = map[string]TopicStatus{}
	}
	s.topics[connector][topic] = status
	return nil
}

func (s *StatusState) connectorEntry(connector string) *statusEntry {
	e := s.connectors[connector]
	if e == nil {
		e = &statusEntry{}
		s.connectors[connector] = e
	}
	return e
}

func (s *StatusState) taskEntry(id TaskID) *statusEntry {
	if s.tasks[id.Connector] == nil {
		s.tasks[id.Connector] = map[int]*statusEntry{}
	}
	e := s.tasks[id.Connector][id.Task]
	if e == nil {
		e = &statusEntry{}
		s.tasks[id.Connector][id.Task] = e
	}
	return e
}

// Connectors returns the names, in order, of connectors whose status was read or written.
func (s *StatusState) Connectors() []string { return slices.Sorted(maps.Keys(s.connectors)) }

// Connector returns the status of a connector.
func (s *StatusState) Connector(name string) (Status, bool) { return statusIn(s.connectors[name]) }

// Task returns the status of a task.
func (s *StatusState) Task(id TaskID) (Status, bool) { return statusIn(s.tasks[id.Connector][id.Task]) }

// Tasks returns the statuses of the tasks of a connector by number.
func (s *StatusState) Tasks(connector string) map[int]Status {
	all := map[int]Status{}
	for i, e := range s.tasks[connector] {
		if status, ok := statusIn(e); ok {
			all[i] = status
		}
	}
	return all
}

// Topic returns the status of a topic of a connector.
func (s *StatusState) Topic(connector, topic string) (TopicStatus, bool) {
	t, ok := s.topics[connector][topic]
	return t, ok
}

// Topics returns the topics of a connector by name.
func (s *StatusState) Topics(connector string) map[string]TopicStatus {
	return maps.Clone(s.topics[connector])
}

func statusIn(e *statusEntry) (Status, bool) {
	if e == nil || e.status == nil {
		return Status{}, false
	}
	return *e.status, true
}

// StatusWrite is a status on its way to the topic.
type StatusWrite struct {
	Record
	entry  *statusEntry
	status Status
	safe   bool
	number int
}

// PutConnector prepares to write the status of a connector. A safe write is one by the code that ran the connector, which does not know of what
// happened since: ok is false where another worker wrote a status of a later generation.
func (s *StatusState) PutConnector(connector string, status Status, safe bool) (w StatusWrite, ok bool) {
	return s.put(ConnectorStatusRecord(connector, status), s.connectorEntry(connector), status, safe)
}

// PutTask is PutConnector for tasks.
func (s *StatusState) PutTask(id TaskID, status Status, safe bool) (w StatusWrite, ok bool) {
	return s.put(TaskStatusRecord(id, status), s.taskEntry(id), status, safe)
}

func (s *StatusState) put(r Record, e *statusEntry, status Status, safe bool) (StatusWrite, bool) {
	s.generation = status.Generation
	if safe && !e.safe(status) {
		return StatusWrite{}, false
	}
	e.writes++
	return StatusWrite{r, e, status, safe, e.writes}, true
}

func (e *statusEntry) safe(status Status) bool {
	return e.status == nil || e.status.WorkerID == status.WorkerID || e.status.Generation <= status.Generation
}

// Again reports whether a write that failed for a passing reason is still worth writing: not after the entry was deleted, the worker's generation
// changed, or, for a safe write, another status was written.
func (s *StatusState) Again(w StatusWrite) bool {
	return !w.entry.deleted && w.status.Generation == s.generation && (!w.safe || w.entry.safe(w.status) && w.number == w.entry.writes)
}
