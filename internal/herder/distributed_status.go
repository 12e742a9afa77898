package herder

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/moldau/moldau/internal/store"
)

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// status returns a connector's state with those of its tasks, as the status topic has them.
func (h *Distributed) status(name string) (*ConnectorStatus, bool) {
	s, ok := h.statuses.Connector(name)
	if !ok {
		return nil, false
	}
	out := &ConnectorStatus{Name: name, Tasks: []TaskState{}, Type: h.typeOf(h.configs.Snapshot().ConnectorConfig(name)),
		Connector: ConnectorState{State: State(s.State), WorkerID: s.WorkerID, Trace: text(s.Trace), Version: s.Version}}
	tasks := h.statuses.Tasks(name)
	for _, n := range slices.Sorted(maps.Keys(tasks)) {
		out.Tasks = append(out.Tasks, stateOf(n, tasks[n]))
	}
	return out, true
}

func stateOf(n int, s store.Status) TaskState {
	return TaskState{ID: n, State: State(s.State), WorkerID: s.WorkerID, Trace: text(s.Trace), Version: s.Version}
}

// markRestarting reports what of a connector this worker restarts. Every worker reports its own: another's may run again already.
func (h *Distributed) markRestarting(name string, connector bool, tasks []TaskID) {
	mark := func(s store.Status) store.Status {
		return store.Status{State: string(Restarting), WorkerID: h.cfg.Worker.WorkerID, Generation: int(h.generation()), Version: s.Version}
	}
	if s, ok := h.statuses.Connector(name); ok && connector {
		h.statuses.PutConnector(name, mark(s), false)
	}
	for _, id := range tasks {
		if s, ok := h.statuses.Task(id); ok {
			h.statuses.PutTask(id, mark(s), false)
		}
	}
}

// forgetDeleted removes the states of connectors and tasks that are configured no more; the leader does it after every rebalance
// (DistributedHerder.updateDeletedConnectorStatus and updateDeletedTaskStatus).
func (h *Distributed) forgetDeleted() {
	// A state that a task reported when it was stopped would bring it back, were it read only after the task was forgotten.
	ctx, cancel := context.WithTimeout(h.life, h.cfg.SyncTimeout)
	defer cancel()
	if err := h.statuses.Refresh(ctx); err != nil && h.life.Err() == nil {
		h.log.Warn("The status topic could not be read to its end; states of deleted connectors and tasks may stay until the next rebalance", "error", err)
	}
	c := h.configs.Snapshot()
	gone := store.Status{State: store.Destroyed, WorkerID: h.cfg.Worker.WorkerID, Generation: int(h.generation())}
	for _, name := range h.statuses.Connectors() {
		tasks := h.statuses.Tasks(name)
		if !c.Contains(name) {
			for n := range tasks {
				h.statuses.PutTask(TaskID{Connector: name, Task: n}, gone, false)
			}
			h.statuses.PutConnector(name, gone, false)
			h.forgetTopics(name)
			continue
		}
		for n := range tasks {
			if n >= c.TaskCount(name) {
				h.statuses.PutTask(TaskID{Connector: name, Task: n}, gone, false)
			}
		}
	}
}

// topicUsed reports that a connector uses a topic (KIP-558).
func (h *Distributed) topicUsed(id TaskID, topic string) {
	if _, known := h.statuses.Topics(id.Connector)[topic]; known {
		return
	}
	h.statuses.PutTopic(store.TopicStatus{Topic: topic, Connector: id.Connector, Task: id.Task, Discovered: time.Now()})
}

func (h *Distributed) forgetTopics(name string) {
	for topic := range h.statuses.Topics(name) {
		h.statuses.RemoveTopic(name, topic)
	}
}

// recent returns a connector's state as the status topic has it at this moment: what another worker reported may be on its way.
func (h *Distributed) recent(ctx context.Context, name string) (*ConnectorStatus, bool) {
	ctx, cancel := context.WithTimeout(ctx, h.cfg.SyncTimeout)
	defer cancel()
	if err := h.statuses.Refresh(ctx); err != nil {
		h.of(name).Warn("Failed to read to end of status topic before a restart of connector "+name, "error", err)
	}
	return h.status(name)
}
