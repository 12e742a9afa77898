package store

import (
	"encoding/base64"
	"strconv"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
)

// Record is a key with its value as it stands on an internal topic; a nil value is a tombstone.
type Record struct {
	Key   string
	Value []byte
}

// Property is a key of a configuration with its value, nil for null.
type Property struct {
	Key   string
	Value *string
}

// PropertiesOf lists a configuration in the order of a java.util.HashMap, in which Java writes one that it made itself. One that a client sent
// Java writes in the client's order.
func PropertiesOf(props config.Props) []Property {
	keys := props.Keys()
	list := make([]Property, 0, len(keys))
	for _, i := range javafmt.HashOrder(keys, javafmt.DefaultCapacity) {
		list = append(list, Property{keys[i], props[keys[i]]})
	}
	return list
}

// The prefixes of the keys of the config topic (KafkaConfigBackingStore).
const (
	connectorPrefix   = "connector-"
	taskPrefix        = "task-"
	commitPrefix      = "commit-"
	targetStatePrefix = "target-state-"
	taskCountPrefix   = "tasks-fencing-"
	restartPrefix     = "restart-connector-"
	loggerPrefix      = "logger-cluster-"
	sessionKeyKey     = "session-key"
)

// TargetState is what a user wants a connector to do.
type TargetState string

// The target states (KIP-875).
const (
	TargetStarted TargetState = "STARTED"
	TargetPaused  TargetState = "PAUSED"
	TargetStopped TargetState = "STOPPED"
)

// ConnectorRecord is a connector's configuration.
func ConnectorRecord(connector string, props []Property) Record {
	return Record{connectorPrefix + connector, propertiesValue(props)}
}

// RemovalRecords delete a connector. The configurations of its tasks stay, as Java leaves them; readers drop them with the connector.
func RemovalRecords(connector string) []Record {
	return []Record{{Key: connectorPrefix + connector}, {Key: targetStatePrefix + connector}}
}

// TargetStateRecord is a connector's target state. Workers before KIP-875 read "state" and take a stopped connector for a paused one.
func TargetStateRecord(connector string, state TargetState) Record {
	old := state
	if state == TargetStopped {
		old = TargetPaused
	}
	b := appendText([]byte(`{"state":`), string(old))
	b = appendText(append(b, `,"state.v2":`...), string(state))
	return Record{targetStatePrefix + connector, append(b, '}')}
}

// TaskRecords are the configurations of all tasks of a connector. They take effect with CommitRecord, which must be written after them.
func TaskRecords(connector string, tasks [][]Property) []Record {
	records := make([]Record, len(tasks))
	for i, props := range tasks {
		records[i] = Record{taskPrefix + connector + "-" + strconv.Itoa(i), propertiesValue(props)}
	}
	return records
}

// CommitRecord makes the task configurations written before it take effect.
func CommitRecord(connector string, tasks int) Record {
	return Record{commitPrefix + connector, append(strconv.AppendInt([]byte(`{"tasks":`), int64(tasks), 10), '}')}
}

// TaskCountRecord says for how many tasks a connector's zombies were fenced (KIP-618).
func TaskCountRecord(connector string, tasks int) Record {
	return Record{taskCountPrefix + connector, append(strconv.AppendInt([]byte(`{"task-count":`), int64(tasks), 10), '}')}
}

// SessionKeyRecord is the key with which workers sign requests to each other (KIP-507).
func SessionKeyRecord(key SessionKey) Record {
	b := appendText([]byte(`{"key":`), base64.StdEncoding.EncodeToString(key.Key))
	b = appendText(append(b, `,"algorithm":`...), key.Algorithm)
	b = strconv.AppendInt(append(b, `,"creation-timestamp":`...), key.Created.UnixMilli(), 10)
	return Record{sessionKeyKey, append(b, '}')}
}

// RestartRequest asks the workers to restart a connector or parts of it (KIP-745).
type RestartRequest struct {
	Connector    string
	OnlyFailed   bool
	IncludeTasks bool
}

// RestartRecord is a restart request.
func RestartRecord(r RestartRequest) Record {
	b := strconv.AppendBool([]byte(`{"include-tasks":`), r.IncludeTasks)
	b = strconv.AppendBool(append(b, `,"only-failed":`...), r.OnlyFailed)
	return Record{restartPrefix + r.Connector, append(b, '}')}
}

// LoggerLevelRecord sets the level of a logger on all workers (KIP-976).
func LoggerLevelRecord(namespace, level string) Record {
	return Record{loggerPrefix + namespace, append(appendText([]byte(`{"level":`), level), '}')}
}

func propertiesValue(props []Property) []byte {
	b := []byte(`{"properties":{`)
	for i, p := range props {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, p.Key), ':')
		if p.Value == nil {
			b = append(b, "null"...)
		} else {
			b = appendText(b, *p.Value)
		}
	}
	return append(b, "}}"...)
}

// TaskID names a task of a connector.
type TaskID = kafka.Task
