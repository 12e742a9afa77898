package main

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// broker is the real Apache Kafka of the runs.
type broker struct {
	*child
	address string
	admin   *kadm.Client
}

func startBroker(o options) (*broker, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	controller, err := freePort()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(o.dir, "kafka")
	props, err := writeFile(dir, "server.properties", fmt.Sprintf(`process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:%[2]d
listeners=PLAINTEXT://127.0.0.1:%[1]d,CONTROLLER://127.0.0.1:%[2]d
advertised.listeners=PLAINTEXT://127.0.0.1:%[1]d
controller.listener.names=CONTROLLER
log.dirs=%[3]s/logs
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
`, port, controller, dir))
	if err != nil {
		return nil, err
	}
	format := exec.Command("java", o.java("256m", "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qk", "-c", props)...)
	if out, err := format.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("formatting Kafka's storage: %w: %s", err, out)
	}
	c, err := startChild(filepath.Join(dir, "out.log"), "java", o.java("1g", "kafka.Kafka", props)...)
	if err != nil {
		return nil, err
	}
	b := &broker{child: c, address: fmt.Sprintf("127.0.0.1:%d", port)}
	client, err := kgo.NewClient(kgo.SeedBrokers(b.address))
	if err != nil {
		c.stop()
		return nil, err
	}
	b.admin = kadm.NewClient(client)
	err = c.await("start of Kafka", time.Minute, 100*time.Millisecond, func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, err := b.admin.BrokerMetadata(ctx)
		return err == nil
	})
	if err != nil {
		c.stop()
		return nil, err
	}
	return b, nil
}

// topic makes a topic with one partition.
func (b *broker) topic(name string) error {
	resp, err := b.admin.CreateTopic(context.Background(), 1, 1, map[string]*string{}, name)
	if err != nil {
		return err
	}
	return resp.Err
}

func (b *broker) drop(name string) {
	_, _ = b.admin.DeleteTopics(context.Background(), name) // only disk space is at stake
}

// end returns how many records a topic with one partition holds.
func (b *broker) end(name string) int64 {
	offsets, err := b.admin.ListEndOffsets(context.Background(), name)
	if err != nil {
		return 0
	}
	o, _ := offsets.Lookup(name, 0)
	return o.Offset
}

// fill produces the records that sinks read; value returns the i-th.
func (b *broker) fill(name string, records int, value func(i int) []byte) error {
	if err := b.topic(name); err != nil {
		return err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(b.address), kgo.ProducerBatchMaxBytes(1_000_000), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return err
	}
	defer client.Close()
	var failed error
	for i := range records {
		client.Produce(context.Background(), &kgo.Record{Topic: name, Value: value(i)}, func(_ *kgo.Record, err error) {
			if err != nil {
				failed = err
			}
		})
	}
	if err := client.Flush(context.Background()); err != nil {
		return err
	}
	return failed
}

// line returns the i-th text of n bytes, in the form of a web server's log: it begins with its number and compresses as logs do.
func line(i, n int) []byte {
	r := rand.New(rand.NewPCG(uint64(i), 1))
	b := fmt.Appendf(make([]byte, 0, 2*n), "%010d %s GET %s/%d HTTP/1.1 200 %d user=%d trace=%x", i, hosts[r.IntN(len(hosts))], paths[r.IntN(len(paths))],
		r.IntN(9000)+1000, r.IntN(50000), r.IntN(100000), r.Uint64())
	for len(b) < n {
		b = append(b, '.')
	}
	return b[:n]
}

var (
	hosts = []string{"203.0.113.7", "198.51.100.24", "192.0.2.55", "203.0.113.190", "198.51.100.3", "192.0.2.131"}
	paths = []string{"/", "/products", "/cart", "/checkout", "/static/app.css", "/login", "/api/orders", "/search"}
)

func writeLines(path string, records, size int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	for i := range records {
		if _, err := w.Write(append(line(i, size-1), '\n')); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
