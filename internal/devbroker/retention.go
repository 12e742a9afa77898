package devbroker

import (
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// enforceRetention deletes old segments, on its own goroutine until the broker stops. kfake's own retention is not used: it follows
// the greatest record below an old timestamp, so that one late record took everything before it along, and it runs on topics that
// are only compacted (B1, B7, B8).
func (b *Broker) enforceRetention() {
	ticker := time.NewTicker(b.cfg.RetentionInterval)
	defer ticker.Stop()
	logs := make(logSet)
	for {
		select {
		case <-b.stop:
			return
		case now := <-ticker.C:
			b.retain(now, logs)
		}
	}
}

func (b *Broker) retain(now time.Time, logs logSet) {
	topics, err := readTopics(b.cfg.Dir)
	if err != nil {
		b.cfg.Logger.Warn("embedded broker: retention", "error", err)
		return
	}
	seen := make(map[string]bool)
	for _, t := range topics {
		if !policyOf(t.Configs).delete {
			continue
		}
		for p := range t.Partitions {
			dir := partitionDir(b.cfg.Dir, t.Name, p)
			seen[dir] = true
			if err := b.retainPartition(now, t, p, logs.of(dir)); err != nil {
				b.cfg.Logger.Warn("embedded broker: retention", "topic", t.Name, "partition", p, "error", err)
			}
		}
	}
	for dir := range logs {
		if !seen[dir] {
			delete(logs, dir)
		}
	}
}

func (b *Broker) retainPartition(now time.Time, t storedTopic, partition int32, l *segmentLog) error {
	if err := l.refresh(); err != nil {
		return err
	}
	var err error
	b.admin(func(c *kfake.Cluster) {
		info := c.PartitionInfo(t.Name, partition)
		if info == nil {
			return
		}
		cut := l.cut(now, b.retentionOf(t), info.LastStableOffset, info.HighWatermark)
		if cut <= info.LogStartOffset {
			return
		}
		if cut == info.HighWatermark {
			if err = markEmpty(l.dir, cut, info.Epoch); err != nil {
				return
			}
		}
		err = c.DeleteRecords(t.Name, partition, cut)
	})
	return err
}

// retention is what a topic keeps; a negative value keeps all.
type retention struct {
	age   time.Duration
	bytes int64
}

func (b *Broker) retentionOf(t storedTopic) retention {
	ms := int64(7 * 24 * time.Hour / time.Millisecond) // Kafka's log.retention.hours
	if n, err := strconv.ParseInt(t.Configs["retention.ms"], 10, 64); err == nil {
		ms = n
	}
	r := retention{age: -1, bytes: b.cfg.RetentionBytes}
	if ms >= 0 && ms <= int64(1<<63-1)/int64(time.Millisecond) {
		r.age = time.Duration(ms) * time.Millisecond
	}
	if n, err := strconv.ParseInt(t.Configs["retention.bytes"], 10, 64); err == nil {
		r.bytes = n
	}
	return r
}

// cut is the offset before which everything may go. Whole segments go, the oldest first, as in Kafka: those whose youngest record is
// too old, and those above the size. What an open transaction or a reader of committed records may need stays.
func (l *segmentLog) cut(now time.Time, keep retention, stable, end int64) int64 {
	cut := int64(-1)
	total := int64(0)
	for _, s := range l.segments {
		total += s.size
	}
	for i, s := range l.segments {
		next := end
		if i+1 < len(l.segments) {
			next = l.segments[i+1].base
		}
		tooOld := keep.age >= 0 && now.Sub(s.youngest) > keep.age
		tooMuch := keep.bytes >= 0 && total-s.size >= keep.bytes
		// A segment that grew since it was read may hold younger records.
		if !tooOld && !tooMuch || next > stable || s.next < next {
			break
		}
		cut = next
		total -= s.size
	}
	return cut
}
