package store

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/kafka"
)

// TestRecordsGoWhereJavaPutsThem holds the records of internal topics to the partition of their key, where Java's workers write and compact them: in
// any other one an old value of Java's would come to life again.
func TestRecordsGoWhereJavaPutsThem(t *testing.T) {
	c := embedded(t)
	cfg := c.log(kafka.Statuses, 3)
	seen := make(chan *kgo.Record, 8)
	cfg.Record = func(r *kgo.Record) { seen <- &kgo.Record{Key: append([]byte(nil), r.Key...), Partition: r.Partition} }
	log, err := OpenLog(t.Context(), cfg)
	c.must(err)
	defer log.Close()
	// murmur2 of UtilsTest.testMurmur2, masked and modulo 3.
	want := map[string]int32{}
	for key, hash := range map[string]int32{"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536, "abc": 479470107} {
		want[key] = (hash & 0x7fffffff) % 3
	}
	for key := range want {
		c.must(log.SendAll(t.Context(), Record{key, []byte("{}")}))
	}
	for range want {
		r := <-seen
		if r.Partition != want[string(r.Key)] {
			t.Errorf("%s is in partition %d, want %d", r.Key, r.Partition, want[string(r.Key)])
		}
	}
}
