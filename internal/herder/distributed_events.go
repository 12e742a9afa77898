package herder

import (
	"slices"

	"github.com/moldau/moldau/internal/store"
)

// note keeps an event of the config topic for the loop. The lock is held.
func (h *Distributed) note(event store.ConfigEvent) {
	switch e := event.(type) {
	case store.ConnectorUpdated:
		if !h.known[e.Connector] {
			// The assignment starts it, or it runs here still: deleted and created anew before a rebalance.
			h.known[e.Connector], h.rejoin = true, "connector "+e.Connector+" was created"
		}
	case store.ConnectorRemoved:
		delete(h.known, e.Connector)
		h.rejoin = "connector " + e.Connector + " was deleted"
		return
	case store.TasksUpdated:
		h.rejoin = "the tasks of connector " + e.Connector + " have new configurations"
	case store.RestartRequested:
		// What asks for most is carried out, once (DistributedHerder.onRestartRequest).
		if due, ok := h.restarts[e.Request.Connector]; !ok || impact(e.Request) > impact(due) {
			h.restarts[e.Request.Connector] = e.Request
		}
	}
	h.events = append(h.events, event)
}

// impact orders restart requests by what they restart (RestartRequest.compareTo).
func impact(r store.RestartRequest) int {
	n := 0
	if !r.OnlyFailed {
		n += 2
	}
	if r.IncludeTasks {
		n++
	}
	return n
}

// takeRestart returns the restart that is due for a connector.
func (h *Distributed) takeRestart(name string) (store.RestartRequest, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	request, due := h.restarts[name]
	delete(h.restarts, name)
	return request, due
}

// applyConfigEvents does what was read from the config topic since the last time.
func (h *Distributed) applyConfigEvents() {
	h.mu.Lock()
	events, rejoin := h.events, h.rejoin
	h.events = nil
	h.mu.Unlock()
	var reconfigured []string
	for _, event := range events {
		switch e := event.(type) {
		case store.ConnectorUpdated:
			if h.owned.connector(e.Connector) {
				h.submit(e.Connector, "restarting connector "+e.Connector+" with its new configuration", func(j *job) error { return h.restartConnector(j, e.Connector) })
			}
		case store.TasksUpdated:
			reconfigured = append(reconfigured, e.Connector)
		case store.TargetStateChanged:
			h.submit(e.Connector, "bringing connector "+e.Connector+" to its target state", func(j *job) error { return h.toTarget(j, e.Connector) })
		case store.RestartRequested:
			name := e.Request.Connector
			h.submit(name, "handling restart request for connector "+name, func(j *job) error { return h.carryOut(j, name) })
		case store.LoggerLevelUpdated:
			h.SetWorkerLogger(e.Namespace, e.Level)
		}
	}
	h.stopTasksFor(reconfigured)
	if rejoin == "" {
		return
	}
	h.member.RequestRejoin(rejoin)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.events) == 0 {
		h.rejoin = ""
	}
}

// stopTasksFor stops the connectors' tasks that run here, all together: those that still exist start with their new configuration at the next
// assignment.
func (h *Distributed) stopTasksFor(connectors []string) {
	if ids := h.owned.suspend(connectors); len(ids) > 0 {
		_ = h.worker.StopTasks(h.life, ids...) // what does not stop in time is cancelled, and logged, by the worker
		h.flush()                              // before the group meets again, after which the leader forgets the states of tasks that are no more
	}
}

// startsAnyway drops what is left to be done about new configurations of connectors that are about to start with them.
func (h *Distributed) startsAnyway(connectors []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = slices.DeleteFunc(h.events, func(event store.ConfigEvent) bool {
		e, ok := event.(store.ConnectorUpdated)
		return ok && slices.Contains(connectors, e.Connector)
	})
}
