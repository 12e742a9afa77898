package kafka

import (
	"maps"
	"math"
	"strconv"
	"strings"
)

// InternalTopic is one of the three topics a distributed worker keeps its state in; its text is a part of client ids.
type InternalTopic string

// The internal topics.
const (
	Configs  InternalTopic = "configs"
	Offsets  InternalTopic = "offsets"
	Statuses InternalTopic = "statuses"
)

// clientIDBase is ConnectUtils.clientIdBase.
func (w Worker) clientIDBase() string {
	base, given := w.Properties["group.id"]
	if !given {
		base = "connect"
	}
	if id := w.Properties["client.id"]; strings.TrimSpace(id) != "" {
		base += "-" + id
	}
	return base + "-"
}

// InternalProducer writes one of the internal topics: with the worker's own client properties, in order and for as long as it
// takes. Only statuses are not retried by the client, because their store decides what is still worth writing.
func (w Worker) InternalProducer(topic InternalTopic) Settings {
	p := w.topLevel(Producer)
	p["client.id"] = w.clientIDBase() + string(topic)
	p["acks"] = "all"
	// The worker has no producer settings at the top level, so what these two say of its other clients must not slow this one.
	delete(p, "enable.idempotence")
	delete(p, "max.in.flight.requests.per.connection")
	if topic == Statuses {
		p["retries"] = "0"
	} else {
		p["delivery.timeout.ms"] = strconv.Itoa(math.MaxInt32)
	}
	return Settings{Client: Producer, Source: "producer of the worker", Properties: p}
}

// FencingProducer is the transactional producer with which the leader writes the config topic, where exactly-once support is
// enabled or being prepared.
func (w Worker) FencingProducer() Settings {
	s := w.InternalProducer(Configs)
	maps.Copy(s.Properties, map[string]string{"client.id": w.clientIDBase() + "configs-leader"})
	if set, given := w.Properties["enable.idempotence"]; given {
		s.Properties["enable.idempotence"] = set
	}
	const reason = "for the worker's config topic producer when exactly-once source support is enabled or in preparation to be enabled"
	s.ensure("enable.idempotence", "true", reason, false)
	s.ensure("transactional.id", "connect-cluster-"+w.Properties["group.id"], reason, true)
	return s
}

// InternalConsumer reads one of the internal topics whole, so it belongs to no group. Exactly-once support makes readers of
// configs and offsets see committed records only.
func (w Worker) InternalConsumer(topic InternalTopic, exactlyOnce bool) Settings {
	p := w.topLevel(Consumer)
	for _, name := range []string{"group.id", "group.instance.id", "session.timeout.ms", "heartbeat.interval.ms", "enable.auto.commit"} {
		delete(p, name) // of the worker's group
	}
	p["client.id"] = w.clientIDBase() + string(topic)
	p["auto.offset.reset"] = "earliest"
	s := Settings{Client: Consumer, Source: "consumer of the worker", Properties: p}
	if exactlyOnce && topic != Statuses {
		subject := "config"
		if topic == Offsets {
			subject = "offsets"
		}
		s.ensure("isolation.level", "read_committed", "for the worker"+"'s "+subject+" topic consumer when exactly-once source support is enabled", false)
	}
	return s
}

// SharedAdmin is the admin client of the worker itself.
func (w Worker) SharedAdmin() Settings {
	p := w.topLevel(AdminClient)
	p["client.id"] = w.clientIDBase() + "shared-admin"
	return Settings{Client: AdminClient, Source: "admin client of the worker", Properties: p}
}

// GroupMember are the properties of the client that is the worker's member of its group; worker ids are host:port. The worker
// waits longer for answers than other clients do.
func (w Worker) GroupMember(workerID string) Settings {
	p := w.topLevel(AdminClient)
	if strings.TrimSpace(p["client.id"]) == "" {
		p["client.id"] = "connect-" + workerID
	}
	if _, given := p["request.timeout.ms"]; !given {
		p["request.timeout.ms"] = "40000"
	}
	return Settings{Client: AdminClient, Source: "group member of the worker", Properties: p}
}
