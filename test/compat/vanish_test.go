//go:build unix

package compat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/test/servers"
)

// TestATopicThatVanishes deletes a topic of a real Kafka under a running source and sink. The sink goes over to the new topic; the source
// fails with its name, unless it had nothing on its way, and brings everything once it is restarted.
func TestATopicThatVanishes(t *testing.T) {
	p := newPipeline(t, "compat-vanishing")
	p.worker["listeners"] = fmt.Sprint("http://127.0.0.1:", freePort(t))
	p.worker["producer.metadata.max.age.ms"], p.worker["consumer.metadata.max.age.ms"] = "500", "500"
	p.add(5)
	w := standalone(t, p.worker["listeners"], servers.Properties(t, "worker.properties", p.worker), servers.Properties(t, "source.properties", p.source),
		servers.Properties(t, "sink.properties", p.sink))
	w.await("output", func() error { return has(p.out, p.want) })
	client, err := kgo.NewClient(kgo.SeedBrokers(p.kafka.Bootstrap()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := kadm.NewClient(client).DeleteTopic(ctx, p.topic); err != nil {
		t.Fatal(err)
	}
	w.await("a word about the topic", func() error {
		if !strings.Contains(w.out.String(), "Topic "+p.topic+" was deleted") {
			return errors.New("not yet")
		}
		return nil
	})
	p.add(5)
	restarted := false
	w.await("all lines", func() error {
		if trace, failed := failedTask(p.worker["listeners"], p.source["name"]); failed && !restarted {
			if !strings.Contains(trace, "topic "+p.topic+" was deleted") {
				t.Errorf("trace: %s", trace)
			}
			resp, err := http.Post(p.worker["listeners"]+"/connectors/"+p.source["name"]+"/tasks/0/restart", "application/json", nil)
			if err != nil {
				return err
			}
			resp.Body.Close()
			restarted = true
		}
		return has(p.out, p.want)
	})
	w.stop()
	if n := strings.Count(w.out.String(), "\n"); n > 300 {
		t.Errorf("%d lines of log are a flood", n)
	}
	t.Logf("the source was restarted: %v", restarted)
}

// failedTask returns the trace of a connector's failed task.
func failedTask(url, connector string) (trace string, failed bool) {
	resp, err := http.Get(url + "/connectors/" + connector + "/status")
	if err != nil {
		return "", false
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	var status struct {
		Tasks []struct{ State, Trace string }
	}
	if err != nil || json.Unmarshal(body, &status) != nil || len(status.Tasks) == 0 {
		return "", false
	}
	return status.Tasks[0].Trace, status.Tasks[0].State == "FAILED"
}
