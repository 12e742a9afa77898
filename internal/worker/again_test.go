package worker

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/metrics"
)

// wantRedelivered checks the count that a scrape shows of the sink.
func (r *rig) wantRedelivered(n int) {
	r.t.Helper()
	registry, err := metrics.NewRegistry("key", []string{"moldau"})
	if err != nil {
		r.t.Fatal(err)
	}
	registry.Add(r.worker.Figures())
	answer := httptest.NewRecorder()
	registry.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, `moldau_sink_records_redelivered_total{connector="snk"} `); ok {
			if strings.TrimSpace(value) != strconv.Itoa(n) {
				r.t.Errorf("redelivered %s, want %d", value, n)
			}
			return
		}
	}
	r.t.Error("a scrape does not show the count")
}

// TestRecordsAfterFailureComeAgain: what a failed put was given comes again to the next task, and only that is counted.
func TestRecordsAfterFailureComeAgain(t *testing.T) {
	r := newRig(t)
	failing, next := newListTask(), newListTask()
	failing.put = func(_ context.Context, b *connect.SinkBatch) error {
		if b.Len() > 0 {
			return errors.New("half of it is written")
		}
		return nil
	}
	task := failing
	r.sink = func() connect.SinkTask { return task }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, numbersFrom(0, 1)...)
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, sinkProps)
	r.statuses.awaitTask(t, id, Failed)
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	r.produce("in", 0, numbersFrom(1, 4)...)
	task = next
	r.startTask(id, sinkProps)
	eventually(t, "records", func() bool { return next.count() >= 4 })
	r.wantRedelivered(1)
}
