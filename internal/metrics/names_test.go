package metrics

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// filled is a registry that has had something to count of everything.
func filled(t *testing.T, names ...string) *Registry {
	t.Helper()
	r, err := NewRegistry("key", names)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	plugin := Plugin{"org.example.Class", "1"}
	var tasks []*Task
	w := NewWorker(DefaultWindow, func() ([]Connector, []*Task) { return []Connector{{"c", "running", "source", plugin}}, tasks })
	for _, sink := range []bool{false, true} {
		info := TaskInfo{Connector: "c", Sink: sink, ConnectorPlugin: plugin, TaskPlugin: plugin, Key: plugin, Value: plugin, Header: plugin,
			Errors: func() Errors { return Errors{} }, Transforms: []Step{{"t", plugin}}, Predicates: []Step{{"p", plugin}}}
		if sink {
			info.Connector = "sink"
		}
		task := NewTask(info, now)
		task.State(now, "running")
		task.Committed(now, time.Millisecond, nil)
		if sink {
			task.Read(now, 2)
			task.Assigned(Partition{"topic", 0})
			task.Put(now, 2, time.Millisecond, nil)
			task.OffsetsCommitted(now, 1)
		} else {
			task.Polled(now, 2, time.Millisecond)
			task.Written(now, 2, 2)
		}
		tasks = append(tasks, task)
	}
	w.Connectors.Started(now, nil)
	w.Tasks.Started(now, errors.New("no"))
	clients := NewClients(DefaultWindow, "1.0", "abc")
	for _, kind := range []ClientKind{Producer, Consumer, Admin, Member} {
		c := clients.Hook(kind, "a:b").(*clientFigures)
		c.OnNewClient(nil)
		c.OnBrokerConnect(kgo.BrokerMetadata{}, 0, nil, nil)
		c.OnBrokerE2E(kgo.BrokerMetadata{NodeID: 1}, int16(kmsg.Metadata), kgo.BrokerE2E{BytesWritten: 1, BytesRead: 1})
		if kind == Producer {
			c.OnProduceBatchWritten(kgo.BrokerMetadata{}, "topic", 0, kgo.ProduceBatchMetrics{NumRecords: 1, UncompressedBytes: 2, CompressedBytes: 1})
		}
		if kind == Consumer {
			m := c.member()
			m.Rebalanced(now)
			m.Fetched(now, Partition{"topic", 0}, 1, 2)
			c.OnFetchBatchRead(kgo.BrokerMetadata{}, "topic", 0, kgo.FetchBatchMetrics{NumRecords: 1, UncompressedBytes: 2, CompressedBytes: 1})
		}
		var conn net.Conn
		c.OnBrokerDisconnect(kgo.BrokerMetadata{}, conn)
	}
	r.Add(w)
	r.Add(Membership(func() Group {
		return Group{ClientID: "member", Protocol: "SESSIONED", Leader: "http://a/", Completed: 1}
	}))
	r.Add(clients)
	return r
}

// shown are the series of a registry as name{labels}.
func shown(t *testing.T, r *Registry) []string {
	t.Helper()
	all := prometheus.NewPedanticRegistry()
	all.MustRegister(r)
	families, err := all.Gather()
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]bool{}
	for _, f := range families {
		for _, m := range f.Metric {
			var labels []string
			for _, l := range m.Label {
				labels = append(labels, l.GetName())
			}
			slices.Sort(labels)
			set[f.GetName()+"{"+strings.Join(labels, ",")+"}"] = true
		}
	}
	var names []string
	for n := range set {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// What a JMX exporter printed of Java's worker under Strimzi's rules is printed here too, but for what testdata/absent.txt gives reasons for.
func TestNamesOfStrimzi(t *testing.T) {
	t.Parallel()
	have := shown(t, filled(t, "strimzi"))
	absent, err := os.ReadFile("testdata/absent.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"0.20.0", "1.0.1"} {
		recorded, err := os.ReadFile("testdata/strimzi-" + version + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		for _, series := range strings.Fields(string(recorded)) {
			name, _, _ := strings.Cut(series, "{")
			if !slices.Contains(have, series) && !slices.Contains(strings.Fields(string(absent)), name) {
				t.Errorf("exporter %s printed %s", version, series)
			}
		}
	}
}

// Each series that the queries of Strimzi's and of Confluent's dashboards select is there, with the labels that they ask for.
func TestDashboards(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(filled(t, "strimzi", "confluent").Handler(slog.New(slog.DiscardHandler)))
	defer server.Close()
	answer, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status, err)
	}
	have := map[string][]string{} // the lines by name
	for line := range strings.Lines(string(body)) {
		name, _, _ := strings.Cut(line, " ")
		name, _, _ = strings.Cut(name, "{")
		have[name] = append(have[name], line)
	}
	wanted, err := os.ReadFile("testdata/dashboards.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, series := range strings.Fields(string(wanted)) {
		name, labels, _ := strings.Cut(strings.TrimSuffix(series, "}"), "{")
		if !slices.ContainsFunc(have[name], func(line string) bool {
			for _, l := range strings.Split(labels, ",") {
				if l != "" && !strings.Contains(line, l+`="`) {
					return false
				}
			}
			return true
		}) {
			t.Errorf("nothing answers %s", series)
		}
	}
}
