package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
)

// LogConfig says which internal topic to keep and with what clients.
type LogConfig struct {
	// Topic is created unless it exists. Its Configs are the worker's further settings for it; cleanup.policy is always compact.
	Topic kafka.NewTopic
	// Property is the worker's property that names the topic, Purpose what is at stake, both for messages: "config.storage.topic", "connector
	// configurations".
	Property, Purpose string
	Environment       *kafka.Environment
	// Admin creates the topic and asks for its end. It stays the caller's.
	Admin *kafka.Admin
	// Producer and Consumer are the properties of the log's own clients. A Producer without properties makes a log that can only be read.
	Producer, Consumer kafka.Settings
	// SinglePartition refuses a topic that has more than one partition.
	SinglePartition bool
	// Existing leaves the cluster as it is: a topic that does not exist is ErrNoTopic, and its cleanup policy is not looked at.
	Existing bool
	// Record is called for every record, in the order of its partition, on one goroutine: first that of OpenLog, then one of the log's. It must not
	// block, must not call the log and must not keep the record's bytes.
	Record func(*kgo.Record)
	Logger *slog.Logger
}

// Java's times (KafkaBasedLog).
const (
	createTopicTimeout = 30 * time.Second
	endOffsetsTimeout  = 15 * time.Minute
	endOffsetsPause    = 10 * time.Second
)

// KafkaLog is a compacted topic that is read from its beginning and ever on, and written (KafkaBasedLog). Its methods may be called from any
// goroutine.
type KafkaLog struct {
	cfg        LogConfig
	log        *slog.Logger
	producer   *kgo.Client // nil where the log is only read
	consumer   *kgo.Client
	partitions int
	cancel     context.CancelFunc
	done       chan struct{}

	mu sync.Mutex
	// positions are the offsets after the last record read, by partition; moved is closed and replaced when one changes.
	positions map[int32]int64
	moved     chan struct{}
	// uncreated says that the brokers refused to create the topic, which Java takes for one that exists; only OpenLog uses it.
	uncreated bool
	// troubles are why partitions cannot be read.
	troubles map[int32]trouble
}

// OpenLog creates the topic where it does not exist, checks its cleanup policy where it does, and reads it to its end. It blocks until then or until
// ctx ends. The caller must Close the log.
func OpenLog(ctx context.Context, cfg LogConfig) (_ *KafkaLog, err error) {
	logger := cfg.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	l := &KafkaLog{cfg: cfg, log: logger.With("topic", cfg.Topic.Name), positions: map[int32]int64{}, troubles: map[int32]trouble{}, moved: make(chan struct{}), done: make(chan struct{})}
	if !cfg.Existing {
		if err := l.ensureTopic(ctx); err != nil {
			return nil, err
		}
	}
	partitions, err := l.awaitPartitions(ctx)
	if err != nil {
		return nil, err
	}
	l.partitions = len(partitions)
	if cfg.SinglePartition && l.partitions > 1 {
		return nil, &kafka.ConfigError{Key: cfg.Property, Text: fmt.Sprintf("Topic '%s' supplied via the '%s' property is required to have a single partition in order to "+
			"guarantee consistency of %s, but found %d partitions.", cfg.Topic.Name, cfg.Property, cfg.Purpose, l.partitions)}
	}
	defer func() {
		if err != nil {
			l.closeClients()
		}
	}()
	if len(cfg.Producer.Properties) > 0 {
		if l.producer, err = cfg.Environment.OpenProducer(ctx, cfg.Producer.Source, cfg.Producer.Properties); err != nil {
			return nil, fmt.Errorf("topic %s: %w", cfg.Topic.Name, err)
		}
	}
	assigned := map[int32]kgo.Offset{}
	for _, p := range partitions {
		assigned[p] = kgo.NewOffset().AtStart()
		l.positions[p] = 0
	}
	// Control records tell how far aborted transactions reach.
	if l.consumer, err = cfg.Environment.NewConsumer(ctx, cfg.Consumer.Source, cfg.Consumer.Properties, kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{cfg.Topic.Name: assigned})); err != nil {
		return nil, fmt.Errorf("topic %s: %w", cfg.Topic.Name, err)
	}
	if err := l.readFirst(ctx); err != nil {
		return nil, err
	}
	tail, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	go l.tail(tail)
	return l, nil
}

// ensureTopic is KafkaTopicBasedBackingStore.topicInitializer.
func (l *KafkaLog) ensureTopic(ctx context.Context) error {
	topic := l.cfg.Topic
	configs := map[string]string{}
	for name, v := range topic.Configs {
		configs[name] = v
	}
	configs["cleanup.policy"] = "compact"
	topic.Configs = configs
	for began := time.Now(); ; {
		outcome, err := l.cfg.Admin.EnsureTopic(ctx, topic)
		if err == nil {
			if outcome == kafka.TopicCreated {
				return nil
			}
			l.uncreated = outcome == kafka.TopicUnknown
			break
		}
		// Brokers that are still starting are too few for the replication factor (createTopicsWithRetry).
		if !errors.Is(err, kerr.InvalidReplicationFactor) || time.Since(began) > time.Minute || !sleep(ctx, 100*time.Millisecond) {
			return err
		}
	}
	checked, err := l.cfg.Admin.RequireCompacted(ctx, topic.Name, l.cfg.Property, l.cfg.Purpose)
	if err == nil && !checked {
		l.log.Info("Unable to use the admin client to verify the cleanup policy of the topic is 'compact'; assuming that it is", "property", l.cfg.Property)
	}
	return err
}

func (l *KafkaLog) awaitPartitions(ctx context.Context) ([]int32, error) {
	pause, told := 100*time.Millisecond, false
	for began := time.Now(); ; pause = min(2*pause, time.Second) {
		found, err := l.cfg.Admin.DescribeTopics(ctx, l.cfg.Topic.Name)
		if err != nil {
			return nil, l.described(err)
		}
		if partitions := found[l.cfg.Topic.Name].Partitions; len(partitions) > 0 {
			return partitions, nil
		}
		if l.cfg.Existing {
			return nil, fmt.Errorf("%s: %w", l.cfg.Topic.Name, ErrNoTopic)
		}
		if l.uncreated && !told {
			told = true
			l.log.Warn("The topic is not there and the worker may not create it; waiting for somebody else to do so. " + l.needsCreate())
		}
		if time.Since(began) > createTopicTimeout || !sleep(ctx, pause) {
			text := "Could not look up partition metadata for topic '" + l.cfg.Topic.Name + "' in the" +
				" allotted period. This could indicate a connectivity issue, unavailable topic partitions, or if" +
				" this is your first use of the topic it may have taken too long to create."
			if l.uncreated {
				text += " " + l.needsCreate()
			}
			return nil, javafmt.NewException(javafmt.ConnectException, text, nil)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Partitions returns how many partitions the topic has.
func (l *KafkaLog) Partitions() int { return l.partitions }

// Close ends the reading and closes the clients, without waiting for what was sent.
func (l *KafkaLog) Close() {
	l.cancel()
	<-l.done
	l.closeClients()
}

func (l *KafkaLog) closeClients() {
	closeClients(l.producer, l.consumer)
}

// closeLimit is for how long clients may say goodbye to a broker that does not answer; they go on with it where nobody waits.
const closeLimit = 2 * time.Second

// closeClients closes clients, those that are nil left out, all at the same time.
func closeClients(clients ...*kgo.Client) {
	var closing sync.WaitGroup
	for _, c := range clients {
		if c != nil {
			closing.Go(c.Close)
		}
	}
	closed := make(chan struct{})
	go func() {
		closing.Wait()
		close(closed)
	}()
	limit := time.NewTimer(closeLimit)
	defer limit.Stop()
	select {
	case <-closed:
	case <-limit.C:
	}
}

// ErrReadOnly is the error of writes to a log without a producer.
var ErrReadOnly = errors.New("this KafkaBasedLog was created in read-only mode and does not support write operations")

// Send writes a record; a nil value is a tombstone. It does not block. Done is called once, on a goroutine of the client, and must not block.
func (l *KafkaLog) Send(key, value []byte, done func(error)) {
	if l.producer == nil {
		done(ErrReadOnly)
		return
	}
	// A context that ends would make an idempotent producer give up its place in the order.
	l.producer.Produce(context.Background(), &kgo.Record{Topic: l.cfg.Topic.Name, Partition: kafka.AnyPartition, Key: key, Value: value}, func(_ *kgo.Record, err error) {
		if err != nil {
			err = fmt.Errorf("write %.200q to topic %s: %w", key, l.cfg.Topic.Name, l.written(err))
		}
		done(err)
	})
}

// SendAll writes records in order and waits until all are acknowledged. Where ctx ends before, they may be written yet.
func (l *KafkaLog) SendAll(ctx context.Context, records ...Record) error {
	results := make(chan error, len(records))
	for _, r := range records {
		l.Send([]byte(r.Key), r.Value, func(err error) { results <- err })
	}
	for range records {
		select {
		case err := <-results:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return fmt.Errorf("write to topic %s: %w", l.cfg.Topic.Name, ctx.Err())
		}
	}
	return nil
}

// Flush waits until all that was sent is acknowledged or has failed, or ctx ends.
func (l *KafkaLog) Flush(ctx context.Context) error {
	if l.producer == nil {
		return nil
	}
	return l.producer.Flush(ctx)
}
