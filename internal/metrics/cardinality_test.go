package metrics

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Connectors, topics, partitions and errors that come and go leave no series behind, and however many there are their series stay within bounds.
func TestSeriesStayFew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, err := NewRegistry("key", []string{"strimzi", "confluent", "moldau"})
		if err != nil {
			t.Fatal(err)
		}
		var connectors []Connector
		var tasks []*Task
		w := NewWorker(DefaultWindow, func() ([]Connector, []*Task) { return connectors, tasks })
		clients := NewClients(DefaultWindow, "1", "a")
		r.Add(w)
		r.Add(clients)
		count := func(containing string) (n int) {
			all := prometheus.NewPedanticRegistry()
			all.MustRegister(r)
			families, err := all.Gather()
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range families {
				for _, m := range f.Metric {
					if strings.Contains(m.String(), containing) {
						n++
					}
				}
			}
			return n
		}
		idle := count("")
		now := time.Now()
		for round := range 3 {
			connectors, tasks = nil, nil
			var hooks []*clientFigures
			for c := range 2 {
				name := fmt.Sprintf("c-%d-%d", round, c)
				info := TaskInfo{Connector: name, Sink: true, Errors: func() Errors { return Errors{} }, Kinds: &Tally{}}
				task := NewTask(info, now)
				w.ConnectorStarted(now, name)
				w.TaskStarted(now, name, 0)
				for p := range 300 {
					task.Lag(Partition{fmt.Sprintf("topic-%d", p%100), int32(p)}, 1)
					info.Kinds.Add("VALUE_CONVERTER", fmt.Sprintf("Error%d", p))
					w.TaskFailed(now, name, 0, fmt.Errorf("failure %d", p))
					task.Committed(now, 0, fmt.Errorf("failure %d", p))
				}
				hook := clients.Hook(Producer, name).(*clientFigures)
				hook.OnNewClient(nil)
				for p := range 300 {
					hook.OnProduceBatchWritten(kgo.BrokerMetadata{}, fmt.Sprintf("topic-%d-%d", round, p), 0, kgo.ProduceBatchMetrics{NumRecords: 1, UncompressedBytes: 1, CompressedBytes: 1})
				}
				hooks = append(hooks, hook)
				connectors, tasks = append(connectors, Connector{Name: name, State: "running"}), append(tasks, task)
			}
			if n := count(connectors[0].Name); n < 100 || n > 3500 {
				t.Fatalf("round %d: %d series of a connector with hundreds of partitions, topics and errors", round, n)
			}
			if n := count("Error"); n != 2*mostTallied {
				t.Fatalf("%d series of errors", n)
			}
			for _, h := range hooks {
				h.OnClientClosed(nil)
			}
		}
		connectors, tasks = nil, nil
		if n := count("c-"); n != 0 {
			t.Errorf("%d series of connectors that are gone", n)
		}
		if n := count(""); n != idle {
			t.Errorf("%d series of an idle worker, %d before it ran anything", n, idle)
		}
		time.Sleep(kept + time.Second)
		count("")
		if n := len(w.histories.named); n != 0 {
			t.Errorf("%d connectors that are gone are remembered", n)
		}
	})
}

// A restart, which stops and starts a connector, goes on counting; a task that did not fail before counts as stopped.
func TestRestarts(t *testing.T) {
	t.Parallel()
	w := NewWorker(DefaultWindow, func() ([]Connector, []*Task) { return nil, nil })
	now := time.Now()
	w.TaskStarted(now, "c", 0)
	w.TaskFailed(now, "c", 0, fmt.Errorf("no"))
	w.histories.shown(now.Add(kept), nil, func(string, *history) { t.Error("shown while it is not here") })
	w.TaskStarted(now, "c", 0)
	w.TaskStarted(now, "c", 0)
	w.TaskStarted(now, "c", 1)
	w.histories.shown(now, map[string]bool{"c": true}, func(_ string, x *history) {
		if s := x.tasks[0]; s.afterFailure != 1 || s.another != 1 || x.tasks[1].another != 0 || x.taskFailures.count("ConnectException") != 1 {
			t.Errorf("%+v %+v", x, s)
		}
	})
}
