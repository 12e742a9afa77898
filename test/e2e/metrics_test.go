//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What went through a source and a sink is what the metrics say; the series of a connector end with it.
func TestMetricsCountRecords(t *testing.T) {
	t.Parallel()
	in, out := filepath.Join(t.TempDir(), "in.txt"), filepath.Join(t.TempDir(), "out.txt")
	add(t, in, numbered("line ", 1, 7))
	d := startDev(t, t.TempDir())
	d.rest.create("src", source(in, "lines"))
	d.rest.create("snk", sink(out, "lines"))
	expected := []string{
		`kafka_connect_source_task_source_record_write_total{connector="src",task="0"} 7`,
		`kafka_connect_source_task_source_record_active_count{connector="src",task="0"} 0`,
		`kafka_connect_sink_task_sink_record_send_total{connector="snk",task="0"} 7`,
		`kafka_connect_sink_task_metrics_sink_record_read_total{connector="snk",task="0"} 7`,
		`kafka_connect_sink_task_partition_count{connector="snk",task="0"} 1`,
		`moldau_sink_lag_records{connector="snk",partition="0",task="0",topic="lines"} 0`,
		`moldau_record_latency_seconds_count{connector="snk",task="0"} 7`,
		`kafka_connect_connector_status{connector="snk",status="running"} 1`,
		`kafka_connect_worker_task_count 2`,
	}
	d.await("the metrics of seven records", func() error {
		shown := "\n" + d.rest.want(http.StatusOK, http.MethodGet, "/metrics", nil)
		for _, line := range expected {
			if !strings.Contains(shown, "\n"+line+"\n") {
				return fmt.Errorf("no line %s", line)
			}
		}
		return nil
	})
	d.rest.want(http.StatusNoContent, http.MethodDelete, "/connectors/snk", nil)
	d.await("the end of the deleted sink's series", func() error {
		shown := d.rest.want(http.StatusOK, http.MethodGet, "/metrics", nil)
		if left := regexp.MustCompile(`.*"snk".*`).FindString(shown); left != "" {
			return fmt.Errorf("there is still %s", left)
		}
		return nil
	})
}
