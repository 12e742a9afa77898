package worker

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/logs"
)

// TestFailuresSayWhatToDo: one line says what, where and what to do, and is written each time; the trace follows.
func TestFailuresSayWhatToDo(t *testing.T) {
	t.Parallel()
	tp := connect.TopicPartition{Topic: "orders", Partition: 2}
	batch := connect.NewSinkBatch()
	records := make([]connect.Record, 3)
	for i := range records {
		records[i].InitSink(batch.Arena(), &tp, int64(40+i), 0, connect.CreateTime)
	}
	batch.Append(connect.SinkSlice{TopicPartition: tp, Records: records})
	put := (&sinkTask{batch: batch}).putFailed(errors.New("disk\nfull"))
	tolerance := javafmt.NewException(javafmt.ConnectException, toleranceExceeded, javafmt.NewException(javafmt.DataException, "no JSON", nil))
	tolerance.Where = "stage VALUE_CONVERTER of class J, record of topic 'orders', partition 2, offset 41"
	restart := "POST /connectors/a%20b/tasks/3/restart"
	for name, c := range map[string]struct {
		err  error
		want []string
	}{
		"put":         {put, []string{"ConnectException: disk full; at put of 3 records: topic 'orders', partition 2, offsets 40 to 42. What to do: remove the cause, then " + restart}},
		"tolerance":   {tolerance, []string{"DataException: no JSON; at stage VALUE_CONVERTER of class J, record of topic 'orders', partition 2, offset 41. ", "errors.tolerance=all", restart}},
		"configured":  {javafmt.NewException(javafmt.ConfigException, "Invalid value x for configuration batch.size: no", nil), []string{"configuration batch.size", "PUT /connectors/a%20b/config"}},
		"not allowed": {kafka.Denied(kerr.TopicAuthorizationFailed, kafka.Resource{Topic: "orders", Client: kafka.Producer, Source: "producer of connector a b"}), []string{"needs the ACL operation Write", `topic "orders"`, "grant what is named, then " + restart}},
		"refused":     {fmt.Errorf("poll: %w", &kafka.RefusedError{Source: "producer", Err: errors.New("bad password")}), []string{"look at sasl.mechanism and sasl.jaas.config", "correct the credentials", restart}},
		"stuck":       {&stuckError{"task a b-3", "Put", time.Minute}, []string{"did not return from Put", "goroutine profile"}},
	} {
		var out bytes.Buffer
		h := logs.NewHandler(&out, logs.NewLevels(slog.LevelInfo))
		h.Collapse(time.Hour)
		log := slog.New(h).With(logs.ConnectorKey, "a b", logs.TaskKey, 3)
		for range 2 {
			reportTaskFailure(log, "Task threw an uncaught exception", TaskID{Connector: "a b", Task: 3}, c.err)
		}
		h.Flush()
		line := regexp.MustCompile(`(?m)^\[.*\] ERROR \[a b\|task-3\] Task threw an uncaught exception: .* \(org\.apache\.kafka\.connect\.runtime\.WorkerTask:\d+\)$`)
		lines := line.FindAllString(out.String(), -1)
		if len(lines) != 2 || strings.Count(out.String(), "\n") < 4 {
			t.Fatalf("%s: %s", name, out.String())
		}
		for _, want := range c.want {
			if !strings.Contains(lines[0], want) {
				t.Errorf("%s: %s lacks %q", name, lines[0], want)
			}
		}
	}
	var out bytes.Buffer
	reportConnectorFailure(slog.New(logs.NewHandler(&out, logs.NewLevels(slog.LevelInfo))), "c", errors.New("no"))
	if want := "The connector failed: ConnectException: no. What to do: remove the cause, then POST /connectors/c/restart"; !strings.Contains(out.String(), want) {
		t.Errorf("got %s", out.String())
	}
}
