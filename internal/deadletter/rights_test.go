package deadletter

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// TestNothingIsSentToTheWorkersTopics: neither because somebody names them nor because a letter says that it came from there.
func TestNothingIsSentToTheWorkersTopics(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.cfg.Worker.Props["config.storage.topic"] = "configs"
	r.cfg.Worker.Props["offset.storage.topic"] = "offsets"
	r.cfg.Worker.Props["status.storage.topic"] = "statuses"
	r.cfg.Worker.Props["moldau.rest.audit.topic"] = "audit"
	r.configs["snk"][connectorOffsets] = "own-offsets"
	r.topic("dead", 1)
	reserved := []string{"configs", "offsets", "statuses", "audit", "own-offsets"}
	for i, topic := range reserved {
		r.topic(topic, 1)
		r.produce(dead(0, Origin{topic, 0, int64(i)}, "x"))
	}
	for _, topic := range append(slices.Clone(reserved), "__consumer_offsets", "__transaction_state") {
		for _, dry := range []bool{true, false} {
			_, err := r.Redrive(t.Context(), "snk", Request{Filter: all, Target: ToTopic, Topic: topic, Force: true, DryRun: dry})
			refuses(t, err, http.StatusBadRequest, "topic "+topic+" is one in which")
		}
	}
	for _, dry := range []bool{true, false} {
		result := r.redrive(Request{Filter: all, Target: ToTopic, DryRun: dry, Force: true})
		if got, want := outcomes(result), "0:0 failed, 0:1 failed, 0:2 failed, 0:3 failed, 0:4 failed"; got != want {
			t.Errorf("letters from there: %s", got)
		}
		for _, o := range result.Letters {
			if !strings.Contains(o.Reason, "no letter is sent there") {
				t.Errorf("%+v", o)
			}
		}
	}
	for _, topic := range reserved {
		if got := r.consume(topic); len(got) > 0 {
			t.Errorf("%s has %v", topic, values(got))
		}
	}
}

// TestLettersOfOthersAreHidden: who may not operate another connector learns nothing of its letters in a dead letter topic that both share.
func TestLettersOfOthersAreHidden(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.configs["other"] = r.configs["snk"]
	type may struct{}
	permits := func(ctx context.Context, connector string) bool { return connector == "snk" || ctx.Value(may{}) != nil }
	r.cfg.Visible, r.cfg.Operable = permits, permits
	r.topic("dead", 1)
	r.topic("orders", 1)
	r.topic("elsewhere", 1)
	foreign := dead(0, Origin{"orders", 0, 2}, "foreign")
	for i, h := range foreign.Headers {
		if string(h.Value) == "snk" {
			foreign.Headers[i] = kgo.RecordHeader{Key: h.Key, Value: []byte("other")}
		}
	}
	r.produce(dead(0, Origin{"orders", 0, 1}, "own"), foreign)
	everybody := &Filter{Connector: "*"}
	for _, c := range []struct {
		ctx  context.Context
		want int
	}{{t.Context(), 1}, {context.WithValue(t.Context(), may{}, true), 2}} {
		page, err := r.List(c.ctx, "snk", Query{Filter: *everybody})
		if err != nil || len(page.Letters) != c.want {
			t.Errorf("list: %+v %v, want %d letters", page, err, c.want)
		}
		_, err = r.Show(c.ctx, "snk", Coordinates{0, 1}, 0)
		if c.want == 2 && err != nil {
			t.Error(err)
		} else if c.want == 1 {
			refuses(t, err, http.StatusNotFound, "There is no letter 0:1")
		}
		overview, err := r.Overview(c.ctx)
		if err != nil || len(overview.Queues) != 1 || len(overview.Queues[0].Connectors) != c.want || overview.Queues[0].Total != int64(c.want) {
			t.Errorf("overview: %+v %v", overview, err)
		}
	}
	if got, want := outcomes(r.redrive(Request{Letters: []Coordinates{{0, 1}}, Target: ToTopic})), "0:1 failed"; got != want {
		t.Errorf("by name: %s", got)
	}
	if got, want := outcomes(r.redrive(Request{Filter: everybody, Target: ToTopic, Topic: "elsewhere"})), "0:0 redriven"; got != want {
		t.Errorf("by a filter: %s", got)
	}
	if got := values(r.consume("elsewhere")); !slices.Equal(got, []string{"0:own"}) {
		t.Errorf("got %v", got)
	}
}
