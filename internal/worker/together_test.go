package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/moldau/moldau/connect"
)

// gather marks records with how many it was told of together, and fails or drops some.
type gather struct {
	mark  string
	known map[string]int
	calls int
}

func (g *gather) Configure(props map[string]string) error {
	g.mark, g.known = props["mark"], map[string]int{}
	return nil
}
func (g *gather) Close() error { return nil }

func (g *gather) Prepare(_ context.Context, records []*connect.Record) {
	g.calls++
	for _, r := range records {
		g.known[r.Value().String()] = g.calls
	}
}

func (g *gather) Apply(_ context.Context, r *connect.Record) (bool, error) {
	text := r.Value().String()
	call, ok := g.known[text]
	switch {
	case !ok:
		return false, errors.New("nobody told of " + text)
	case text == "drop"+g.mark:
		return false, nil
	case text == "fail"+g.mark:
		return false, errors.New("as asked")
	}
	r.SetValue(nil, r.Arena().Text(fmt.Sprint(text, g.mark, call)))
	return true, nil
}

var gatherProps = []string{"transforms", "a,b", "transforms.a.type", "Gather", "transforms.a.mark", "x", "transforms.b.type", "Gather", "transforms.b.mark", "y",
	"errors.tolerance", "all"}

func TestRecordsOfAPollArePreparedTogether(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	r.sink = func() connect.SinkTask { return task }
	r.transforms["Gather"] = func() connect.Transformation { return new(gather) }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, "a", "dropx", "b", "failx", "c")
	r.startTask(TaskID{Connector: "snk", Task: 0}, with(sinkProps, gatherProps...))
	want := []string{"ax1y1", "bx1y1", "cx1y1"}
	eventually(t, fmt.Sprint(want), func() bool { task.mu.Lock(); defer task.mu.Unlock(); return slices.Equal(task.values, want) })
	eventually(t, "offsets past what was dropped", func() bool { return fmt.Sprint(r.committed("connect-snk")) == "map[in-0:5]" })
}

func TestPolledRecordsArePreparedTogether(t *testing.T) {
	for _, keepsOriginals := range []string{"false", "true"} {
		r := newRig(t)
		r.transforms["Gather"] = func() connect.Transformation { return new(gather) }
		task := &counterTask{topic: "numbers", perPoll: 3, until: 6}
		r.source = func() connect.SourceTask { return task }
		r.start()
		r.topic("numbers", 1)
		r.startTask(TaskID{Connector: "src", Task: 0}, with(sourceProps, append(gatherProps, "errors.log.enable", keepsOriginals, "errors.log.include.messages", keepsOriginals)...))
		var values []string
		for _, rec := range r.consume("numbers", 6) {
			values = append(values, string(rec.Value))
		}
		if got := fmt.Sprint(values); got != "[0x1y1 1x1y1 2x1y1 3x2y2 4x2y2 5x2y2]" {
			t.Errorf("values %s", got)
		}
		eventually(t, "offset", func() bool { return r.sourceOffset("src") == 6 })
	}
}
