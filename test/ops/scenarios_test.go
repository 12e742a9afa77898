//go:build unix

package ops

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// allScenarios are those of all pages.
func allScenarios() []scenario {
	return append(append(append(recordScenarios(), taskScenarios()...), kafkaScenarios()...), workerScenarios()...)
}

// kafka connects to the cluster's broker.
func (c *cluster) kafka(opts ...kgo.Opt) *kgo.Client {
	c.t.Helper()
	k, err := kgo.NewClient(append(opts, kgo.SeedBrokers(c.bootstrap), kgo.AllowAutoTopicCreation())...)
	if err != nil {
		c.t.Fatal(err)
	}
	return k
}

// produce writes values to a topic.
func (c *cluster) produce(topic string, values ...string) {
	c.t.Helper()
	k := c.kafka()
	defer k.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, v := range values {
		k.Produce(ctx, &kgo.Record{Topic: topic, Value: []byte(v)}, func(_ *kgo.Record, err error) {
			if err != nil {
				c.t.Error(err)
			}
		})
	}
	if err := k.Flush(ctx); err != nil {
		c.t.Fatal(err)
	}
}

// keepProducing writes records to a topic until the test ends.
func (c *cluster) keepProducing(topic string) {
	c.t.Helper()
	k := c.kafka()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			k.Produce(context.Background(), &kgo.Record{Topic: topic, Value: []byte("one more")}, nil)
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	c.t.Cleanup(func() {
		close(stop)
		<-done
		k.Close()
	})
}

// topic makes one.
func (c *cluster) topic(name string, partitions int32) {
	c.t.Helper()
	k := c.kafka()
	defer k.Close()
	if _, err := kadm.NewClient(k).CreateTopic(context.Background(), partitions, 1, nil, name); err != nil {
		c.t.Fatal(err)
	}
}

// deleteTopics deletes some.
func (c *cluster) deleteTopics(names ...string) {
	c.t.Helper()
	k := c.kafka()
	defer k.Close()
	if _, err := kadm.NewClient(k).DeleteTopics(context.Background(), names...); err != nil {
		c.t.Fatal(err)
	}
}

// numbered are the lines "order 1", "order 2" and so on.
func numbered(from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "order %d\n", i)
	}
	return b.String()
}

// orders are JSON objects.
func orders(from, to int) []string {
	var all []string
	for i := from; i <= to; i++ {
		all = append(all, fmt.Sprintf(`{"id":%d}`, i))
	}
	return all
}

// want calls a worker until the answer has a status: during rebalances it is 409.
func (c *cluster) want(status int, method, path string, body any) {
	c.t.Helper()
	await(c.t, method+" "+path, func() error {
		got, text, err := c.workers[0].call(method, path, body)
		if err == nil && got != status {
			err = fmt.Errorf("%d %s", got, text)
		}
		return err
	})
}

// shows waits until the metrics of the first worker have a line.
func (c *cluster) shows(line string) {
	c.t.Helper()
	want := pattern("(?m)^" + line + "$")
	await(c.t, line, func() error {
		_, text, err := c.workers[0].call(http.MethodGet, "/metrics", nil)
		if err == nil && !want.MatchString(text) {
			err = errors.New("no such line")
		}
		return err
	})
}

// lookupService answers after a delay that can be changed, 0 for at once, below 0 for never.
type lookupService struct {
	url   string
	delay atomic.Int64
}

func (c *cluster) lookupService(delay time.Duration) *lookupService {
	l := &lookupService{}
	l.delay.Store(int64(delay))
	done := make(chan struct{})
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d := time.Duration(l.delay.Load())
		if d < 0 {
			d = time.Hour
		}
		select {
		case <-time.After(d):
			fmt.Fprintln(w, `{"name":"n"}`)
		case <-r.Context().Done():
		case <-done:
		}
	})}
	listener := listen(c.t)
	l.url = "http://" + listener.Addr().String()
	go server.Serve(listener) //nolint:errcheck // it ends with the test
	c.t.Cleanup(func() {
		close(done)
		server.Close()
	})
	return l
}

// enriching is a sink whose transformation asks a service for each record.
func (c *cluster) enriching(l *lookupService, file string) config {
	return config{"connector.class": "FileStreamSink", "topics": "orders", "file": c.in(file), "consumer.override.max.poll.records": "10",
		"value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false", "transforms": "name",
		"transforms.name.type": "moldau.transforms.HttpLookup$Value", "transforms.name.url": l.url + "/customers/${id}", "transforms.name.field": "name",
		"transforms.name.concurrency": "1", "transforms.name.timeout.ms": "600000"}
}

// lineCount matches what wc prints.
func lineCount(n int) *regexp.Regexp { return pattern(fmt.Sprintf(`^\s*%d\n$`, n)) }

func pattern(p string) *regexp.Regexp { return regexp.MustCompile(p) }
