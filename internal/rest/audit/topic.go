package audit

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	// Waiting bounds the events that wait for a broker.
	Waiting = 1000
	// closeTime bounds how long Close waits for a broker to take the last events.
	closeTime = 5 * time.Second
	// longestPause is between attempts to open the producer.
	longestPause = 30 * time.Second
	// reportPause is the least time between two lines of the log about dropped events.
	reportPause = time.Minute
)

// Topic sends events to a topic. A broker that is slow or away does not hold up requests: events wait, as many as there is room for, and are
// dropped and counted beyond that.
type Topic struct {
	name    string
	log     *slog.Logger
	queue   chan record
	life    context.Context
	end     context.CancelFunc
	done    sync.WaitGroup
	dropped atomic.Int64
	lost    atomic.Int64 // dropped and not yet in the log
	said    atomic.Int64 // when the log last said so, Unix milliseconds
}

type record struct{ key, value []byte }

// OpenTopic returns a sink for a topic. Open makes the producer; it is called on a goroutine of the sink until it succeeds, may block until its
// context ends, and what it returns is closed by the sink.
func OpenTopic(name string, open func(context.Context) (*kgo.Client, error), log *slog.Logger) *Topic {
	t := &Topic{name: name, log: log, queue: make(chan record, Waiting)}
	t.life, t.end = context.WithCancel(context.Background())
	t.done.Go(func() { t.run(open) })
	return t
}

// Write puts an event into the queue, keyed by its connector.
func (t *Topic) Write(e *Event) {
	line, err := e.line()
	if err != nil {
		t.drop("it cannot be written as JSON: " + err.Error())
		return
	}
	select {
	case t.queue <- record{[]byte(e.Connector), line}:
	default:
		t.drop("the queue of " + strconv.Itoa(Waiting) + " is full")
	}
}

// Dropped returns how many events did not reach the topic.
func (t *Topic) Dropped() int64 { return t.dropped.Load() }

func (t *Topic) drop(reason string) {
	t.dropped.Add(1)
	t.lost.Add(1)
	now, said := time.Now().UnixMilli(), t.said.Load()
	if said != 0 && now-said < reportPause.Milliseconds() || !t.said.CompareAndSwap(said, now) {
		return
	}
	t.say(reason)
}

// say writes into the log how many events were dropped since it last said so.
func (t *Topic) say(reason string) {
	if lost := t.lost.Swap(0); lost > 0 {
		t.log.Error("moldau.rest.audit.topic: " + strconv.FormatInt(lost, 10) + " events of the audit did not reach the topic " + t.name + ": " + reason)
	}
}

func (t *Topic) run(open func(context.Context) (*kgo.Client, error)) {
	client := t.client(open)
	if client == nil {
		for range len(t.queue) {
			<-t.queue
			t.drop("the worker ended before a broker answered")
		}
		return
	}
	defer client.Close()
	for {
		select {
		case r := <-t.queue:
			t.send(client, r)
		case <-t.life.Done():
			for range len(t.queue) {
				t.send(client, <-t.queue)
			}
			ctx, cancel := context.WithTimeout(context.Background(), closeTime)
			defer cancel()
			_ = client.Flush(ctx) // what it did not send is dropped when the client closes
			return
		}
	}
}

func (t *Topic) send(client *kgo.Client, r record) {
	client.TryProduce(context.Background(), &kgo.Record{Topic: t.name, Key: r.key, Value: r.value}, func(_ *kgo.Record, err error) {
		if err != nil {
			t.drop(err.Error())
		}
	})
}

func (t *Topic) client(open func(context.Context) (*kgo.Client, error)) *kgo.Client {
	for pause := time.Second; t.life.Err() == nil; pause = min(2*pause, longestPause) {
		client, err := open(t.life)
		if err == nil {
			return client
		}
		if t.life.Err() == nil {
			t.log.Warn("moldau.rest.audit.topic: no producer for the topic " + t.name + " can be had yet: " + err.Error())
		}
		select {
		case <-t.life.Done():
		case <-time.After(pause):
		}
	}
	return nil
}

// Close sends what waits, for a few seconds, and ends.
func (t *Topic) Close() {
	t.end()
	t.done.Wait()
	t.say("the worker ended")
}
