package backup

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/store"
)

// Content is what is known of a cluster: what a backup holds. Its order is fixed, so that the same cluster gives the same file.
type Content struct {
	Cluster Origin `json:"cluster"`
	// Masked says that secrets in configurations were replaced by [hidden].
	Masked bool `json:"masked,omitempty"`
	// Connectors are in the order of their names.
	Connectors []Connector `json:"connectors"`
	// Problems are what could not be read.
	Problems []Problem `json:"problems,omitempty"`
}

// Origin names the cluster that a content was read from.
type Origin struct {
	// Over is how it was read: kafka or rest.
	Over           string `json:"over"`
	KafkaClusterID string `json:"kafka_cluster_id,omitempty"`
	// Version is that of the worker that answered; only over REST.
	Version string `json:"version,omitempty"`
	// The rest is known over Kafka only.
	GroupID     string `json:"group_id,omitempty"`
	ConfigTopic string `json:"config_topic,omitempty"`
	OffsetTopic string `json:"offset_topic,omitempty"`
	StatusTopic string `json:"status_topic,omitempty"`
}

// The values of Origin.Over.
const (
	OverKafka = "kafka"
	OverREST  = "rest"
)

// Problem is something of a connector that could not be read.
type Problem struct {
	Connector string `json:"connector"`
	// Part is what is missing: offsets, tasks, topics or target state.
	Part string `json:"part"`
	Text string `json:"text"`
}

// targetState is the Part of a connector that was on its way to a worker all the time.
const targetState = "target state"

// Connector is all that is known of a connector.
type Connector struct {
	Name string `json:"name"`
	// Type is source or sink, "" where nobody knows the class.
	Type string `json:"type,omitempty"`
	// Config is the configuration as it was written, with its placeholders; nil for a connector that was deleted and whose offsets are still there.
	Config      config.Props      `json:"config"`
	TargetState store.TargetState `json:"target_state,omitempty"`
	// Tasks are the task configurations, none where they are not complete.
	Tasks []config.Props `json:"tasks,omitempty"`
	// FencedTasks is for how many tasks zombies were fenced last (KIP-618).
	FencedTasks *int `json:"fenced_tasks,omitempty"`
	// Status is the connector's own status, TaskStatuses are in the order of their tasks.
	Status        *Status        `json:"status,omitempty"`
	TaskStatuses  []Status       `json:"task_statuses,omitempty"`
	Topics        []Topic        `json:"topics,omitempty"`
	SourceOffsets []SourceOffset `json:"source_offsets,omitempty"`
	SinkOffsets   *SinkOffsets   `json:"sink_offsets,omitempty"`
}

// Status is the status of a connector or task.
type Status struct {
	Task       int     `json:"task"`
	State      string  `json:"state"`
	Trace      *string `json:"trace,omitempty"`
	WorkerID   string  `json:"worker_id"`
	Generation int     `json:"generation,omitempty"`
	Version    *string `json:"version,omitempty"`
}

// Topic is a topic that a connector uses (KIP-558). Over REST only the name is known.
type Topic struct {
	Name       string `json:"name"`
	Task       int    `json:"task,omitempty"`
	Discovered int64  `json:"discovered,omitempty"`
}

// SourceOffset is the offset of a source partition: over Kafka Key and Value, the exact bytes of the record; over REST Partition and Offset.
type SourceOffset struct {
	// Topic is the connector's own offset topic, "" for the worker's.
	Topic     string          `json:"topic,omitempty"`
	Key       Bytes           `json:"key,omitempty"`
	Value     Bytes           `json:"value,omitempty"`
	Partition json.RawMessage `json:"partition,omitempty"`
	Offset    json.RawMessage `json:"offset,omitempty"`
	// Older says that the same partition has a newer offset under another form of its key.
	Older bool `json:"older,omitempty"`
}

// SinkOffsets are what the consumer group of a sink has committed.
type SinkOffsets struct {
	// Group is "" where it is not known, which it is over Kafka only.
	Group   string       `json:"group,omitempty"`
	Offsets []SinkOffset `json:"offsets"`
}

// SinkOffset is the committed offset of a partition.
type SinkOffset struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// Find returns a connector, nil where there is none of that name.
func (c *Content) Find(name string) *Connector {
	for i := range c.Connectors {
		if c.Connectors[i].Name == name {
			return &c.Connectors[i]
		}
	}
	return nil
}

// Only drops all connectors but those named, and returns the names that there are none of. Without names it keeps all.
func (c *Content) Only(names ...string) (missing []string) {
	if len(names) == 0 {
		return nil
	}
	for _, name := range names {
		if c.Find(name) == nil {
			missing = append(missing, name)
		}
	}
	c.Connectors = slices.DeleteFunc(c.Connectors, func(k Connector) bool { return !slices.Contains(names, k.Name) })
	c.Problems = slices.DeleteFunc(c.Problems, func(p Problem) bool { return !slices.Contains(names, p.Connector) })
	return missing
}

// lacks returns why a part of a connector could not be read, "" where it was.
func (c *Content) lacks(connector, part string) string {
	for _, p := range c.Problems {
		if p.Connector == connector && p.Part == part {
			return p.Text
		}
	}
	return ""
}

// sort brings everything in its order.
func (c *Content) sort() {
	slices.SortFunc(c.Connectors, func(a, b Connector) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortStableFunc(c.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Connector, b.Connector), cmp.Compare(a.Part, b.Part))
	})
	for _, k := range c.Connectors {
		slices.SortFunc(k.TaskStatuses, func(a, b Status) int { return cmp.Compare(a.Task, b.Task) })
		slices.SortFunc(k.Topics, func(a, b Topic) int { return cmp.Compare(a.Name, b.Name) })
		slices.SortFunc(k.SourceOffsets, compareSource)
		if k.SinkOffsets != nil {
			slices.SortFunc(k.SinkOffsets.Offsets, func(a, b SinkOffset) int {
				return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
			})
		}
	}
}

func compareSource(a, b SourceOffset) int {
	return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Key, b.Key), cmp.Compare(string(a.Partition), string(b.Partition)))
}

// status is the status as a record has it. Its generation is 0, that of no group: workers of a new group, whose generations begin again, could
// not replace a later one (KafkaStatusBackingStore.putSafe).
func (s *Status) status() store.Status {
	return store.Status{State: s.State, Trace: s.Trace, WorkerID: s.WorkerID, Version: s.Version}
}

func (t Topic) discovered() time.Time { return time.UnixMilli(t.Discovered) }
