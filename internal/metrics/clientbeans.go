package metrics

import (
	"maps"
	"time"
)

func (c *clientFigures) beans(now time.Time, give func(Bean)) {
	b := Bean{Domain: c.kind.domain(), Type: string(c.kind) + "-metrics", Tags: c.tags()}
	c.network(&b, now)
	consuming := c.consumer.Load()
	switch {
	case c.kind == Producer:
		c.producer(&b, now)
	case consuming != nil:
		consuming.polls(&b, now)
	}
	give(b)
	info := Bean{Domain: c.kind.domain(), Type: "app-info", Tags: c.tags()}
	info.text("version", c.owner.version)
	info.text("commit-id", c.owner.commit)
	info.number("start-time-ms", float64(c.began.UnixMilli()))
	give(info)
	c.mu.Lock()
	nodes, topics := maps.Clone(c.nodes), maps.Clone(c.topics)
	c.mu.Unlock()
	for id, n := range nodes {
		node := Bean{Domain: c.kind.domain(), Type: string(c.kind) + "-node-metrics", Tags: c.tags(nodeTag(id))}
		n.values(&node, now)
		give(node)
	}
	switch c.kind {
	case Producer:
		for name, t := range topics {
			give(t.producerBean(now, c.tags(Tag{"topic", name})))
		}
	case Consumer:
		fetching, grouping := c.fetching(now), c.grouping("kafka.consumer", "consumer-coordinator-metrics", now)
		if consuming != nil {
			consuming.distances(&fetching, now, c.tags(), give)
			consuming.group(&grouping, now)
		}
		give(fetching)
		give(grouping)
		for name, t := range topics {
			give(t.consumerBean(now, c.tags(Tag{"topic", name})))
		}
	case Member:
		give(c.grouping(connectDomain, "connect-coordinator-metrics", now)) // beside what the membership tells, see Group
	}
}

// network gives what every client has (Selector's sensors).
func (c *clientFigures) network(b *Bean, now time.Time) {
	b.number("connection-count", float64(c.connections.Load()))
	b.stats(c.opened.Stats(now), "connection-creation-rate", "connection-creation-total")
	b.stats(c.closed.Stats(now), "connection-close-rate", "connection-close-total")
	b.stats(c.opened.Stats(now), "successful-authentication-rate", "successful-authentication-total")
	b.stats(c.rejected.Stats(now), "failed-authentication-rate", "failed-authentication-total")
	requests, responses := c.out.stats(now), c.in.stats(now)
	b.stats(responses.Stats, "incoming-byte-rate", "incoming-byte-total")
	b.stats(requests.Stats, "outgoing-byte-rate", "outgoing-byte-total")
	b.number("request-rate", requests.events)
	b.number("request-total", requests.count)
	b.number("request-size-avg", requests.Average)
	b.number("request-size-max", requests.Max)
	b.number("response-rate", responses.events)
	b.number("response-total", responses.count)
	b.number("network-io-rate", requests.events+responses.events)
	b.number("network-io-total", requests.count+responses.count)
	io, wait := c.ioTime.Stats(now), c.waitTime.Stats(now)
	b.number("io-time-ns-avg", io.Average)
	b.number("io-time-ns-total", io.Total)
	b.number("io-ratio", io.Rate/float64(time.Second))
	b.number("io-wait-time-ns-avg", wait.Average)
	b.number("io-wait-time-ns-total", wait.Total)
	b.number("io-wait-ratio", wait.Rate/float64(time.Second))
}

func (c *clientFigures) producer(b *Bean, now time.Time) {
	latency, records, batches, ratio, throttled := c.latency.Stats(now), c.records.Stats(now), c.batches.Stats(now), c.ratio.Stats(now), c.throttled.Stats(now)
	b.number("request-latency-avg", latency.Average)
	b.number("request-latency-max", latency.Max)
	b.stats(records, "record-send-rate", "record-send-total")
	b.number("records-per-request-avg", records.Average)
	b.stats(c.errors.Stats(now), "record-error-rate", "record-error-total")
	b.number("batch-size-avg", batches.Average)
	b.number("batch-size-max", batches.Max)
	b.number("compression-rate-avg", ratio.Average)
	b.number("produce-throttle-time-avg", throttled.Average)
	b.number("produce-throttle-time-max", throttled.Max)
}

func (c *clientFigures) fetching(now time.Time) Bean {
	b := Bean{Domain: "kafka.consumer", Type: "consumer-fetch-manager-metrics", Tags: c.tags()}
	latency, batches, throttled := c.latency.Stats(now), c.batches.stats(now), c.throttled.Stats(now)
	b.stats(c.records.Stats(now), "records-consumed-rate", "records-consumed-total")
	b.stats(batches.Stats, "bytes-consumed-rate", "bytes-consumed-total")
	b.number("fetch-rate", batches.events)
	b.number("fetch-total", batches.count)
	b.number("fetch-size-avg", batches.Average)
	b.number("fetch-size-max", batches.Max)
	b.number("fetch-latency-avg", latency.Average)
	b.number("fetch-latency-max", latency.Max)
	b.number("records-per-request-avg", c.records.Stats(now).Average)
	b.number("fetch-throttle-time-avg", throttled.Average)
	b.number("fetch-throttle-time-max", throttled.Max)
	return b
}

// grouping gives what AbstractCoordinator and ConsumerCoordinator have of their requests.
func (c *clientFigures) grouping(domain, kind string, now time.Time) Bean {
	b := Bean{Domain: domain, Type: kind, Tags: c.tags()}
	for _, k := range []struct {
		name    string
		latency string
		sensor  *Sensor
	}{{"commit", "commit-latency", &c.group.commits}, {"heartbeat", "heartbeat-response-time", &c.group.heartbeats}, {"join", "join-time", &c.group.joins}, {"sync", "sync-time", &c.group.syncs}} {
		if c.kind == Member && k.name == "commit" {
			continue
		}
		s := k.sensor.stats(now)
		b.number(k.name+"-rate", s.events)
		b.number(k.name+"-total", s.count)
		b.number(k.latency+"-max", s.Max)
		if k.name != "heartbeat" {
			b.number(k.latency+"-avg", s.Average)
		}
	}
	return b
}

func (n *nodeFigures) values(b *Bean, now time.Time) {
	in, out, latency := n.in.stats(now), n.out.stats(now), n.latency.Stats(now)
	b.stats(in.Stats, "incoming-byte-rate", "incoming-byte-total")
	b.stats(out.Stats, "outgoing-byte-rate", "outgoing-byte-total")
	b.number("request-rate", out.events)
	b.number("request-total", out.count)
	b.number("request-size-avg", out.Average)
	b.number("request-size-max", out.Max)
	b.number("response-rate", in.events)
	b.number("response-total", in.count)
	b.number("request-latency-avg", latency.Average)
	b.number("request-latency-max", latency.Max)
}

func (t *topicFigures) producerBean(now time.Time, tags []Tag) Bean {
	b := Bean{Domain: "kafka.producer", Type: "producer-topic-metrics", Tags: tags}
	b.stats(t.records.Stats(now), "record-send-rate", "record-send-total")
	b.stats(t.bytes.Stats(now), "byte-rate", "byte-total")
	b.stats(t.errors.Stats(now), "record-error-rate", "record-error-total")
	b.number("compression-rate", t.ratio.Stats(now).Average)
	return b
}

func (t *topicFigures) consumerBean(now time.Time, tags []Tag) Bean {
	b := Bean{Domain: "kafka.consumer", Type: "consumer-fetch-manager-metrics", Tags: tags}
	bytes := t.bytes.Stats(now)
	b.stats(t.records.Stats(now), "records-consumed-rate", "records-consumed-total")
	b.stats(bytes, "bytes-consumed-rate", "bytes-consumed-total")
	b.number("fetch-size-avg", bytes.Average)
	b.number("fetch-size-max", bytes.Max)
	b.number("records-per-request-avg", t.records.Stats(now).Average)
	return b
}
