package kafka

import (
	"maps"
	"strings"
)

// OwnOffsetTopic tells where a source connector of a group keeps its offsets: own is false where that is the worker's topic, through the worker's
// clients. Otherwise it is topic, through the connector's clients, and alone says that this is the worker's topic too, so that there is no other to
// fall back to (Worker.offsetStoreForRegularSourceConnector).
func (w Worker) OwnOffsetTopic(name string, connector map[string]string, workerTopic string, exactlyOnce bool) (topic string, alone, own bool) {
	topic = strings.TrimSpace(connector["offsets.storage.topic"])
	alone = topic == "" || topic == workerTopic
	if elsewhere := !sameServers(w.SourceProducer(Task{Connector: name}, connector).Properties["bootstrap.servers"], w.Properties["bootstrap.servers"]); elsewhere {
		// A transaction does not reach into another cluster: the offsets go where the records go.
		alone = topic == "" && !exactlyOnce
	}
	if alone && (topic == "" || exactlyOnce) {
		return workerTopic, true, false
	}
	if topic == "" {
		topic = workerTopic
	}
	return topic, alone, true
}

// sameServers compares lists of bootstrap servers as sets (Worker.sameOffsetTopicAsWorker).
func sameServers(a, b string) bool {
	set := func(list string) map[string]bool {
		out := map[string]bool{}
		for _, s := range strings.Split(list, ",") {
			out[strings.TrimSpace(s)] = true
		}
		return out
	}
	if b == "" {
		b = "localhost:9092"
	}
	return maps.Equal(set(a), set(b))
}
