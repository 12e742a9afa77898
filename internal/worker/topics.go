package worker

import (
	"strings"
	"sync/atomic"
)

// topicNames makes the names of topics outlive the batch: a transformation may take a topic from a record's value, whose memory is used again
// by the next poll while the producer and the maps of this task still hold the name.
type topicNames struct {
	last string
	kept map[string]string
}

func (n *topicNames) keep(topic string) string {
	if topic == n.last {
		return n.last
	}
	name, ok := n.kept[topic]
	if !ok {
		if n.kept == nil {
			n.kept = map[string]string{}
		}
		name = strings.Clone(topic)
		n.kept[name] = name
	}
	n.last = name
	return name
}

// topicEpoch counts how often the topics of a connector were forgotten.
type topicEpoch struct{ n atomic.Int64 }

func (w *Worker) epochOf(connector string) *topicEpoch {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.topicEpoch[connector]
	if e == nil {
		e = &topicEpoch{}
		w.topicEpoch[connector] = e
	}
	return e
}

// ForgetTopics makes TopicUsed be called again for topics that the connector's tasks met before: the reset of KIP-558.
func (w *Worker) ForgetTopics(connector string) { w.epochOf(connector).n.Add(1) }

// topicTracker tells the worker's owner about topics that a task meets for the first time (KIP-558). It is used by the task's goroutine.
type topicTracker struct {
	w     *Worker
	id    TaskID
	epoch *topicEpoch
	at    int64
	last  string
	seen  map[string]bool
}

// meet is called for every record, or for every run of records with one topic.
func (t *topicTracker) meet(topic string) {
	if topic == t.last && t.epoch.n.Load() == t.at {
		return
	}
	t.slow(topic)
}

func (t *topicTracker) slow(topic string) {
	if now := t.epoch.n.Load(); now != t.at || t.seen == nil {
		t.at, t.seen = now, map[string]bool{}
	}
	t.last = topic
	if t.seen[topic] {
		return
	}
	t.seen[topic] = true
	if t.w.settings.topicTracking && t.w.cfg.TopicUsed != nil {
		t.w.cfg.TopicUsed(t.id, topic)
	}
}
