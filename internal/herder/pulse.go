package herder

import "time"

// Pulse is what a herder lets be seen of itself at any time, for probes: nobody waits for it, and it waits for nobody.
type Pulse struct {
	// Failed is the error that ended the herder, nil for none.
	Failed error
	// Busy is since when the herder's goroutine has been at one thing, zero while it waits for something to do.
	Busy time.Time
	// Away is since when the worker has been out of its group, zero while it is in it and for a worker without a group.
	Away time.Time
	// Behind says that the config topic could not be read to its end in time.
	Behind bool
}

// Pulse implements what probes ask.
func (h *Distributed) Pulse() Pulse {
	p := Pulse{Behind: h.lagging.Load()}
	if err := h.fatal.Load(); err != nil {
		p.Failed = *err
	}
	if since := h.busy.Load(); since != nil {
		p.Busy = *since
	}
	if since := h.away.Load(); since != nil {
		p.Away = *since
	}
	return p
}

// waits notes that the loop waits, works that it does not.
func (h *Distributed) waits() { h.busy.Store(nil) }

func (h *Distributed) works() {
	now := time.Now()
	h.busy.Store(&now)
}

// setBehind notes whether the config topic is read to where the group needs it.
func (h *Distributed) setBehind(behind bool) {
	h.behind = behind
	h.lagging.Store(behind)
}
