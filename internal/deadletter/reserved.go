package deadletter

import (
	"context"
	"slices"
	"strings"
)

// workerTopics are the keys of a worker's configuration that name topics which the worker writes itself, and believes what it reads there:
// whoever could send records to them would have the rights of all who use the worker.
var workerTopics = []string{"config.storage.topic", "offset.storage.topic", "status.storage.topic", "moldau.rest.audit.topic"}

// connectorOffsets is the key of a source connector's configuration that names its own topic of offsets.
const connectorOffsets = "offsets.storage.topic"

// brokerTopics are those of the brokers, whose coordinators believe what they read there.
var brokerTopics = []string{"__consumer_offsets", "__transaction_state", "__share_group_state", "__cluster_metadata"}

// isReserved reports whether no letter may be sent to a topic, whoever asks for it and whatever the letter says of where it came from.
func (q *connectorQueue) isReserved(topic string) bool {
	if topic == "" {
		return false
	}
	if slices.Contains(brokerTopics, topic) || topic == strings.TrimSpace(q.props[connectorOffsets]) {
		return true
	}
	return slices.ContainsFunc(workerTopics, func(key string) bool { return topic == strings.TrimSpace(q.s.cfg.Worker.Props[key]) })
}

const reservedReason = "topic %s is one in which the worker or the brokers keep their own records: no letter is sent there"

// concerns reports whether a letter may be shown to, and redriven by, who asks for the queue in ctx: connectors may share a dead letter topic.
func (q *connectorQueue) concerns(ctx context.Context, l *Letter) bool {
	return l.Connector == "" || l.Connector == q.connector || q.may == nil || q.may(ctx, l.Connector)
}
