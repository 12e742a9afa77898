package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The prefixes of the keys of the status topic (KafkaStatusBackingStore).
const (
	connectorStatusPrefix = "status-connector-"
	taskStatusPrefix      = "status-task-"
	topicStatusPrefix     = "status-topic-"
	topicStatusSeparator  = ":connector-"
)

// Destroyed is the state whose record is a tombstone.
const Destroyed = "DESTROYED"

// Status is the state of a connector or task as a worker reported it.
type Status struct {
	// State is one of UNASSIGNED, RUNNING, PAUSED, FAILED, RESTARTING, STOPPED, or Destroyed to forget.
	State string
	// Trace is nil where there is none.
	Trace    *string
	WorkerID string
	// Generation is that of the group when the worker reported.
	Generation int
	// Version is the plugin's, nil where it is not known (KIP-891).
	Version *string
}

// TopicStatus says that a connector uses a topic (KIP-558).
type TopicStatus struct {
	Topic, Connector string
	// Task is the first one that used the topic, and Discovered when.
	Task       int
	Discovered time.Time
}

// ConnectorStatusRecord is the status of a connector.
func ConnectorStatusRecord(connector string, s Status) Record {
	return Record{connectorStatusPrefix + connector, statusValue(s)}
}

// TaskStatusRecord is the status of a task.
func TaskStatusRecord(task TaskID, s Status) Record {
	return Record{taskStatusPrefix + task.Connector + "-" + strconv.Itoa(task.Task), statusValue(s)}
}

// TopicStatusRecord says that a connector uses a topic.
func TopicStatusRecord(t TopicStatus) Record {
	r := TopicRemovalRecord(t.Connector, t.Topic)
	b := appendText([]byte(`{"topic":{"name":`), t.Topic)
	b = appendText(append(b, `,"connector":`...), t.Connector)
	b = strconv.AppendInt(append(b, `,"task":`...), int64(t.Task), 10)
	b = strconv.AppendInt(append(b, `,"discoverTimestamp":`...), t.Discovered.UnixMilli(), 10)
	r.Value = append(b, "}}"...)
	return r
}

// TopicRemovalRecord says that a connector does not use a topic any more.
func TopicRemovalRecord(connector, topic string) Record {
	return Record{Key: topicStatusPrefix + topic + topicStatusSeparator + connector}
}

func statusValue(s Status) []byte {
	if s.State == Destroyed {
		return nil
	}
	optional := func(b []byte, text *string) []byte {
		if text == nil {
			return append(b, "null"...)
		}
		return appendText(b, *text)
	}
	b := appendText([]byte(`{"state":`), s.State)
	b = optional(append(b, `,"trace":`...), s.Trace)
	b = appendText(append(b, `,"worker_id":`...), s.WorkerID)
	b = strconv.AppendInt(append(b, `,"generation":`...), int64(s.Generation), 10)
	b = optional(append(b, `,"version":`...), s.Version)
	return append(b, '}')
}

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

// taskStatus returns what a record says of a task, if it does.
func taskStatus(key string, value []byte) (id TaskID, status Status, ok bool) {
	if !strings.HasPrefix(key, taskStatusPrefix) || value == nil {
		return id, status, false
	}
	if id, ok = parseTaskKey(key, 2); !ok {
		return id, status, false
	}
	parsed, err := parseStatus(value)
	if err != nil || parsed == nil {
		return id, status, false
	}
	return id, *parsed, true
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

var errNoStatus = errors.New("is no JSON object with texts and a whole generation")

func parseStatus(value []byte) (*Status, error) {
	tree, err := parseRecord(value)
	if err != nil {
		return nil, fmt.Errorf("is not JSON: %w", err)
	}
	fields, _ := tree.(map[string]any)
	s := &Status{}
	state, isText := fields["state"].(string)
	generation, isNumber := fields["generation"].(int64)
	if !isText || !isNumber {
		return nil, errNoStatus
	}
	switch state {
	case "UNASSIGNED", "RUNNING", "PAUSED", "FAILED", "RESTARTING", "STOPPED", Destroyed:
	default:
		return nil, fmt.Errorf("has the unknown state %q", state)
	}
	s.State, s.Generation = shared(state), int(int32(generation))
	worker, err := optionalText(fields["worker_id"])
	if err != nil {
		return nil, err
	}
	if worker != nil {
		s.WorkerID = shared(*worker)
	}
	if s.Trace, err = optionalText(fields["trace"]); err != nil {
		return nil, err
	}
	if s.Version, err = optionalText(fields["version"]); s.Version != nil {
		*s.Version = shared(*s.Version)
	}
	return s, err
}

func optionalText(v any) (*string, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return &v, nil
	}
	return nil, errNoStatus
}

// removedTopic returns the connector that a record says not to use a topic any more.
func removedTopic(key string, value []byte) (connector string, ok bool) {
	name, ok := strings.CutPrefix(key, topicStatusPrefix)
	if !ok || value != nil {
		return "", false
	}
	_, connector, ok = strings.Cut(name, topicStatusSeparator)
	return connector, ok
}

func parseTopicStatus(value []byte) (TopicStatus, error) {
	tree, err := parseRecord(value)
	if err != nil {
		return TopicStatus{}, fmt.Errorf("is not JSON: %w", err)
	}
	outer, _ := tree.(map[string]any)
	fields, _ := outer["topic"].(map[string]any)
	topic, err := optionalText(fields["name"])
	if err != nil {
		return TopicStatus{}, err
	}
	connector, err := optionalText(fields["connector"])
	if err != nil {
		return TopicStatus{}, err
	}
	task, hasTask := fields["task"].(int64)
	discovered, hasTime := fields["discoverTimestamp"].(int64)
	if !hasTask || !hasTime || topic == nil || connector == nil {
		return TopicStatus{}, errors.New(`has no object "topic" with name, connector, task and discoverTimestamp`)
	}
	return TopicStatus{Topic: *topic, Connector: *connector, Task: int(int32(task)), Discovered: time.UnixMilli(discovered)}, nil
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
