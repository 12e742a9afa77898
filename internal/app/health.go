package app

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/rest"
)

const (
	// stuckAfter is how long the herder may be at one thing before the worker does not count as alive; twice the rebalance timeout where that is longer,
	// for after one the group goes on without the worker.
	stuckAfter = 2 * time.Minute
	// silentAfter is how long no broker may have answered, once one could not be reached.
	silentAfter = 30 * time.Second
)

// health answers probes with what the parts of a worker let be seen of themselves.
type health struct {
	now    func() time.Time
	redact func(string) string
	reach  *kafka.Reach
	// servers are bootstrap.servers.
	servers string
	stuck   time.Duration
	// inGroup says that the worker is one of a group.
	inGroup bool

	herder   atomic.Pointer[pulsing] // nil until it was made
	stopping atomic.Bool
}

// pulsing is a herder.
type pulsing interface {
	Pulse() herder.Pulse
	Ready() bool
}

func (w *connectWorker) openHealth(inGroup bool) {
	w.health = &health{now: time.Now, redact: w.settings.redactor.Redact, reach: &kafka.Reach{}, servers: w.settings.props["bootstrap.servers"], stuck: stuckAfter,
		inGroup: inGroup}
	if inGroup {
		w.health.stuck = max(stuckAfter, 2*w.settings.values.Duration("rebalance.timeout.ms"))
	}
	w.kafka.Reach = w.health.reach
}

func (h *health) started(p pulsing) { h.herder.Store(&p) }

// Live implements rest.Prober: what a restart of the process would help against.
func (h *health) Live() []rest.Check {
	check := rest.Check{Name: "herder", OK: true}
	p := h.herder.Load()
	if p == nil {
		check.Reason = "the worker is starting"
		return []rest.Check{check}
	}
	pulse := (*p).Pulse()
	switch busy := h.now().Sub(pulse.Busy).Round(time.Second); {
	case pulse.Failed != nil:
		check.OK, check.Reason = false, "the herder has ended: "+h.redact(pulse.Failed.Error())
	case !pulse.Busy.IsZero() && busy > h.stuck:
		check.OK, check.Reason = false, fmt.Sprintf("the herder has been at one thing for %s; a goroutine profile shows what it is", busy)
	}
	return []rest.Check{check}
}

// Ready implements rest.Prober.
func (h *health) Ready() []rest.Check {
	started := rest.Check{Name: "started", OK: true}
	p := h.herder.Load()
	switch {
	case h.stopping.Load():
		started.OK, started.Reason = false, "the worker is stopping"
	case p == nil && h.inGroup:
		started.OK, started.Reason = false, "the worker is starting: it reads its internal topics to their ends"
	case p == nil:
		started.OK, started.Reason = false, "the worker is starting"
	case !h.inGroup && !(*p).Ready():
		started.OK, started.Reason = false, "the connectors of the command line are being created"
	}
	checks := append([]rest.Check{started}, h.Live()...)
	if p != nil && h.inGroup {
		checks = append(checks, h.membership((*p).Pulse(), (*p).Ready()), configTopic((*p).Pulse()))
	}
	return append(checks, h.broker())
}

func (h *health) membership(pulse herder.Pulse, joined bool) rest.Check {
	check := rest.Check{Name: "group", OK: joined && pulse.Away.IsZero()}
	switch {
	case !joined:
		check.Reason = "the worker has not joined its group yet"
	case !check.OK:
		check.Reason = fmt.Sprintf("the worker has been out of its group for %s", h.now().Sub(pulse.Away).Round(time.Second))
	}
	return check
}

func configTopic(pulse herder.Pulse) rest.Check {
	if pulse.Behind {
		return rest.Check{Name: "config topic", Reason: "it could not be read to its end in time"}
	}
	return rest.Check{Name: "config topic", OK: true}
}

func (h *health) broker() rest.Check {
	check := rest.Check{Name: "broker", OK: true}
	answered := h.reach.Answered()
	failed, err := h.reach.Failed()
	why := ""
	if err != nil {
		why = ": " + h.redact(err.Error())
	}
	switch silent := h.now().Sub(answered).Round(time.Second); {
	case answered.IsZero():
		check.OK, check.Reason = false, "no broker of bootstrap.servers="+h.servers+" has answered yet"+why
	case failed.After(answered) && silent > silentAfter:
		check.OK, check.Reason = false, fmt.Sprintf("no broker has answered for %s%s", silent, why)
	}
	return check
}
