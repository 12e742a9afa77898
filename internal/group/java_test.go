package group

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/store"
	"github.com/moldau/moldau/test/servers"
)

// A worker of Java and a member share a group, and each leads it in turn. Java accepts requests that are signed with its own session key.
func TestGroupWithJava(t *testing.T) {
	node := servers.Kafka(t)
	props := map[string]string{"group.id": t.Name(), "config.storage.topic": "configs" + t.Name(), "offset.storage.topic": "offsets" + t.Name(),
		"status.storage.topic": "statuses" + t.Name(), "scheduled.rebalance.max.delay.ms": "1000", "session.timeout.ms": "6000", "heartbeat.interval.ms": "500"}
	java := node.ConnectDistributed(t, props)
	for i := range 4 {
		name := fmt.Sprintf("c%d", i)
		java.Create(t, name, map[string]string{"connector.class": "FileStreamSource", "file": filepath.Join(t.TempDir(), "none"), "topic": "t"})
		java.AwaitRunning(t, name, 1)
	}
	team := newTeam(t, node.Bootstrap(), func(c *Config) { c.SessionTimeout, c.MaxDelay = 6*time.Second, time.Second })
	worker := kafka.Worker{Properties: map[string]string{"bootstrap.servers": node.Bootstrap(), "group.id": t.Name()}}
	environment, settings := &kafka.Environment{}, worker.SharedAdmin()
	admin, err := environment.NewAdmin(t.Context(), settings.Source, settings.Properties)
	must(t, err)
	t.Cleanup(admin.Close)
	configs, err := store.OpenConfigs(t.Context(), store.ConfigStoreConfig{Log: store.LogConfig{
		Topic: kafka.NewTopic{Name: props["config.storage.topic"], ReplicationFactor: 1}, Environment: environment, Admin: admin,
		Producer: worker.InternalProducer(kafka.Configs), Consumer: worker.InternalConsumer(kafka.Configs, false)}})
	must(t, err)
	t.Cleanup(configs.Close)
	snapshot := func() Configured {
		s := configs.Snapshot()
		return Configured{Offset: s.Offset(), Tasks: s.TaskCounts()}
	}
	held := func(connectors, tasks int) func() bool {
		return func() bool {
			x := team.workers["moldau"]
			return len(x.connectors) == connectors && len(x.tasks) == tasks
		}
	}
	x := team.start("moldau", func(c *Config) { c.Configured = snapshot })
	team.await("both share the work", held(2, 2))
	if url, self := x.Leader(); self || strings.TrimSuffix(url, "/") != java.URL {
		t.Errorf("the leader is %s, self: %t", url, self)
	}
	key := configs.Snapshot().SessionKey()
	if key == nil {
		t.Fatal("Java wrote no session key")
	}
	signedRequests(t, java.URL, configs.Snapshot(), *key)

	java.Stop()
	team.await("all work is here", held(4, 4))
	if _, self := x.Leader(); !self {
		t.Error("the only member does not lead")
	}
	java = node.ConnectDistributed(t, props)
	team.await("both share the work again", held(2, 2))
	java.Await(t, "Java runs what it was assigned", func() bool {
		running := 0
		for i := range 4 {
			var status struct {
				Tasks []struct {
					State    string `json:"state"`
					WorkerID string `json:"worker_id"`
				} `json:"tasks"`
			}
			_, body := java.Call(t, http.MethodGet, fmt.Sprintf("/connectors/c%d/status", i), nil)
			must(t, json.Unmarshal(body, &status))
			for _, task := range status.Tasks {
				if task.State == "RUNNING" && "http://"+task.WorkerID == java.URL {
					running++
				}
			}
		}
		return running == 2
	})
}

// signedRequests publishes the tasks that a connector has already, once signed and once forged.
func signedRequests(t *testing.T, url string, configs *store.ClusterConfig, key store.SessionKey) {
	t.Helper()
	body := []byte(`[{"task.class":"org.apache.kafka.connect.file.FileStreamSourceTask","file":"x","topic":"t","name":"c0"}]`)
	for _, c := range []struct {
		forged bool
		status int
	}{{false, http.StatusNoContent}, {true, http.StatusForbidden}} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/connectors/"+configs.Connectors()[0]+"/tasks", bytes.NewReader(body))
		must(t, err)
		request.Header.Set("Content-Type", "application/json")
		signed := body
		if c.forged {
			signed = []byte("[]")
		}
		must(t, key.Sign("HmacSHA256", signed, request.Header))
		response, err := http.DefaultClient.Do(request)
		must(t, err)
		must(t, response.Body.Close())
		if response.StatusCode != c.status {
			t.Errorf("forged %t: status %d", c.forged, response.StatusCode)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
