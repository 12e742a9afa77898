package herder

import (
	"encoding/json"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/worker"
)

// ConnectorType is what a connector does with Kafka, in the words of the REST API.
type ConnectorType string

const (
	TypeSource  ConnectorType = "source"
	TypeSink    ConnectorType = "sink"
	TypeUnknown ConnectorType = "unknown"
)

// TaskID names a task.
type TaskID = worker.TaskID

// ServerInfo is the answer of GET /.
type ServerInfo struct {
	Version        string `json:"version"`
	Commit         string `json:"commit"`
	KafkaClusterID string `json:"kafka_cluster_id"`
}

// ConnectorInfo is a connector as GET /connectors/{c} shows it, with the nulls that its configuration was given.
type ConnectorInfo struct {
	Name   string        `json:"name"`
	Config config.Props  `json:"config"`
	Tasks  []TaskID      `json:"tasks"`
	Type   ConnectorType `json:"type"`
}

// TaskInfo is a task with its configuration.
type TaskInfo struct {
	ID     TaskID       `json:"id"`
	Config config.Props `json:"config"`
}

// ConnectorState is the state of a connector instance.
type ConnectorState struct {
	State    State   `json:"state"`
	WorkerID string  `json:"worker_id"`
	Trace    string  `json:"trace,omitempty"`
	Version  *string `json:"version"`
}

// TaskState is the state of a task.
type TaskState struct {
	ID       int     `json:"id"`
	State    State   `json:"state"`
	WorkerID string  `json:"worker_id"`
	Trace    string  `json:"trace,omitempty"`
	Version  *string `json:"version"`
}

// ConnectorStatus is a connector's state with those of its tasks, in the order of their numbers.
type ConnectorStatus struct {
	Name      string         `json:"name"`
	Connector ConnectorState `json:"connector"`
	Tasks     []TaskState    `json:"tasks"`
	Type      ConnectorType  `json:"type"`
}

// ConnectorOffset is one partition with its offset, nil for none. Numbers are json.Number, as they came or as they are to be shown.
type ConnectorOffset = worker.ConnectorOffset

// PluginInfo is a plugin as GET /connector-plugins shows it.
type PluginInfo struct {
	Class   string `json:"class"`
	Type    string `json:"type"`
	Version string `json:"version,omitempty"`
}

// LoggerLevel is a logger's level; LastModified is the time of its last change through the API in milliseconds, 0 for none.
type LoggerLevel struct {
	Level        string
	LastModified int64
}

// MarshalJSON writes a missing time as null.
func (l LoggerLevel) MarshalJSON() ([]byte, error) {
	out := struct {
		Level        string `json:"level"`
		LastModified *int64 `json:"last_modified"`
	}{Level: l.Level}
	if l.LastModified != 0 {
		out.LastModified = &l.LastModified
	}
	return json.Marshal(out)
}

// RestartRequest says what of a connector to restart (KIP-745).
type RestartRequest struct {
	Connector    string
	OnlyFailed   bool
	IncludeTasks bool
}

// Signature proves that an internal request comes from a worker of the same group (KIP-507).
type Signature struct {
	Algorithm string
	MAC       []byte
}
