package kafka

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// consumer adds the options of consumers, with or without a group.
func (b *builder) consumer() error {
	c := b.config
	if err := b.group(); err != nil {
		return err
	}
	b.offsetReset()
	b.fetch()
	if c.text("isolation.level") == "read_committed" {
		b.add(kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	}
	if !c.flag("check.crcs") {
		b.add(kgo.DisableFetchCRCValidation())
	}
	if c.flag("allow.auto.create.topics") {
		b.add(kgo.AllowAutoTopicCreation())
	}
	if rack := c.text("client.rack"); rack != "" {
		b.add(kgo.Rack(rack))
	}
	// Java retries calls until default.api.timeout.ms is over; group calls are bounded by the session.
	api, session := c.millis("default.api.timeout.ms"), c.millis("session.timeout.ms")
	b.add(kgo.RequestRetries(math.MaxInt32), kgo.RetryTimeoutFn(func(request int16) time.Duration {
		switch kmsg.Key(request) {
		case kmsg.JoinGroup, kmsg.SyncGroup, kmsg.Heartbeat:
			return max(session, time.Millisecond)
		}
		return max(api, time.Millisecond) // 0 would mean endless
	}))
	return nil
}

// group adds membership in a consumer group. Offsets are never committed by the client itself.
func (b *builder) group() error {
	c := b.config
	if c.isNull("group.id") {
		return nil
	}
	b.add(
		kgo.ConsumerGroup(c.text("group.id")),
		kgo.DisableAutoCommit(),
		kgo.RebalanceTimeout(b.within("max.poll.interval.ms", 100*time.Millisecond, endless*time.Millisecond)),
	)
	if id := c.text("group.instance.id"); id != "" {
		b.add(kgo.InstanceID(id))
	}
	if strings.EqualFold(c.text("group.protocol"), "consumer") {
		balancer := kgo.StickyBalancer() // the broker's "uniform" assignor, its default
		switch assignor := c.text("group.remote.assignor"); assignor {
		case "", "uniform":
		case "range":
			balancer = kgo.RangeBalancer()
		default:
			return &ConfigError{"group.remote.assignor", "Configuration group.remote.assignor is not supported: this client can ask for the assignors uniform and range, not for " + assignor + "."}
		}
		b.add(kgo.ServerSideBalancer(), kgo.Balancers(balancer))
		return nil
	}
	balancers, err := c.balancers()
	if err != nil {
		return err
	}
	session := b.within("session.timeout.ms", 100*time.Millisecond, endless*time.Millisecond)
	b.add(kgo.Balancers(balancers...), kgo.SessionTimeout(session), kgo.HeartbeatInterval(max(c.millis("heartbeat.interval.ms"), time.Millisecond)))
	return nil
}

// assignors maps the assignors of Java's client by class name; their names within the group protocol are the same.
var assignors = map[string]func() kgo.GroupBalancer{
	"org.apache.kafka.clients.consumer.RangeAssignor":             kgo.RangeBalancer,
	"org.apache.kafka.clients.consumer.RoundRobinAssignor":        kgo.RoundRobinBalancer,
	"org.apache.kafka.clients.consumer.StickyAssignor":            kgo.StickyBalancer,
	"org.apache.kafka.clients.consumer.CooperativeStickyAssignor": kgo.CooperativeStickyBalancer,
}

// balancers returns the assignors in their order of preference, which Java's default list (range, then cooperative-sticky) relies
// on while a group moves from one to the other.
func (c *Config) balancers() ([]kgo.GroupBalancer, error) {
	const name = "partition.assignment.strategy"
	var balancers []kgo.GroupBalancer
	var seen []string
	for _, class := range c.list(name) {
		class = strings.TrimPrefix(class, "class ")
		if slices.Contains(seen, class) {
			continue
		}
		seen = append(seen, class)
		assignor, known := assignors[class]
		if !known {
			return nil, &ConfigError{name, "Configuration " + name + " is not supported: " + class +
				" is a Java class and Moldau runs without a Java virtual machine. The assignors it has are RangeAssignor, RoundRobinAssignor, StickyAssignor and CooperativeStickyAssignor of org.apache.kafka.clients.consumer."}
		}
		balancers = append(balancers, assignor())
	}
	if len(balancers) == 0 {
		return nil, &ConfigError{name, "Configuration '" + name + "' must not be empty: a member of a group needs an assignor."}
	}
	return balancers, nil
}

func (b *builder) offsetReset() {
	strategy, back, _ := parseOffsetReset(b.config.text("auto.offset.reset"))
	switch strategy {
	case "earliest":
		b.add(kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	case "latest":
		b.add(kgo.ConsumeStartOffset(kgo.NewOffset().AtEnd()), kgo.ConsumeResetOffset(kgo.NewOffset().AtEnd()))
	case "none":
		b.add(kgo.ConsumeStartOffset(kgo.NewOffset().AtCommitted()), kgo.ConsumeResetOffset(kgo.NoResetOffset()))
	case "by_duration":
		// Java counts back from the moment of the reset. For the start that is about now; for a reset much later the client
		// counts from the newest record instead.
		b.add(kgo.ConsumeStartOffset(kgo.NewOffset().AfterMilli(time.Now().Add(-back).UnixMilli())), kgo.ConsumeResetOffset(kgo.LookbackOffset(back)))
	}
}

func (b *builder) fetch() {
	c := b.config
	limits := c.fetchLimits()
	b.add(
		kgo.FetchMaxBytes(int32(limits.Max)),
		kgo.BrokerMaxReadBytes(int32(min(max(2*limits.Max, 100<<20), 1<<30))), // the most that kgo takes
		kgo.FetchMaxPartitionBytes(int32(limits.MaxPartition)),
		kgo.FetchMinBytes(int32(c.number("fetch.min.bytes"))),
		kgo.FetchMaxWait(b.within("fetch.max.wait.ms", 10*time.Millisecond, endless*time.Millisecond)),
	)
}

// FetchLimits are bounds of what a consumer asks a broker for at a time.
type FetchLimits struct {
	// Max and MaxPartition are fetch.max.bytes and max.partition.fetch.bytes as the client takes them, Min is fetch.min.bytes.
	Max, MaxPartition, Min int64
}

func (c *Config) fetchLimits() FetchLimits {
	const largest = 1 << 30 // of kgo, for one response
	return FetchLimits{Max: min(max(c.number("fetch.max.bytes"), 1), largest), MaxPartition: max(c.number("max.partition.fetch.bytes"), 1),
		Min: min(c.number("fetch.min.bytes"), largest)}
}

// ConsumerFetchLimits returns the fetch limits of a consumer's properties.
func ConsumerFetchLimits(properties map[string]string) (FetchLimits, error) {
	c, err := ParseConfig(Consumer, properties)
	if err != nil {
		return FetchLimits{}, err
	}
	return c.fetchLimits(), nil
}

// MaxPollRecords returns max.poll.records of a consumer's properties: how many records one poll hands to the task.
func MaxPollRecords(properties map[string]string) (int, error) {
	c, err := ParseConfig(Consumer, properties)
	if err != nil {
		return 0, err
	}
	return int(c.number("max.poll.records")), nil
}

// admin adds the options of admin clients.
func (b *builder) admin() {
	c := b.config
	b.add(kgo.RequestRetries(int(c.number("retries"))), kgo.RetryTimeout(max(c.millis("default.api.timeout.ms"), time.Millisecond)))
}
