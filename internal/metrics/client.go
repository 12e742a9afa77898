package metrics

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// clientFigures are those of one Kafka client; it is the client's hook, so its methods are called on the client's goroutines.
type clientFigures struct {
	owner       *Clients
	kind        ClientKind
	id          string
	began       time.Time
	connections atomic.Int64

	// opened are connections, of which each was authenticated; rejected those that the broker did not accept.
	opened, closed, rejected, latency Sensor
	// in and out are the bytes of answers and requests, of which they count each, ioTime the time of reading and writing, waitTime that of waiting
	// for an answer, in ns.
	in, out, ioTime, waitTime, throttled Sensor
	// records is what was written to or read from batches, its sum counting records, batches their bytes, ratio how well they were compressed.
	records, batches, ratio Sensor
	errors                  Sensor
	group                   groupFigures
	consumer                atomic.Pointer[Consuming]  // of a consumer in a group
	presents                func() []*x509.Certificate // nil for none

	mu     sync.Mutex
	nodes  map[int32]*nodeFigures
	topics map[string]*topicFigures
}

type nodeFigures struct{ in, out, latency Sensor }

type topicFigures struct{ records, bytes, ratio, errors Sensor }

// groupFigures are of a consumer in its group.
type groupFigures struct{ commits, heartbeats, joins, syncs Sensor }

// OnNewClient begins to show the client's figures.
func (c *clientFigures) OnNewClient(*kgo.Client) {
	c.began, c.nodes, c.topics = time.Now(), map[int32]*nodeFigures{}, map[string]*topicFigures{}
	for _, s := range []*Sensor{&c.opened, &c.closed, &c.rejected, &c.latency, &c.in, &c.out, &c.ioTime, &c.waitTime,
		&c.throttled, &c.records, &c.batches, &c.ratio, &c.errors, &c.group.commits, &c.group.heartbeats, &c.group.joins, &c.group.syncs} {
		s.window = c.owner.window
	}
	c.owner.show(c)
}

func (c *clientFigures) node(id int32) *nodeFigures {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.nodes[id]
	if n == nil {
		n = &nodeFigures{newSensor(c.owner.window), newSensor(c.owner.window), newSensor(c.owner.window)}
		c.nodes[id] = n
	}
	return n
}

// mostTopics bounds the topics of one client that have series of their own; what comes after them shares one, called manyTopics, which no topic can be.
const (
	mostTopics = 100
	manyTopics = "(others)"
)

func (c *clientFigures) topic(name string) *topicFigures {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.topics[name]
	if t == nil {
		if len(c.topics) >= mostTopics {
			name = manyTopics
			if t = c.topics[name]; t != nil {
				return t
			}
		}
		w := c.owner.window
		t = &topicFigures{newSensor(w), newSensor(w), newSensor(w), newSensor(w)}
		c.topics[name] = t
	}
	return t
}

// OnClientClosed hides the client's figures.
func (c *clientFigures) OnClientClosed(*kgo.Client) { c.owner.forget(c) }

// OnBrokerConnect counts connections, and whether the broker accepted the client.
func (c *clientFigures) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	now := time.Now()
	switch {
	case err == nil:
		c.connections.Add(1)
		c.opened.Record(now, 1)
	case errors.Is(err, kerr.SaslAuthenticationFailed), errors.Is(err, kerr.IllegalSaslState), errors.Is(err, kerr.UnsupportedSaslMechanism):
		c.rejected.Record(now, 1)
		c.owner.refused.Add(string(c.kind), bySASL)
	case refusedByTLS(err):
		c.rejected.Record(now, 1)
		c.owner.refused.Add(string(c.kind), byTLS)
	}
}

// What refuses a connection.
const bySASL, byTLS = "sasl", "tls"

// refusedByTLS reports whether one of both sides did not accept the other's certificate, or the protocol.
func refusedByTLS(err error) bool {
	var alert tls.AlertError
	var unverified *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var remote *net.OpError
	return errors.As(err, &alert) || errors.As(err, &unverified) || errors.As(err, &header) || errors.As(err, &unknown) || errors.As(err, &name) ||
		errors.As(err, &invalid) || errors.As(err, &remote) && remote.Op == "remote error"
}

// OnBrokerDisconnect counts the end of a connection.
func (c *clientFigures) OnBrokerDisconnect(kgo.BrokerMetadata, net.Conn) {
	c.connections.Add(-1)
	c.closed.Record(time.Now(), 1)
}

// OnBrokerE2E takes one request with its answer.
func (c *clientFigures) OnBrokerE2E(meta kgo.BrokerMetadata, key int16, e kgo.BrokerE2E) {
	now := time.Now()
	n := c.node(meta.NodeID)
	c.out.Record(now, float64(e.BytesWritten))
	n.out.Record(now, float64(e.BytesWritten))
	c.ioTime.Record(now, float64(e.TimeToWrite+e.TimeToRead))
	if e.Err() != nil {
		return
	}
	took := millis(e.DurationE2E())
	c.in.Record(now, float64(e.BytesRead))
	n.in.Record(now, float64(e.BytesRead))
	c.latency.Record(now, took)
	n.latency.Record(now, took)
	c.waitTime.Record(now, float64(e.ReadWait))
	switch key {
	case int16(kmsg.OffsetCommit):
		c.group.commits.Record(now, took)
	case int16(kmsg.Heartbeat), int16(kmsg.ConsumerGroupHeartbeat):
		c.group.heartbeats.Record(now, took)
		if c.kind == Consumer {
			c.member().beats(now.Add(-e.DurationE2E()))
		}
	case int16(kmsg.JoinGroup):
		c.group.joins.Record(now, took)
		if c.kind == Consumer {
			c.member().joins(now.Add(-e.DurationE2E()))
		}
	case int16(kmsg.SyncGroup):
		c.group.syncs.Record(now, took)
	}
}

// OnBrokerThrottle notes that the broker's quotas slowed the client.
func (c *clientFigures) OnBrokerThrottle(_ kgo.BrokerMetadata, d time.Duration, _ bool) {
	c.throttled.Record(time.Now(), millis(d))
}

// OnProduceBatchWritten counts what a producer sent.
func (c *clientFigures) OnProduceBatchWritten(_ kgo.BrokerMetadata, topic string, _ int32, m kgo.ProduceBatchMetrics) {
	c.batch(topic, m.NumRecords, m.UncompressedBytes, m.CompressedBytes)
}

// OnFetchBatchRead counts what a consumer got.
func (c *clientFigures) OnFetchBatchRead(_ kgo.BrokerMetadata, topic string, _ int32, m kgo.FetchBatchMetrics) {
	c.batch(topic, m.NumRecords, m.UncompressedBytes, m.CompressedBytes)
}

func (c *clientFigures) batch(topic string, records, plain, compressed int) {
	now := time.Now()
	t := c.topic(topic)
	c.records.Record(now, float64(records))
	t.records.Record(now, float64(records))
	c.batches.Record(now, float64(compressed))
	t.bytes.Record(now, float64(compressed))
	if plain > 0 {
		c.ratio.Record(now, float64(compressed)/float64(plain))
		t.ratio.Record(now, float64(compressed)/float64(plain))
	}
}

// OnProduceRecordUnbuffered counts records that could not be produced.
func (c *clientFigures) OnProduceRecordUnbuffered(r *kgo.Record, err error) {
	if err != nil {
		c.errors.Record(time.Now(), 1)
		c.topic(r.Topic).errors.Record(time.Now(), 1)
	}
}

func (c *clientFigures) tags(more ...Tag) []Tag { return append([]Tag{{"client-id", c.id}}, more...) }

func nodeTag(id int32) Tag { return Tag{"node-id", "node-" + strconv.Itoa(int(id))} }
