package kafka

import (
	"context"
	"errors"
	"maps"
	"math"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// endless is how Connect spells an endless delivery.timeout.ms; an endless max.block.ms is Long.MAX_VALUE.
const endless = math.MaxInt32

// producer adds the options of producers. Where the user says nothing they are faster than Java's: records are not held back, but for those of source tasks
// (SourceProducer), and batches may grow as large as requests (Java cuts them at 16 kB).
func (b *builder) producer() error {
	c := b.config
	partitioner, err := b.partitioner()
	if err != nil {
		return err
	}
	b.add(
		kgo.AllowAutoTopicCreation(), // as every metadata request of Java's producer
		kgo.RecordPartitioner(partitioner),
		kgo.ProducerBatchCompression(b.compression()),
		kgo.ProduceRequestTimeout(max(c.millis("request.timeout.ms"), 100*time.Millisecond)),
		kgo.MaxBufferedBytes(int(max(c.number("buffer.memory"), 1))), // 0 would mean no limit
		kgo.MaxBufferedRecords(math.MaxInt),                          // bytes alone bound the buffer
	)
	b.batchSize()
	if c.given("linger.ms") {
		b.add(kgo.ProducerLinger(b.within("linger.ms", 0, time.Minute)))
	} else {
		b.add(kgo.ProducerLinger(0))
	}
	if retries := c.number("retries"); retries < endless {
		b.add(kgo.RecordRetries(int(retries)))
	}
	b.unknownTopics()
	b.acknowledgements()
	if id := c.text("transactional.id"); id != "" {
		b.add(kgo.TransactionalID(id), kgo.TransactionTimeout(c.millis("transaction.timeout.ms")))
	}
	return nil
}

// acknowledgements adds acks, idempotence and the delivery timeout.
func (b *builder) acknowledgements() {
	c := b.config
	switch c.text("acks") {
	case "0":
		b.add(kgo.RequiredAcks(kgo.NoAck()))
	case "1":
		b.add(kgo.RequiredAcks(kgo.LeaderAck()))
	default:
		b.add(kgo.RequiredAcks(kgo.AllISRAcks()))
	}
	const inFlight = "max.in.flight.requests.per.connection"
	idempotent := c.flag("enable.idempotence")
	if idempotent {
		if c.given(inFlight) && c.number(inFlight) != 5 {
			b.notice(WithoutEffect, inFlight, "the idempotent producer keeps the order of records with up to five requests in flight")
		}
	} else {
		// Connect's Java producers keep the order by having one request in flight, which holds until the user asks for more.
		requests := int64(1)
		if c.given(inFlight) {
			requests = c.number(inFlight)
		}
		b.add(kgo.DisableIdempotentWrite(), kgo.MaxProduceRequestsInflightPerBroker(int(requests)))
	}
	if c.number("delivery.timeout.ms") < endless {
		b.add(kgo.RecordDeliveryTimeout(max(c.millis("delivery.timeout.ms"), time.Second)))
		if idempotent && c.text("transactional.id") == "" {
			// Java too gives up on a request that may have arrived, at the risk of writing its records twice.
			b.add(kgo.AllowIdempotentProduceCancellation())
		}
	}
}

// smallestBatch and largestBatch are what the client takes as the bound of a batch.
const smallestBatch, largestBatch = 512, 1 << 30

// batchSize bounds batches. In Java batch.size says when a batch is full, and a larger record gets a batch of its own up to
// max.request.size; in kgo one limit holds for batches and for single records. So it is the larger of both here, and who sends records that
// may exceed the batches a broker takes bounds these by BatchLimits.
func (b *builder) batchSize() {
	c := b.config
	limit := c.number("max.request.size")
	if c.given("batch.size") {
		if size := c.number("batch.size"); size > limit {
			limit = size
		} else if size < limit {
			b.notice(Adjusted, "batch.size", "it is a lower bound here: batches are filled further where that costs no time, up to what the topic takes")
		}
	}
	limit = min(max(limit, smallestBatch), largestBatch)
	b.add(kgo.ProducerBatchMaxBytes(int32(limit)))
	if limit > 100<<20 {
		b.add(kgo.BrokerMaxWriteBytes(int32(limit)))
	}
}

// BatchLimits returns how large a batch of many records may be, and how large one record: brokers take batches of 1 MiB unless they, or the
// topic, are told otherwise, and Java's batches stay far below that by default, whatever max.request.size allows a single record.
func BatchLimits(properties map[string]string) (batch, record int32, err error) {
	c, err := ParseConfig(Producer, properties)
	if err != nil {
		return 0, 0, err
	}
	request := c.number("max.request.size")
	size := min(request, 1<<20)
	if c.given("batch.size") {
		size = max(size, c.number("batch.size"))
		request = max(request, size)
	}
	clamp := func(n int64) int32 { return int32(min(max(n, smallestBatch), largestBatch)) }
	return clamp(size), clamp(request), nil
}

// unknownTopics translates max.block.ms, for which Java's producer waits for the metadata of a topic that does not exist (yet).
// The client asks about once per retry.backoff.max.ms.
func (b *builder) unknownTopics() {
	wait := b.config.millis("max.block.ms")
	if wait >= endless*time.Millisecond {
		b.add(kgo.UnknownTopicRetries(-1))
		return
	}
	pause := max(b.config.millis("retry.backoff.max.ms"), 10*time.Millisecond)
	b.add(kgo.UnknownTopicRetries(int(max(wait/pause, 4))))
}

func (b *builder) partitioner() (kgo.Partitioner, error) {
	ignoreKeys := b.config.flag("partitioner.ignore.keys")
	switch class := b.config.text("partitioner.class"); class {
	case "", "org.apache.kafka.clients.producer.internals.DefaultPartitioner": // gone in 4.0, still found in configurations
		return Partitioner(ignoreKeys), nil
	case "org.apache.kafka.clients.producer.UniformStickyPartitioner":
		return Partitioner(true), nil
	case "org.apache.kafka.clients.producer.RoundRobinPartitioner":
		return roundRobin(), nil
	default:
		return nil, &ConfigError{"partitioner.class", "Configuration partitioner.class is not supported: " + class +
			" is a Java class and Moldau runs without a Java virtual machine. Remove the key, or set org.apache.kafka.clients.producer.RoundRobinPartitioner."}
	}
}

func (b *builder) compression() kgo.CompressionCodec {
	c := b.config
	switch c.text("compression.type") {
	case "gzip":
		return kgo.GzipCompression().WithLevel(int(c.number("compression.gzip.level")))
	case "snappy":
		return kgo.SnappyCompression()
	case "lz4":
		// Java compresses fast at its default level 9 and thoroughly at every other; the levels here are 1<<9 (1) to 1<<17 (9).
		if level := c.number("compression.lz4.level"); level != 9 {
			return kgo.Lz4Compression().WithLevel(1 << (8 + min(level, 9)))
		}
		return kgo.Lz4Compression()
	case "zstd":
		// The encoder has four speeds: fastest, default, better, best.
		level := 1
		switch n := c.number("compression.zstd.level"); {
		case n >= 10:
			level = 4
		case n >= 6:
			level = 3
		case n >= 3:
			level = 2
		}
		return kgo.ZstdCompression().WithLevel(level)
	default:
		return kgo.NoCompression()
	}
}

// IdempotenceRefused reports whether a produce or ProducerID error says that the cluster does not let this principal write
// idempotently. Brokers before 3.0 ask for a right of its own (KIP-679).
func IdempotenceRefused(err error) bool { return errors.Is(err, kerr.ClusterAuthorizationFailed) }

// WithoutIdempotence returns the properties of a producer as Java Connect has them by default: not idempotent, with one request
// in flight. It leaves the given map alone.
func WithoutIdempotence(properties map[string]string) map[string]string {
	p := maps.Clone(properties)
	p["enable.idempotence"] = "false"
	if _, given := p["max.in.flight.requests.per.connection"]; !given {
		p["max.in.flight.requests.per.connection"] = "1"
	}
	return p
}

// OpenProducer builds a producer as NewProducer does and asks the cluster for its producer id. Where the cluster refuses that
// right and neither enable.idempotence nor transactional.id was set, it falls back to a producer without idempotence. It blocks
// until a broker answers or ctx ends; any other error than a refusal is left to the first record, as with NewProducer.
func (e *Environment) OpenProducer(ctx context.Context, source string, properties map[string]string, options ...kgo.Opt) (*kgo.Client, error) {
	client, err := e.NewProducer(ctx, source, properties, options...)
	if err != nil {
		return nil, err
	}
	_, asked := properties["enable.idempotence"]
	if asked || properties["transactional.id"] != "" {
		return client, nil
	}
	if _, _, err := client.ProducerID(ctx); !IdempotenceRefused(err) {
		return client, nil
	}
	client.Close()
	e.Reporter.report(Notice{source, "enable.idempotence", Adjusted, "the cluster refuses idempotent writes, so the producer goes without"})
	return e.NewProducer(ctx, source, WithoutIdempotence(properties), options...)
}
