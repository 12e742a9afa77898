package deadletter

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/test/servers"
)

// TestOnKafka redrives on a real Apache Kafka: fencing and the isolation of transactions are the broker's work.
func TestOnKafka(t *testing.T) {
	brokers := servers.Kafka(t).Bootstrap()
	run := fmt.Sprintf("d%d", time.Now().UnixNano())
	queue, orders := run+"-dead", run+"-orders"
	r := &rig{t: t, brokers: brokers, tasks: 1, sink: &listSink{}}
	r.admin = kadm.NewClient(r.client())
	r.configs = map[string]map[string]string{"snk": {"connector.class": "List", topicKey: queue, "value.converter": "org.apache.kafka.connect.storage.StringConverter"}}
	r.Service = r.service()
	r.topic(queue, 2)
	r.topic(orders, 2, "max.message.bytes", "2000")
	const n = 300
	var letters []*kgo.Record
	var want []string
	for i := range n {
		letter := dead(int32(i%2), Origin{orders, int32(i % 2), int64(i)}, fmt.Sprintf("%03d", i))
		letter.Topic = queue
		letters = append(letters, letter)
		want = append(want, fmt.Sprintf("%d:%03d", i%2, i))
	}
	slices.Sort(want)
	r.produce(letters...)

	// A worker dies with a transaction open.
	q, err := r.queue(t.Context(), "snk")
	if err != nil {
		t.Fatal(err)
	}
	dying := &redrive{connectorQueue: q, request: Request{Target: ToTopic}, result: &Result{}, topics: map[string]int{orders: 2}}
	cut, err := dying.transactions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := cut.client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	l := readLetter(letters[0])
	if err := cut.client.ProduceSync(t.Context(), dying.resent(&chosen{letter: l, record: letters[0], to: orders})).FirstErr(); err != nil {
		t.Fatal(err)
	}
	cut.close()

	var wg sync.WaitGroup
	for range 3 {
		other := r.service()
		wg.Go(func() {
			for range 4 {
				_, err := other.Redrive(t.Context(), "snk", Request{Filter: all, Target: ToTopic, Limit: 25})
				if err != nil && !strings.Contains(err.Error(), "Another redrive") {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	r.redrive(Request{Filter: all, Target: ToTopic})
	if diff := cmp.Diff(want, values(r.consume(orders))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if result := r.redrive(Request{Filter: all, Target: ToConnector}); len(result.Letters) > 0 {
		t.Errorf("redriven again: %s", outcomes(result))
	}
	if got := outcomes(r.redrive(Request{Letters: []Coordinates{{0, 0}, {1, 0}}, Target: ToConnector, Force: true})); got != "0:0 redriven, 1:0 redriven" || len(r.sink.all()) != 2 {
		t.Error(got)
	}
	overview, err := r.Overview(t.Context())
	if err != nil || len(overview.Queues) != 1 || overview.Queues[0].Redriven != n || overview.Queues[0].Total != n {
		t.Errorf("%+v %v", overview.Queues[0], err)
	}

	// The broker refuses more letters than a redrive has sessions, in the same transactions as one it takes.
	letters = nil
	for i := range mostSessions + 5 {
		letters = append(letters, dead(0, Origin{orders, 0, int64(n + i)}, strings.Repeat("x", 5000)))
	}
	letters = append(letters, dead(0, Origin{orders, 0, 2 * n}, "good"))
	for _, letter := range letters {
		letter.Topic = queue
	}
	r.produce(letters...)
	result := r.redrive(Request{Filter: all, Target: ToTopic})
	if result.Failed != mostSessions+5 || result.Redriven != 1 {
		t.Errorf("refused letters: %s", outcomes(result))
	}
	want = append(want, "0:good")
	slices.Sort(want)
	if diff := cmp.Diff(want, values(r.consume(orders))); diff != "" {
		t.Errorf("with refused letters (-want +got)\n%s", diff)
	}
}
