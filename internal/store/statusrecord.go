package store

import (
	"errors"
	"fmt"
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

// connectorStatus returns what a record says of a connector, if it does.
func connectorStatus(key string, value []byte) (name string, status Status, ok bool) {
	if name, ok = strings.CutPrefix(key, connectorStatusPrefix); !ok || value == nil {
		return name, status, false
	}
	parsed, err := parseStatus(value)
	if err != nil {
		return name, status, false
	}
	return name, *parsed, true
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
