package devbroker

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestCut(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	ago := func(s int) time.Time { return now.Add(-time.Duration(s) * time.Second) }
	segments := []segment{{0, 100, 10, ago(50)}, {10, 100, 20, ago(5)}, {20, 100, 30, ago(40)}, {30, 50, 40, ago(1)}}
	for _, c := range []struct {
		name        string
		age         time.Duration
		bytes       int64
		stable, end int64
		want        int64
	}{
		{"keeps all", -1, -1, 40, 40, -1},
		{"the oldest is too old, a younger one stops", 10 * time.Second, -1, 40, 40, 10},
		{"all are too old", time.Millisecond, -1, 40, 40, 40},
		{"none is too old", time.Minute, -1, 40, 40, -1},
		{"size", -1, 250, 40, 40, 10},
		{"size needs the part", -1, 251, 40, 40, -1},
		{"no size", -1, 0, 40, 40, 40},
		{"an open transaction stays", time.Millisecond, -1, 15, 40, 10},
		{"the last segment has grown", time.Millisecond, -1, 45, 45, 30},
	} {
		l := &segmentLog{segments: segments}
		if got := l.cut(now, retention{c.age, c.bytes}, c.stable, c.end); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// fill writes records of 100 kB that are ages old, in several segments.
func fill(t *testing.T, addr, topic string, ages ...time.Duration) {
	t.Helper()
	c := client(t, addr, kgo.ProducerBatchCompression(kgo.NoCompression()))
	for _, age := range ages {
		r := &kgo.Record{Topic: topic, Key: []byte("k"), Value: make([]byte, 100_000), Timestamp: time.Now().Add(-age)}
		must(t, c.ProduceSync(t.Context(), r).FirstErr())
	}
}

func repeat(n int, age time.Duration) []time.Duration {
	out := make([]time.Duration, n)
	for i := range out {
		out[i] = age
	}
	return out
}

func TestRetention(t *testing.T) {
	dir := t.TempDir()
	b := start(t, Config{Dir: dir, RetentionInterval: time.Hour, RetentionBytes: 3 << 20})
	a := admin(t, b.Addr())
	const day = 24 * time.Hour
	mib := kmsg.StringPtr("1048576")
	for i, topic := range []struct {
		name    string
		configs map[string]*string
		ages    []time.Duration
		start   int64 // the log start offset after retention; a segment takes eleven records
	}{
		{"old", map[string]*string{}, append(repeat(15, 8*day), repeat(3, 0)...), 11},
		{"one old record among new ones", map[string]*string{}, append(repeat(14, 0), append(repeat(1, 300*day), repeat(10, 0)...)...), 0},
		{"large", map[string]*string{}, repeat(60, 0), 22},
		{"kept for ever", map[string]*string{"retention.ms": kmsg.StringPtr("-1"), "retention.bytes": kmsg.StringPtr("-1")}, repeat(60, 300*day), 0},
		{"all old", map[string]*string{}, repeat(15, 8*day), 15},
		{"compacted", map[string]*string{"cleanup.policy": kmsg.StringPtr("compact")}, repeat(15, 300*day), 0},
		{"compacted by force", map[string]*string{"cleanup.policy": kmsg.StringPtr("compact"), "retention.ms": kmsg.StringPtr("1"), "retention.bytes": kmsg.StringPtr("0")}, repeat(15, 300*day), 0},
		{"both", map[string]*string{"cleanup.policy": kmsg.StringPtr("compact,delete")}, repeat(15, 300*day), 15},
		{"no policy", map[string]*string{"cleanup.policy": kmsg.StringPtr("")}, repeat(15, 300*day), 0},
	} {
		t.Run(topic.name, func(t *testing.T) {
			name := fmt.Sprintf("t%d", i)
			topic.configs["segment.bytes"] = mib
			_, err := a.CreateTopic(t.Context(), 1, 1, topic.configs, name)
			must(t, err)
			fill(t, b.Addr(), name, topic.ages...)
			b.retain(time.Now(), make(logSet))
			info := b.Cluster().PartitionInfo(name, 0)
			if info.LogStartOffset != topic.start || info.HighWatermark != int64(len(topic.ages)) {
				t.Errorf("log from %d to %d, want from %d", info.LogStartOffset, info.HighWatermark, topic.start)
			}
		})
	}
}

func TestRetentionTicks(t *testing.T) {
	b := start(t, Config{Dir: t.TempDir(), RetentionInterval: 10 * time.Millisecond})
	_, err := admin(t, b.Addr()).CreateTopic(t.Context(), 1, 1, nil, "t")
	must(t, err)
	fill(t, b.Addr(), "t", repeat(3, 300*24*time.Hour)...)
	for deadline := time.Now().Add(2 * time.Minute); b.Cluster().PartitionInfo("t", 0).LogStartOffset != 3; {
		if time.Now().After(deadline) {
			t.Fatal("nothing was deleted")
		}
		<-time.After(5 * time.Millisecond)
	}
}

// A topic without records goes on at its next offset, whatever ends the process.
func TestEmptiedTopicKeepsOffsets(t *testing.T) {
	for _, how := range []string{"kill", "close"} {
		t.Run(how, func(t *testing.T) {
			dir := t.TempDir()
			end := func(c *child) {
				if how == "kill" {
					c.kill(t)
				} else {
					c.close(t)
				}
			}
			b := startChild(t, dir)
			c := client(t, b.addr, kgo.AllowAutoTopicCreation())
			produce(t, c, "t", 0, 10)
			deleteRecords(t, b.addr, "t", 10)
			for _, want := range []int64{10, 10} { // it survives a second restart
				end(b)
				b = startChild(t, dir)
				if got := endOffset(t, b.addr, "t"); got != want {
					t.Fatalf("ends at %d, want %d", got, want)
				}
			}
			produce(t, client(t, b.addr), "t", 10, 15)
			end(b)
			b = startChild(t, dir)
			if diff := cmp.Diff(values(10, 15), readAll(t, b.addr, "t")); diff != "" {
				t.Error(diff)
			}
			deleteRecords(t, b.addr, "t", 15)
			produce(t, client(t, b.addr), "t", 15, 16)
			deleteRecords(t, b.addr, "t", -1)
			end(b)
			b = startChild(t, dir)
			if got := endOffset(t, b.addr, "t"); got != 16 {
				t.Errorf("ends at %d, want 16", got)
			}
		})
	}
}

func deleteRecords(t *testing.T, addr, topic string, to int64) {
	t.Helper()
	offsets := make(kadm.Offsets)
	offsets.Add(kadm.Offset{Topic: topic, At: to})
	resp, err := admin(t, addr).DeleteRecords(t.Context(), offsets)
	must(t, err)
	must(t, resp.Error())
}

func endOffset(t *testing.T, addr, topic string) int64 {
	t.Helper()
	ends, err := admin(t, addr).ListEndOffsets(t.Context(), topic)
	must(t, err)
	must(t, ends.Error())
	o, _ := ends.Lookup(topic, 0)
	return o.Offset
}

// A partition directory that no topic owns would become part of a new topic of that name.
func TestOrphanedPartition(t *testing.T) {
	dir := t.TempDir()
	b, err := Start(t.Context(), Config{Dir: dir})
	must(t, err)
	produce(t, client(t, b.Addr(), kgo.AllowAutoTopicCreation()), "t", 0, 5)
	must(t, b.Close())
	must(t, os.Rename(filepath.Join(dir, "partitions", "t-0"), filepath.Join(dir, "partitions", "other-0")))
	b2 := start(t, Config{Dir: dir})
	produce(t, client(t, b2.Addr(), kgo.AllowAutoTopicCreation()), "other", 0, 2)
	if diff := cmp.Diff(values(0, 2), readAll(t, b2.Addr(), "other")); diff != "" {
		t.Error(diff)
	}
	if list, err := filepath.Glob(filepath.Join(dir, "orphans", "other-0.*", "*.dat")); err != nil || len(list) != 1 {
		t.Errorf("set aside: %v %v", list, err)
	}
}
