package worker

import (
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/budget"
)

// TestTaskWithAShareTakesTurns has somebody else keep the only processor: a task with a share waits for its turn, and one without does not.
func TestTaskWithAShareTakesTurns(t *testing.T) {
	const records = 1000
	r := newRig(t)
	r.topic("in", 1)
	producer := r.client(kgo.DefaultProduceTopic("in"))
	var in []*kgo.Record
	for i := range records {
		in = append(in, &kgo.Record{Value: fmt.Append(nil, i)})
	}
	if err := producer.ProduceSync(t.Context(), in...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	got := make(chan int, records)
	r.sink = func() connect.SinkTask { return &countingSink{got: got} }
	r.start()
	r.worker.cpu = budget.NewCPU(1)
	other := r.worker.cpu.Turns("other", 1)
	if err := other.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer other.Leave()
	for _, share := range []string{"0", "100"} {
		id := TaskID{Connector: "share" + share}
		r.startTask(id, map[string]string{"connector.class": "Sink", "topics": "in", "moldau.cpu.share": share})
		deadline := time.After(time.Minute)
		for n := 0; n < records; {
			select {
			case k := <-got:
				n += k
			case <-deadline:
				t.Fatalf("share %s: %d of %d records", share, n, records)
			}
		}
		r.worker.mu.Lock()
		waited := r.worker.tasks[id].turns.Waited()
		r.worker.mu.Unlock()
		if (waited > 0) != (share == "100") {
			t.Errorf("with a share of %s it waited for %v", share, waited)
		}
	}
}
