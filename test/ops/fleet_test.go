//go:build unix

package ops

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moldau/moldau/test/servers"
)

// fleet is a cluster of two workers with connectors of every kind, so that each series of the metrics exists, and a Prometheus that scrapes it
// every second and has the rules of the kit.
type fleet struct {
	*cluster
	*servers.Prometheus
}

func startFleet(t *testing.T) *fleet {
	t.Helper()
	c := newCluster(t, 0, nil)
	store := servers.NewCerts(t, c.in("certificates")).ServerP12
	for range 2 {
		c.addWorker(map[string]string{"metrics.sample.window.ms": "5000", "admin.listeners": "https://127.0.0.1:0",
			"admin.listeners.https.ssl.keystore.location": store, "admin.listeners.https.ssl.keystore.type": "PKCS12",
			"admin.listeners.https.ssl.keystore.password": servers.StorePassword}, "GOMEMLIMIT=1GiB")
	}
	c.refuseCommits("connect-ledger").Store(true)
	c.create("orders", config{"connector.class": "VerifiableSource", "tasks.max": "2", "topic": "orders", "throughput": "60", "name": "orders"})
	c.create("archive", config{"connector.class": "FileStreamSink", "tasks.max": "2", "topics": "orders", "file": c.in("archive.txt")})
	// Structs only are transformed, so every record is refused.
	refusing := config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("refused.txt"), "transforms": "add",
		"transforms.add.type": "org.apache.kafka.connect.transforms.InsertField$Value", "transforms.add.static.field": "region",
		"transforms.add.static.value": "eu", "errors.tolerance": "all", "errors.deadletterqueue.topic.name": "orders-dead",
		"errors.deadletterqueue.topic.replication.factor": "1", "errors.deadletterqueue.context.headers.enable": "true"}
	c.create("invoices", refusing)
	c.create("returns", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("returns.txt"), "transforms": "add",
		"transforms.add.type": "org.apache.kafka.connect.transforms.InsertField$Value", "transforms.add.static.field": "a", "transforms.add.static.value": "b"})
	c.create("ledger", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("ledger.txt")})
	c.create("lines", config{"connector.class": "FileStreamSource", "file": c.write("lines.txt", numbered(1, 100)), "topic": "lines"})
	c.create("nightly", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("nightly.txt")})
	c.create("stopped", config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in("stopped.txt")})
	c.create("broken", config{"connector.class": "MockSource", "mock_mode": "connector-failure", "delay_ms": "0"})
	c.state("returns", "FAILED", 1)
	c.state("broken", "FAILED", 1)
	for path, want := range map[string]int{"/connectors/nightly/pause": http.StatusAccepted, "/connectors/stopped/stop": http.StatusNoContent} {
		c.want(want, http.MethodPut, path, nil)
	}
	return &fleet{c, startPrometheus(t, c)}
}

// startPrometheus starts one that scrapes the workers of a cluster and evaluates the kit's rules every second.
func startPrometheus(t *testing.T, c *cluster) *servers.Prometheus {
	t.Helper()
	var targets []string
	for _, w := range c.workers {
		targets = append(targets, `"`+strings.TrimPrefix(w.url, "http://")+`"`)
	}
	rules, err := filepath.Glob("../../ops/prometheus/*.rules.yml")
	if err != nil || len(rules) == 0 {
		t.Fatal("no rules", err)
	}
	for _, file := range rules {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		quick := strings.NewReplacer("interval: 30s", "interval: 1s", "interval: 5m", "interval: 1s").Replace(string(text))
		c.write(filepath.Base(file), quick)
	}
	return servers.StartPrometheus(t, c.write("prometheus.yml", fmt.Sprintf(`
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ["*.rules.yml"]
scrape_configs:
  - job_name: kafka-connect
    static_configs:
      - targets: [%s]
        labels: {env: test, kafka_connect_cluster_id: connect, namespace: connect, strimzi_io_kind: KafkaConnect, strimzi_io_cluster: connect, kubernetes_pod_name: connect-0}
`, strings.Join(targets, ", "))))
}
