package metrics

import (
	"reflect"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Consuming are the figures of a consumer in a group that its hooks alone cannot know; who consumes tells them. It is made when there is something to
// note, and the methods of nil do nothing, for clients that nobody counts. It may be used from several goroutines.
type Consuming struct {
	window *Window

	mu sync.Mutex
	// joining is when the rebalance under way began, the zero time while there is none.
	joining, rebalanced, beat   time.Time
	rebalances, latency, failed Sensor
	assigned, revoked, lost     Sensor
	lags, leads                 Sensor
	between, idle               Sensor
	polling                     bool
	polled                      time.Time
	pause                       time.Duration // between the last two polls
	committing                  time.Duration
	partitions                  int
	behind                      map[Partition]*partitionFigures
}

type partitionFigures struct {
	lag, lead   int64
	lags, leads Sensor
}

func newConsuming(w *Window) *Consuming {
	c := &Consuming{window: w}
	for _, s := range []*Sensor{&c.rebalances, &c.latency, &c.failed, &c.assigned, &c.revoked, &c.lost, &c.lags, &c.leads, &c.between, &c.idle} {
		s.window = w
	}
	return c
}

// ConsumingOf returns the figures of a client that Clients.Hook counts, nil for another one.
func ConsumingOf(client *kgo.Client) *Consuming {
	hooks := reflect.ValueOf(client.OptValue(kgo.WithHooks)) // of a type that the client does not export
	if hooks.Kind() != reflect.Slice {
		return nil
	}
	for i := range hooks.Len() {
		if c, ok := hooks.Index(i).Interface().(*clientFigures); ok {
			return c.member()
		}
	}
	return nil
}

// member is made by the first who has something to note.
func (c *clientFigures) member() *Consuming {
	if m := c.consumer.Load(); m != nil {
		return m
	}
	c.consumer.CompareAndSwap(nil, newConsuming(c.owner.window))
	return c.consumer.Load()
}

// joins notes a request to join the group, which begins a rebalance unless one is under way (AbstractCoordinator.initiateJoinGroup).
func (c *Consuming) joins(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.joining.IsZero() {
		c.joining = at
	}
}

func (c *Consuming) beats(at time.Time) {
	c.mu.Lock()
	c.beat = at
	c.mu.Unlock()
}

// Rebalanced notes that the consumer has got its assignment, be it the one that it had.
func (c *Consuming) Rebalanced(now time.Time) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rebalances.Record(now, 1)
	if !c.joining.IsZero() {
		c.latency.Record(now, millis(now.Sub(c.joining)))
	}
	c.joining, c.rebalanced = time.Time{}, now
}

// Assigned, Revoked and Lost note how long the consumer's owner took to hear that partitions came or went.
func (c *Consuming) Assigned(now time.Time, took time.Duration) {
	if c != nil {
		c.assigned.Record(now, millis(took))
	}
}

// Revoked is Assigned for partitions that were taken away.
func (c *Consuming) Revoked(now time.Time, took time.Duration) {
	if c != nil {
		c.revoked.Record(now, millis(took))
	}
}

// Lost is Assigned for partitions that another member may have already.
func (c *Consuming) Lost(now time.Time, took time.Duration) {
	if c != nil {
		c.lost.Record(now, millis(took))
	}
}

// Holds notes how many partitions the consumer has.
func (c *Consuming) Holds(partitions int) {
	if c != nil {
		c.mu.Lock()
		c.partitions = partitions
		c.mu.Unlock()
	}
}

// Fetched notes how far the consumer is from the end and from the beginning of a partition.
func (c *Consuming) Fetched(now time.Time, p Partition, lag, lead int64) {
	if c == nil {
		return
	}
	lag, lead = max(lag, 0), max(lead, 0)
	c.lags.Record(now, float64(lag))
	c.leads.Record(now, float64(lead))
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.behind[p]
	if f == nil {
		if len(c.behind) >= mostLagSeries {
			return
		}
		if c.behind == nil {
			c.behind = map[Partition]*partitionFigures{}
		}
		f = &partitionFigures{lags: newSensor(c.window), leads: newSensor(c.window)}
		c.behind[p] = f
	}
	f.lag, f.lead = lag, lead
	f.lags.Record(now, float64(lag))
	f.leads.Record(now, float64(lead))
}

// Gone forgets a partition.
func (c *Consuming) Gone(p Partition) {
	if c != nil {
		c.mu.Lock()
		delete(c.behind, p)
		c.mu.Unlock()
	}
}

// Polls and Polled note the beginning and the end of a poll (KafkaConsumerMetrics).
func (c *Consuming) Polls(now time.Time) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pause = 0
	if !c.polled.IsZero() {
		c.pause = now.Sub(c.polled)
	}
	c.between.Record(now, millis(c.pause))
	c.polled, c.polling = now, true
}

// Polled notes the end of a poll.
func (c *Consuming) Polled(now time.Time) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.polling = false
	if took := now.Sub(c.polled); took+c.pause > 0 {
		c.idle.Record(now, float64(took)/float64(took+c.pause))
	}
}

// CommitSynced notes how long the consumer's owner waited for a commit.
func (c *Consuming) CommitSynced(took time.Duration) {
	if c != nil {
		c.mu.Lock()
		c.committing += took
		c.mu.Unlock()
	}
}

// polls gives what KafkaConsumerMetrics has. A poll lasts here until there are records: while it does, it is no time ago.
func (c *Consuming) polls(b *Bean, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := ago(now, c.polled)
	if c.polling {
		last = 0
	}
	between := c.between.Stats(now)
	b.number("last-poll-seconds-ago", last)
	b.number("time-between-poll-avg", between.Average)
	b.number("time-between-poll-max", between.Max)
	b.number("poll-idle-ratio-avg", c.idle.Stats(now).Average)
	b.number("commit-sync-time-ns-total", float64(c.committing))
}

// group gives what AbstractCoordinator and ConsumerCoordinator have beside requests.
func (c *Consuming) group(b *Bean, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rebalances, latency, failed := c.rebalances.stats(now), c.latency.Stats(now), c.failed.stats(now)
	b.number("rebalance-total", rebalances.count)
	b.number("rebalance-rate-per-hour", rebalances.events*3600)
	b.number("rebalance-latency-total", latency.Total)
	b.number("rebalance-latency-avg", latency.Average)
	b.number("rebalance-latency-max", latency.Max)
	b.number("failed-rebalance-total", failed.count)
	b.number("failed-rebalance-rate-per-hour", failed.events*3600)
	b.number("last-rebalance-seconds-ago", ago(now, c.rebalanced))
	b.number("last-heartbeat-seconds-ago", ago(now, c.beat))
	b.number("assigned-partitions", float64(c.partitions))
	for _, k := range []struct {
		name   string
		sensor *Sensor
	}{{"assigned", &c.assigned}, {"revoked", &c.revoked}, {"lost", &c.lost}} {
		s := k.sensor.Stats(now)
		b.number("partition-"+k.name+"-latency-avg", s.Average)
		b.number("partition-"+k.name+"-latency-max", s.Max)
	}
}

// distances gives how far the consumer is from the ends of what it reads.
func (c *Consuming) distances(b *Bean, now time.Time, tags []Tag, give func(Bean)) {
	b.number("records-lag-max", c.lags.Stats(now).Max)
	b.number("records-lead-min", c.leads.Stats(now).Min)
	c.mu.Lock()
	defer c.mu.Unlock()
	for p, f := range c.behind {
		each := Bean{Domain: b.Domain, Type: b.Type, Tags: append(tags[:len(tags):len(tags)], Tag{"topic", p.Topic}, Tag{"partition", strconv.Itoa(int(p.Partition))})}
		lags, leads := f.lags.Stats(now), f.leads.Stats(now)
		each.number("records-lag", float64(f.lag))
		each.number("records-lag-avg", lags.Average)
		each.number("records-lag-max", lags.Max)
		each.number("records-lead", float64(f.lead))
		each.number("records-lead-avg", leads.Average)
		each.number("records-lead-min", leads.Min)
		give(each)
	}
}

// OnGroupManageError counts what threw the consumer out of its group.
func (c *clientFigures) OnGroupManageError(error) {
	if c.kind == Consumer {
		c.member().failed.Record(time.Now(), 1)
	}
}
