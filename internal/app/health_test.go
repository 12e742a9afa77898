package app

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/rest"
)

type fakePulse struct {
	pulse herder.Pulse
	ready bool
}

func (f *fakePulse) Pulse() herder.Pulse { return f.pulse }
func (f *fakePulse) Ready() bool         { return f.ready }

// failing returns the checks that fail, with their reasons.
func failing(checks []rest.Check) string {
	var out []string
	for _, c := range checks {
		if !c.OK {
			out = append(out, c.Name+": "+c.Reason)
		}
	}
	return strings.Join(out, "; ")
}

func TestHealth(t *testing.T) {
	t.Parallel()
	start := time.Now()
	for name, c := range map[string]struct {
		standalone bool
		herder     *fakePulse // nil before it was made
		stopping   bool
		answered   bool
		failed     error
		later      time.Duration
		live, want string
	}{
		"starting":             {want: "started: the worker is starting: it reads its internal topics to their ends; broker: no broker of bootstrap.servers=b:1 has answered yet"},
		"starting on its own":  {standalone: true, answered: true, want: "started: the worker is starting"},
		"refused":              {standalone: true, herder: &fakePulse{ready: true}, failed: errors.New("dial secret"), want: "broker: no broker of bootstrap.servers=b:1 has answered yet: dial [hidden]"},
		"creating":             {standalone: true, herder: &fakePulse{}, answered: true, want: "started: the connectors of the command line are being created"},
		"works on its own":     {standalone: true, herder: &fakePulse{ready: true}, answered: true},
		"works":                {herder: &fakePulse{ready: true}, answered: true, later: time.Hour},
		"not joined":           {herder: &fakePulse{pulse: herder.Pulse{Away: start}}, answered: true, later: time.Minute, want: "group: the worker has not joined its group yet"},
		"left":                 {herder: &fakePulse{ready: true, pulse: herder.Pulse{Away: start}}, answered: true, later: time.Minute, want: "group: the worker has been out of its group for 1m0s"},
		"behind":               {herder: &fakePulse{ready: true, pulse: herder.Pulse{Behind: true}}, answered: true, want: "config topic: it could not be read to its end in time"},
		"busy":                 {herder: &fakePulse{ready: true, pulse: herder.Pulse{Busy: start}}, answered: true, later: time.Minute},
		"stuck":                {herder: &fakePulse{ready: true, pulse: herder.Pulse{Busy: start}}, answered: true, later: time.Hour, live: "herder: the herder has been at one thing for 1h0m0s; a goroutine profile shows what it is"},
		"ended":                {herder: &fakePulse{ready: true, pulse: herder.Pulse{Failed: errors.New("no secret right")}}, answered: true, live: "herder: the herder has ended: no [hidden] right"},
		"a broker fails":       {herder: &fakePulse{ready: true}, answered: true, failed: errors.New("reset"), later: 10 * time.Second},
		"all brokers are away": {herder: &fakePulse{ready: true}, answered: true, failed: errors.New("reset"), later: time.Minute, want: "broker: no broker has answered for 1m0s: reset"},
		"stopping":             {herder: &fakePulse{ready: true}, stopping: true, answered: true, want: "started: the worker is stopping"},
	} {
		h := &health{now: func() time.Time { return start.Add(c.later) }, redact: func(s string) string { return strings.ReplaceAll(s, "secret", "[hidden]") },
			reach: &kafka.Reach{}, servers: "b:1", stuck: stuckAfter, inGroup: !c.standalone}
		if c.herder != nil {
			h.started(c.herder)
		}
		h.stopping.Store(c.stopping)
		if c.answered {
			h.reach.OnBrokerRead(kgo.BrokerMetadata{}, 0, 1, 0, 0, nil)
		}
		if c.failed != nil {
			h.reach.OnBrokerConnect(kgo.BrokerMetadata{}, 0, nil, c.failed)
		}
		if got := failing(h.Live()); got != c.live {
			t.Errorf("%s: not alive as %q, want %q", name, got, c.live)
		}
		want := c.want
		if c.live != "" {
			want = c.live
		}
		if got := failing(h.Ready()); got != want {
			t.Errorf("%s: not ready as %q, want %q", name, got, want)
		}
	}
}
