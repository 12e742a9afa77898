package measured

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Broker is a real Apache Kafka.
type Broker struct {
	*Child
	Address string
	Admin   *kadm.Client
}

// StartBroker starts one with its data below a directory.
func StartBroker(dir string, j Java) (*Broker, error) {
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	controller, err := FreePort()
	if err != nil {
		return nil, err
	}
	dir = filepath.Join(dir, "kafka")
	props, err := WriteFile(dir, "server.properties", fmt.Sprintf(`process.roles=broker,controller
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
	format := exec.Command("java", j.Args("256m", "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qk", "-c", props)...)
	if out, err := format.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("formatting Kafka's storage: %w: %s", err, out)
	}
	c, err := Start(filepath.Join(dir, "out.log"), "java", j.Args("1g", "kafka.Kafka", props)...)
	if err != nil {
		return nil, err
	}
	b := &Broker{Child: c, Address: fmt.Sprintf("127.0.0.1:%d", port)}
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Address))
	if err != nil {
		c.Stop()
		return nil, err
	}
	b.Admin = kadm.NewClient(client)
	err = c.Await("start of Kafka", time.Minute, 100*time.Millisecond, func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, err := b.Admin.BrokerMetadata(ctx)
		return err == nil
	})
	if err != nil {
		c.Stop()
		return nil, err
	}
	return b, nil
}

// Topic makes a topic.
func (b *Broker) Topic(name string, partitions int32) error {
	resp, err := b.Admin.CreateTopic(context.Background(), partitions, 1, map[string]*string{}, name)
	if err != nil {
		return err
	}
	return resp.Err
}

// Drop deletes a topic.
func (b *Broker) Drop(name string) {
	_, _ = b.Admin.DeleteTopics(context.Background(), name) // only disk space is at stake
}

// End returns how many records a topic with one partition holds.
func (b *Broker) End(name string) int64 {
	offsets, err := b.Admin.ListEndOffsets(context.Background(), name)
	if err != nil {
		return 0
	}
	o, _ := offsets.Lookup(name, 0)
	return o.Offset
}

// Fill makes a topic and produces the records that sinks read, in turn to its partitions; record returns key and value of the i-th.
func (b *Broker) Fill(name string, partitions int32, records int, record func(i int) (key, value []byte)) error {
	if err := b.Topic(name, partitions); err != nil {
		return err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Address), kgo.ProducerBatchMaxBytes(1_000_000), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return err
	}
	defer client.Close()
	var failed error
	for i := range records {
		key, value := record(i)
		client.Produce(context.Background(), &kgo.Record{Topic: name, Partition: int32(i) % partitions, Key: key, Value: value}, func(_ *kgo.Record, err error) {
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
