package worker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/test/servers"
)

// TestTargetsOffsetsOnKafka is TestSinkBeginsWhereItsTargetSays on an Apache Kafka: what it answers about offsets decides.
func TestTargetsOffsetsOnKafka(t *testing.T) {
	brokers := strings.Split(servers.Kafka(t).Bootstrap(), ",")
	run := fmt.Sprintf("keep%d-", time.Now().UnixNano())
	for name, c := range map[string]struct {
		durable, removed int64
		want             []string
		failure          string
	}{
		"within":  {6, 0, numbersFrom(6, 10), ""},
		"removed": {2, 5, numbersFrom(5, 10), ""},
		"beyond":  {11, 0, nil, "the target holds records up to offset 11, the partition ends at 10"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rigOn(t, brokers)
			topic := run + name
			tp := connect.TopicPartition{Topic: topic}
			v := newVault()
			v.next[tp] = c.durable
			r.sink = func() connect.SinkTask { return &vaultTask{v: v} }
			r.start()
			r.topic(topic, 1)
			r.produce(topic, 0, numbersFrom(0, 10)...)
			if c.removed > 0 {
				offsets := kadm.Offsets{}
				offsets.AddOffset(topic, 0, c.removed, -1)
				if _, err := kadm.NewClient(r.client()).DeleteRecords(t.Context(), offsets); err != nil {
					t.Fatal(err)
				}
			}
			id := TaskID{Connector: topic, Task: 0}
			r.startTask(id, with(sinkProps, "name", topic, "topics", topic))
			if c.failure != "" {
				if st := r.statuses.awaitTask(t, id, Failed); !strings.Contains(st.Trace, c.failure) {
					t.Error(st.Trace)
				}
			} else {
				patiently(t, "the records", func() bool { return v.count(tp) >= len(c.want) })
				patiently(t, "the group's offset", func() bool { return r.committed("connect-" + topic)[topic+"-0"] == 10 })
			}
			v.mu.Lock()
			defer v.mu.Unlock()
			if fmt.Sprint(v.values[tp]) != fmt.Sprint(c.want) {
				t.Errorf("the target got %v, want %v", v.values[tp], c.want)
			}
		})
	}
}
