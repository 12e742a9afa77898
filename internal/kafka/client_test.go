package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func cluster(t *testing.T, options ...kfake.Opt) string {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	_, port, err := net.SplitHostPort(c.ListenAddrs()[0])
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("localhost", port)
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestProduceAndConsume(t *testing.T) {
	t.Parallel()
	servers := cluster(t, kfake.SeedTopics(3, "t"))
	ctx := within(t)
	env := &Environment{}
	producer, err := env.NewProducer(ctx, "producer", map[string]string{"bootstrap.servers": servers})
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	for _, r := range []*kgo.Record{
		{Topic: "t", Partition: 2, Key: []byte("a"), Value: []byte("explicit")},
		{Topic: "t", Partition: AnyPartition, Key: []byte("21"), Value: []byte("keyed")},
		{Topic: "t", Partition: AnyPartition, Value: []byte("any")},
	} {
		if err := producer.ProduceSync(ctx, r).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if string(r.Value) == "explicit" && r.Partition != 2 {
			t.Errorf("explicit partition became %d", r.Partition)
		}
		if string(r.Value) == "keyed" && r.Partition != 0 { // murmur2("21") is -973932308 (Java's UtilsTest), masked and modulo 3
			t.Errorf("keyed record went to partition %d", r.Partition)
		}
	}
	consumer, err := env.NewConsumer(ctx, "consumer", map[string]string{"bootstrap.servers": servers, "group.id": "g", "auto.offset.reset": "earliest"}, kgo.ConsumeTopics("t"))
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close()
	for n := 0; n < 3; {
		f := consumer.PollFetches(ctx)
		if err := f.Err(); err != nil {
			t.Fatal(err)
		}
		n += f.NumRecords()
	}
	if err := consumer.CommitUncommittedOffsets(ctx); err != nil {
		t.Fatal(err)
	}

	admin, err := env.NewAdmin(ctx, "admin", map[string]string{"bootstrap.servers": servers})
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if err := admin.AlterGroupOffsets(ctx, "g", map[Partition]int64{{"t", 2}: 0}); !errors.Is(err, ErrGroupInUse) {
		t.Errorf("alter with members: %v", err)
	}
	if err := admin.DeleteGroup(ctx, "g"); !errors.Is(err, ErrGroupInUse) {
		t.Errorf("delete with members: %v", err)
	}
	if err := admin.DeleteGroupOffsets(ctx, "g", []Partition{{"t", 2}}); !errors.Is(err, ErrGroupInUse) {
		t.Errorf("delete offsets with members: %v", err)
	}
	consumer.Close()
	if err := admin.AlterGroupOffsets(ctx, "g", map[Partition]int64{{"t", 2}: 0}); err != nil {
		t.Error(err)
	}
	offsets, err := admin.GroupOffsets(ctx, "g")
	if at, ok := offsets[Partition{"t", 2}]; err != nil || !ok || at != 0 {
		t.Errorf("offsets %v, %v", offsets, err)
	}
	if err := admin.DeleteGroupOffsets(ctx, "g", []Partition{{"t", 2}}); err != nil {
		t.Error(err)
	}
	if err := admin.DeleteGroup(ctx, "g"); err != nil {
		t.Error(err)
	}
	if err := admin.DeleteGroup(ctx, "g"); err != nil {
		t.Errorf("a second time: %v", err)
	}
	if err := admin.DeleteGroupOffsets(ctx, "g", []Partition{{"t", 2}}); err != nil {
		t.Errorf("of a group that is gone: %v", err)
	}
	if offsets, err := admin.GroupOffsets(ctx, "g"); err != nil || len(offsets) != 0 {
		t.Errorf("offsets %v, %v", offsets, err)
	}
}

func TestAdminTopics(t *testing.T) {
	t.Parallel()
	servers := cluster(t, kfake.ClusterID("the-cluster"), kfake.SeedTopics(2, "seeded"))
	ctx := within(t)
	admin, err := (&Environment{}).NewAdmin(ctx, "admin", map[string]string{"bootstrap.servers": servers})
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if id, err := admin.ClusterID(ctx); err != nil || id != "the-cluster" {
		t.Errorf("cluster id %q, %v", id, err)
	}
	topic := NewTopic{Name: "c", Partitions: 3, ReplicationFactor: 1, Configs: map[string]string{"cleanup.policy": "compact"}}
	for _, want := range []TopicOutcome{TopicCreated, TopicExisted} {
		if got, err := admin.EnsureTopic(ctx, topic); err != nil || got != want {
			t.Errorf("outcome %v, %v", got, err)
		}
	}
	found, err := admin.DescribeTopics(ctx, "c", "nope")
	if err != nil || len(found) != 1 || len(found["c"].Partitions) != 3 || found["c"].ReplicationFactor != 1 {
		t.Errorf("described %+v, %v", found, err)
	}
	if checked, err := admin.RequireCompacted(ctx, "c", "config.storage.topic", "connector configurations"); !checked || err != nil {
		t.Errorf("compacted: %v, %v", checked, err)
	}
	_, err = admin.RequireCompacted(ctx, "seeded", "config.storage.topic", "connector configurations")
	if err == nil || !strings.HasPrefix(err.Error(), "Topic 'seeded' supplied via the 'config.storage.topic' property is required to have 'cleanup.policy=compact' to guarantee consistency and durability of connector configurations, but found the topic currently has 'cleanup.policy=delete'.") {
		t.Errorf("not compacted: %v", err)
	}
	if checked, err := admin.RequireCompacted(ctx, "nope", "p", "q"); checked || err != nil {
		t.Errorf("missing topic: %v, %v", checked, err)
	}
	if ends, err := admin.EndOffsets(ctx, "c", true); err != nil || len(ends) != 3 {
		t.Errorf("ends %v, %v", ends, err)
	}
}

func jaas(class, user, password string) string {
	return "org.apache.kafka.common.security." + class + ` required username="` + user + `" password="` + password + `";`
}

func TestLogins(t *testing.T) {
	t.Parallel()
	authority := newAuthority(t)
	broker := authority.issue(t, "localhost", "localhost")
	servers := cluster(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "plain", "pw"), kfake.Superuser("SCRAM-SHA-256", "scram", "pw"), kfake.Superuser("SCRAM-SHA-512", "scram", "pw5"),
		kfake.TLS(&tls.Config{Certificates: []tls.Certificate{broker}}))
	tests := []struct {
		name, mechanism, module, user, password string
		fails                                   bool
	}{
		{"plain", "PLAIN", "plain.PlainLoginModule", "plain", "pw", false},
		{"scram 256", "SCRAM-SHA-256", "scram.ScramLoginModule", "scram", "pw", false},
		{"scram 512", "SCRAM-SHA-512", "scram.ScramLoginModule", "scram", "pw5", false},
		{"either module", "SCRAM-SHA-512", "plain.PlainLoginModule", "scram", "pw5", false},
		{"plain wrong", "PLAIN", "plain.PlainLoginModule", "plain", "s3cret", true},
		{"scram wrong", "SCRAM-SHA-256", "scram.ScramLoginModule", "scram", "s3cret", true},
		{"wrong user", "SCRAM-SHA-512", "scram.ScramLoginModule", "nobody", "s3cret", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx := within(t)
			props := map[string]string{
				"bootstrap.servers": servers, "security.protocol": "SASL_SSL", "sasl.mechanism": test.mechanism,
				"sasl.jaas.config":    jaas(test.module, test.user, test.password),
				"ssl.truststore.type": "PEM", "ssl.truststore.certificates": authority.pem(),
			}
			if test.fails { // a closed connection is tried again until the time is over
				props = with(props, "default.api.timeout.ms", "3000", "request.timeout.ms", "1000", "retries", "2")
			}
			admin, err := (&Environment{}).NewAdmin(ctx, "admin", props)
			if err != nil {
				t.Fatal(err)
			}
			defer admin.Close()
			_, err = admin.ClusterID(ctx)
			switch {
			case !test.fails && err != nil:
				t.Error(err)
			case test.fails && err == nil:
				t.Error("login passed") // kfake only closes the connection; the text comes from real brokers
			case err != nil && strings.Contains(err.Error(), "s3cret"):
				t.Errorf("the password is in: %v", err)
			}
		})
	}
}

// A cluster that refuses idempotent writes is written to without.
func TestIdempotenceFallback(t *testing.T) {
	t.Parallel()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.ControlKey(int16(kmsg.InitProducerID), func(request kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		response := request.ResponseKind().(*kmsg.InitProducerIDResponse)
		response.ErrorCode = kerr.ClusterAuthorizationFailed.Code
		return response, nil, true
	})
	ctx := within(t)
	var notices int
	env := &Environment{Reporter: NewReporter(func(Notice) { notices++ })}
	props := map[string]string{"bootstrap.servers": c.ListenAddrs()[0]}
	produce := func(client *kgo.Client, err error) error {
		if err != nil {
			return err
		}
		defer client.Close()
		return client.ProduceSync(ctx, &kgo.Record{Topic: "t", Partition: AnyPartition, Value: []byte("v")}).FirstErr()
	}
	if err := produce(env.OpenProducer(ctx, "p", props)); err != nil || notices != 1 {
		t.Errorf("%v, %d notices", err, notices)
	}
	if err := produce(env.NewProducer(ctx, "p", props)); !IdempotenceRefused(err) {
		t.Errorf("without the fallback: %v", err)
	}
	if err := produce(env.OpenProducer(ctx, "p", with(props, "enable.idempotence", "true"))); !IdempotenceRefused(err) {
		t.Errorf("idempotence asked for: %v", err)
	}
	if err := produce(env.NewProducer(ctx, "p", WithoutIdempotence(props))); err != nil {
		t.Errorf("fallback by the caller: %v", err)
	}
}
