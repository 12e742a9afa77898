package devbroker

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestNullKeys(t *testing.T) {
	b := start(t, Config{InMemory: true, RefuseNullKeys: true})
	a := admin(t, b.Addr())
	_, err := a.CreateTopic(t.Context(), 1, 1, map[string]*string{"cleanup.policy": kmsg.StringPtr("compact")}, "compacted")
	must(t, err)
	_, err = a.CreateTopic(t.Context(), 1, 1, nil, "plain")
	must(t, err)
	cl := client(t, b.Addr())
	results := cl.ProduceSync(t.Context(), &kgo.Record{Topic: "compacted", Value: []byte("no")}, &kgo.Record{Topic: "plain", Value: []byte("yes")},
		&kgo.Record{Topic: "plain", Key: []byte{}, Value: []byte("yes")})
	for _, r := range results {
		if want := map[string]error{"compacted": kerr.InvalidRecord}[r.Record.Topic]; r.Err != want {
			t.Errorf("%s: %v", r.Record.Topic, r.Err)
		}
	}
	must(t, client(t, b.Addr()).ProduceSync(t.Context(), &kgo.Record{Topic: "compacted", Key: []byte{}}).FirstErr())
	if info := b.Cluster().PartitionInfo("compacted", 0); info.HighWatermark != 1 {
		t.Errorf("%d records", info.HighWatermark)
	}
}
