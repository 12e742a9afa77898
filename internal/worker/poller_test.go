package worker

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/moldau/moldau/connect"
)

// TestIdleSinkHasNoPoller has sinks with and without a partition, whose pollers end; what comes later arrives all the same.
func TestIdleSinkHasNoPoller(t *testing.T) {
	for _, protocol := range []string{"classic", "consumer"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			idleSinkHasNoPoller(t, protocol)
		})
	}
}

func idleSinkHasNoPoller(t *testing.T, protocol string) {
	r := newRig(t, kfake.BrokerConfigs(map[string]string{"group.consumer.heartbeat.interval.ms": "1000"}))
	r.topic("in", 1)
	var got atomic.Int64
	r.sink = func() connect.SinkTask { return &tallySink{&got} }
	r.start()
	ids := []TaskID{{Connector: "c", Task: 0}, {Connector: "c", Task: 1}}
	for _, id := range ids {
		r.startTask(id, map[string]string{"connector.class": "Sink", "topics": "in", "consumer.override.group.protocol": protocol})
	}
	r.produce("in", 0, "first")
	eventually(t, "record", func() bool { return got.Load() == 1 })
	eventually(t, "end of the pollers", func() bool {
		polling := false
		for _, id := range ids {
			r.worker.mu.Lock()
			p := &r.worker.tasks[id].body.(*sinkTask).poller
			r.worker.mu.Unlock()
			p.mu.Lock()
			polling = polling || p.running || !p.asked
			p.mu.Unlock()
		}
		return !polling
	})
	r.produce("in", 0, "second")
	eventually(t, "record", func() bool { return got.Load() == 2 })
}

// tallySink counts records.
type tallySink struct{ got *atomic.Int64 }

func (s *tallySink) Start(context.Context, connect.SinkTaskContext, map[string]string) error {
	return nil
}

func (s *tallySink) Put(_ context.Context, batch *connect.SinkBatch) error {
	s.got.Add(int64(batch.Len()))
	return nil
}

func (s *tallySink) Stop(context.Context) error { return nil }

// TestPollerFindsWhatNobodyTold has records that no signal said anything of.
func TestPollerFindsWhatNobodyTold(t *testing.T) {
	r := newRig(t)
	r.topic("in", 1)
	task := newListTask()
	r.sink = func() connect.SinkTask { return task }
	r.start()
	id := TaskID{Connector: "c"}
	r.startTask(id, map[string]string{"connector.class": "Sink", "topics": "in", "consumer.override.heartbeat.interval.ms": "100"})
	r.produce("in", 0, "first")
	eventually(t, "record", func() bool { return task.count() == 1 })
	r.worker.mu.Lock()
	p := &r.worker.tasks[id].body.(*sinkTask).poller
	r.worker.mu.Unlock()
	eventually(t, "end of the poller", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.running || !p.asked {
			return false
		}
		p.running = true // nobody starts it
		return true
	})
	r.produce("in", 0, "second")
	eventually(t, "fetch", func() bool { return p.s.client.BufferedFetchRecords() > 0 })
	p.mu.Lock()
	p.running, p.news = false, false
	p.mu.Unlock()
	eventually(t, "record", func() bool { return task.count() == 2 })
}
