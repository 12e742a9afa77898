package devbroker

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func values(from, to int) []string {
	var out []string
	for i := from; i < to; i++ {
		out = append(out, fmt.Sprintf("v%d", i))
	}
	return out
}

func TestSurvivesKill(t *testing.T) {
	dir := t.TempDir()
	b := startChild(t, dir)
	a := admin(t, b.addr)
	ctx := t.Context()
	_, err := a.CreateTopic(ctx, 1, 1, map[string]*string{"cleanup.policy": kmsg.StringPtr("compact"), "max.message.bytes": kmsg.StringPtr("123456")}, "settings")
	must(t, err)
	c := client(t, b.addr, kgo.AllowAutoTopicCreation())
	produce(t, c, "settings", 0, 20)
	produce(t, c, "automatic", 0, 20)
	must(t, a.CommitAllOffsets(ctx, "g", kadm.OffsetsFromRecords(kgo.Record{Topic: "automatic", Partition: 0, Offset: 6})))

	tx := client(t, b.addr, kgo.TransactionalID("tx"), kgo.AllowAutoTopicCreation())
	must(t, tx.BeginTransaction())
	produce(t, tx, "transactional", 0, 5)
	must(t, tx.EndTransaction(ctx, kgo.TryCommit))
	must(t, tx.BeginTransaction())
	produce(t, tx, "transactional", 100, 105) // stays open
	before, err := a.Metadata(ctx)
	must(t, err)
	b.kill(t)

	b = startChild(t, dir)
	for topic, want := range map[string][]string{"settings": values(0, 20), "automatic": values(0, 20)} {
		if diff := cmp.Diff(want, readAll(t, b.addr, topic)); diff != "" {
			t.Errorf("%s: %s", topic, diff)
		}
	}
	a = admin(t, b.addr)
	after, err := a.Metadata(ctx)
	must(t, err)
	if before.Cluster != after.Cluster {
		t.Errorf("cluster id %s became %s", before.Cluster, after.Cluster)
	}
	offsets, err := a.FetchOffsets(ctx, "g")
	must(t, err)
	if o, _ := offsets.Lookup("automatic", 0); o.At != 7 {
		t.Errorf("committed offset %d", o.At)
	}
	rc, err := a.DescribeTopicConfigs(ctx, "settings")
	must(t, err)
	for _, want := range [][2]string{{"cleanup.policy", "compact"}, {"max.message.bytes", "123456"}, {"retention.ms", "-1"}, {"retention.bytes", "-1"}} {
		i := slices.IndexFunc(rc[0].Configs, func(c kadm.Config) bool { return c.Key == want[0] })
		if i < 0 || *rc[0].Configs[i].Value != want[1] {
			t.Errorf("config %s is lost", want[0])
		}
	}
	// The id of the open transaction is usable again, and the producer of then is fenced.
	next := client(t, b.addr, kgo.TransactionalID("tx"))
	must(t, next.BeginTransaction())
	produce(t, next, "transactional", 5, 7)
	must(t, next.EndTransaction(ctx, kgo.TryCommit))
	if diff := cmp.Diff(values(0, 7), readAll(t, b.addr, "transactional")); diff != "" {
		t.Error(diff)
	}
	b.close(t)
	b = startChild(t, dir)
	if diff := cmp.Diff(values(0, 7), readAll(t, b.addr, "transactional")); diff != "" {
		t.Error("after a clean stop: ", diff)
	}
}

// A producer may outlive its broker. After a clean stop, a start, more records and a kill -9, the sequence windows of the clean stop
// would refuse it.
func TestProducerOutlivesBroker(t *testing.T) {
	dir := t.TempDir()
	b := startChild(t, dir)
	// The same port for all, or the producer would not find its broker again.
	addr := b.addr
	c := client(t, addr, kgo.AllowAutoTopicCreation())
	produce(t, c, "t", 0, 10)
	b.close(t)
	b = startChild(t, dir, addr)
	produce(t, c, "t", 10, 20)
	b.kill(t)
	startChild(t, dir, addr)
	produce(t, c, "t", 20, 30)
	if diff := cmp.Diff(values(0, 30), readAll(t, addr, "t")); diff != "" {
		t.Error(diff)
	}
}

func TestDirectoryInUse(t *testing.T) {
	dir := t.TempDir()
	b := startChild(t, dir)
	_, err := Start(t.Context(), Config{Dir: dir})
	var inUse *DirInUseError
	if !errors.As(err, &inUse) || inUse.PID != b.cmd.Process.Pid || !strings.Contains(err.Error(), "in use by process") {
		t.Fatalf("error %v", err)
	}
	b.kill(t) // the lock goes with the process
	start(t, Config{Dir: dir})
	if _, err := Start(t.Context(), Config{Dir: dir}); !errors.As(err, &inUse) {
		t.Fatalf("error %v", err)
	}
}

func TestPortTaken(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer ln.Close()
	dir := t.TempDir()
	_, err = Start(t.Context(), Config{Dir: dir, Addr: ln.Addr().String()})
	var taken *PortTakenError
	if !errors.As(err, &taken) || ln.Addr().String() != "127.0.0.1:"+taken.Port() {
		t.Fatalf("error %v", err)
	}
	start(t, Config{Dir: dir}) // the directory was released
}

func TestConfigErrors(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no directory": {}, "directory in memory": {Dir: "x", InMemory: true}, "no port": {InMemory: true, Addr: "localhost"},
		"partitions": {InMemory: true, Partitions: -1},
	} {
		if _, err := Start(context.Background(), cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAdvertised(t *testing.T) {
	for _, c := range []struct{ addr, advertised, host string }{
		{"127.0.0.1:0", "", "127.0.0.1"}, {"0.0.0.0:0", "", "localhost"}, {"127.0.0.1:0", "localhost", "localhost"}, {"127.0.0.1:0", "broker.example:9999", "broker.example"},
	} {
		b := start(t, Config{InMemory: true, Addr: c.addr, Advertised: c.advertised})
		host, port, err := net.SplitHostPort(b.Addr())
		must(t, err)
		if host != c.host || port == "0" || strings.HasSuffix(c.advertised, ":9999") != (port == "9999") {
			t.Errorf("%+v: %s", c, b.Addr())
		}
	}
}

func TestClusterID(t *testing.T) {
	b := start(t, Config{InMemory: true})
	meta, err := admin(t, b.Addr()).Metadata(t.Context())
	must(t, err)
	if raw, err := base64.RawURLEncoding.DecodeString(meta.Cluster); err != nil || len(meta.Cluster) != 22 || len(raw) != 16 {
		t.Errorf("cluster id %q: %v", meta.Cluster, err)
	}
	if len(meta.Brokers) != 1 {
		t.Errorf("%d nodes", len(meta.Brokers))
	}
}

func TestAutoCreation(t *testing.T) {
	b := start(t, Config{InMemory: true, Partitions: 3})
	c := client(t, b.Addr(), kgo.AllowAutoTopicCreation())
	produce(t, c, "made", 0, 1)
	if n := len(b.Cluster().PartitionInfos("made")); n != 3 {
		t.Errorf("%d partitions", n)
	}
	if err := c.ProduceSync(t.Context(), &kgo.Record{Topic: "not a name"}).FirstErr(); err == nil {
		t.Error("invalid name was created")
	}
	off := start(t, Config{InMemory: true, NoAutoCreate: true})
	c = client(t, off.Addr(), kgo.AllowAutoTopicCreation(), kgo.UnknownTopicRetries(1))
	if err := c.ProduceSync(t.Context(), &kgo.Record{Topic: "made"}).FirstErr(); err == nil {
		t.Error("created although switched off")
	}
}

func TestSynthetic(t *testing.T) {
	b, err := NewSynthetic(t.Context(), syntheticBatch)
	must(t, err)
	defer b.Close()
	c := client(t, b.Addr(), kgo.AllowAutoTopicCreation(), kgo.ConsumeTopics("t"))
	produce(t, c, "t", 0, 3)
	if n := c.PollFetches(t.Context()).NumRecords(); n == 0 {
		t.Error("nothing to consume")
	}
}
