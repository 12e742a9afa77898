package kafka

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Worker answers with the properties of the clients that a worker makes, in the layers of org.apache.kafka.connect.runtime.Worker:
// hard defaults, the worker's bootstrap.servers (admin clients: all its client properties), the worker's keys with the prefix of
// the client, the connector's overrides, and what exactly-once support forces. Its methods only compute on maps.
type Worker struct {
	// Properties are the worker's, with variables resolved.
	Properties map[string]string
}

// Settings are the properties of one client.
type Settings struct {
	Client Client
	// Source names the client in messages.
	Source     string
	Properties map[string]string
	// Warnings are Java's for values that could not be overridden; log them.
	Warnings []string
}

// Task numbers a task of a connector.
type Task struct {
	Connector string `json:"connector"`
	Task      int    `json:"task"`
}

// String returns the form that logs, threads and client ids use: connector-number.
func (t Task) String() string { return t.Connector + "-" + strconv.Itoa(t.Task) }

func (w Worker) bootstrapServers() string {
	if servers, given := w.Properties["bootstrap.servers"]; given {
		return servers
	}
	return "localhost:9092"
}

// sourceProducerDefaults are those of Worker.baseProducerConfigs, but for enable.idempotence=false and one request in flight: an
// idempotent producer keeps the order with several, and writes nothing twice. Both can be set as in Java.
func (w Worker) sourceProducerDefaults(clientID string) map[string]string {
	return map[string]string{
		"bootstrap.servers":   w.bootstrapServers(),
		"max.block.ms":        strconv.FormatInt(math.MaxInt64, 10),
		"acks":                "all",
		"delivery.timeout.ms": strconv.Itoa(math.MaxInt32),
		"client.id":           clientID,
	}
}

func (w Worker) layer(client Client, source string, defaults, connector map[string]string) Settings {
	maps.Copy(defaults, withPrefix(w.Properties, client.String()+"."))
	maps.Copy(defaults, Overrides(client, connector))
	for name := range defaults {
		if strings.HasPrefix(name, "metrics.context.") { // of Java's metrics reporters
			delete(defaults, name)
		}
	}
	return Settings{Client: client, Source: source, Properties: defaults}
}

// SourceProducer is the producer of a source task. Connector is the connector's configuration here and below.
func (w Worker) SourceProducer(task Task, connector map[string]string) Settings {
	defaults := w.sourceProducerDefaults("connector-producer-" + task.String())
	// Java's default, which other producers go without: fewer and larger requests take a quarter off the time that a broker and a worker need for the
	// records of a source that reads fast.
	defaults["linger.ms"] = "5"
	return w.layer(Producer, "producer of connector "+task.Connector, defaults, connector)
}

// ExactlyOnceProducer is the producer of a source task with exactly-once support.
func (w Worker) ExactlyOnceProducer(task Task, connector map[string]string) Settings {
	s := w.SourceProducer(task, connector)
	s.ensure("enable.idempotence", "true", "for connectors when exactly-once source support is enabled", false)
	s.ensure("transactional.id", w.TransactionalID(task), "for connectors when exactly-once source support is enabled", true)
	return s
}

// TransactionalID is the transactional id of a source task.
func (w Worker) TransactionalID(task Task) string {
	return fmt.Sprintf("%s-%s-%d", w.Properties["group.id"], task.Connector, task.Task)
}

// OffsetsProducer writes the offsets of a connector that has an offsets topic of its own, outside of its tasks.
func (w Worker) OffsetsProducer(name string, connector map[string]string) Settings {
	return w.layer(Producer, "producer of connector "+name, w.sourceProducerDefaults("connector-offset-producer-"+name), connector)
}

// DeadLetterProducer writes what a sink task could not handle.
func (w Worker) DeadLetterProducer(task Task, connector map[string]string) Settings {
	return w.layer(Producer, "producer of connector "+task.Connector, w.sourceProducerDefaults("connector-dlq-producer-"+task.String()), connector)
}

func (w Worker) consumerDefaults(clientID string) map[string]string {
	return map[string]string{
		"bootstrap.servers":  w.bootstrapServers(),
		"client.id":          clientID,
		"enable.auto.commit": "false",
		"auto.offset.reset":  "earliest",
	}
}

// SinkGroup is the default consumer group of a sink connector.
func SinkGroup(connector string) string { return "connect-" + connector }

// SinkConsumer is the consumer of a sink task.
func (w Worker) SinkConsumer(task Task, connector map[string]string) Settings {
	defaults := w.consumerDefaults("connector-consumer-" + task.String())
	defaults["group.id"] = SinkGroup(task.Connector)
	s := w.layer(Consumer, "consumer of connector "+task.Connector, defaults, connector)
	if !strings.EqualFold(s.Properties["enable.auto.commit"], "true") {
		delete(s.Properties, "enable.auto.commit") // Connect's own default is no news to the user
	}
	return s
}

// SinkConsumerGroup is the group whose offsets are the connector's.
func (w Worker) SinkConsumerGroup(name string, connector map[string]string) string {
	return w.SinkConsumer(Task{Connector: name}, connector).Properties["group.id"]
}

// OffsetsConsumer reads the offsets topic of a source connector that has its own; task is nil for readers outside of its tasks.
func (w Worker) OffsetsConsumer(name string, task *Task, connector map[string]string, exactlyOnce bool) Settings {
	id := "connector-consumer-" + name
	if task != nil {
		id = "connector-consumer-" + task.String()
	}
	s := w.layer(Consumer, "consumer of connector "+name, w.consumerDefaults(id), connector)
	delete(s.Properties, "enable.auto.commit")
	delete(s.Properties, "group.id") // it reads whole partitions
	if exactlyOnce {
		s.ensure("isolation.level", "read_committed", "for source connectors' offset consumers when exactly-once source support is enabled", false)
	} else if s.Properties["isolation.level"] == "" {
		s.Properties["isolation.level"] = "read_committed"
	}
	return s
}

// topLevel returns the worker's own properties that a client knows. Java hands on all of them and lets the client warn.
func (w Worker) topLevel(client Client) map[string]string {
	found := map[string]string{}
	for _, k := range keysOf(client) {
		if value, given := w.Properties[k.name]; given {
			found[k.name] = value
		}
	}
	for _, name := range []string{"metric.reporters", "metrics.num.samples", "metrics.recording.level", "metrics.sample.window.ms", "config.providers"} {
		delete(found, name) // the worker's own
	}
	found["bootstrap.servers"] = w.bootstrapServers()
	return found
}

func (w Worker) connectorAdmin(name, clientID string, connector map[string]string) Settings {
	defaults := map[string]string{"client.id": clientID}
	maps.Copy(defaults, w.topLevel(AdminClient))
	return w.layer(AdminClient, "admin client of connector "+name, defaults, connector)
}

// TaskAdmin is the admin client of a source task, which creates topics.
func (w Worker) TaskAdmin(task Task, connector map[string]string) Settings {
	return w.connectorAdmin(task.Connector, "connector-adminclient-"+task.String(), connector)
}

// ConnectorAdmin is the admin client of a source connector with its own offsets topic.
func (w Worker) ConnectorAdmin(name string, connector map[string]string) Settings {
	return w.connectorAdmin(name, "connector-adminclient-"+name, connector)
}

// WorkerAdmin is the admin client with which a worker handles the group of a sink connector, or fences the producers of a source.
func (w Worker) WorkerAdmin(name string, connector map[string]string) Settings {
	return w.connectorAdmin(name, "connector-worker-adminclient-"+name, connector)
}

// DeadLetterAdmin is the admin client that creates a dead letter queue.
func (w Worker) DeadLetterAdmin(task Task, connector map[string]string) Settings {
	return w.connectorAdmin(task.Connector, "connector-dlq-adminclient-"+task.String(), connector)
}

// ensure is ConnectUtils.ensureProperty: it forces a value, and warns where another was set.
func (s *Settings) ensure(key, value, reason string, caseSensitive bool) {
	if set, given := s.Properties[key]; given && set != value && (caseSensitive || !strings.EqualFold(set, value)) {
		s.Warnings = append(s.Warnings, fmt.Sprintf("The value '%s' for the '%s' property will be ignored as it cannot be overridden %s. The value '%s' will be used instead.", set, key, reason, value))
	}
	s.Properties[key] = value
}

// SecurityWarnings tells which security settings of the worker do not reach its connectors, because Java's layers leave them out.
func (w Worker) SecurityWarnings() []string {
	var warnings []string
	protocol, given := w.Properties["security.protocol"]
	if !given || strings.EqualFold(protocol, "PLAINTEXT") {
		return nil
	}
	for _, client := range []Client{Producer, Consumer} {
		if _, given := w.Properties[client.String()+".security.protocol"]; !given {
			warnings = append(warnings, fmt.Sprintf("security.protocol=%s holds for the worker's own clients only: the %ss of connectors connect in PLAINTEXT unless %s.security.protocol and the ssl.* and sasl.* keys with that prefix are set as well.", protocol, client, client))
		}
	}
	return slices.Clip(warnings)
}
