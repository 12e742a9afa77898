package kafka_test

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/test/servers"
)

func changed(props map[string]string, pairs ...string) map[string]string {
	p := maps.Clone(props)
	for i := 0; i < len(pairs); i += 2 {
		p[pairs[i]] = pairs[i+1]
	}
	return p
}

// Every way of logging in to a real broker, with the properties a Java client has.
func TestSecuredBroker(t *testing.T) {
	broker := servers.SecureKafka(t)
	signed := tokens(t, broker, nil)
	ways := map[string]map[string]string{
		"GSSAPI over TLS, keytab":     nil,
		"GSSAPI, ticket cache":        nil,
		"OAUTHBEARER, unsecured":      broker.SASLClient("OAUTHBEARER", "test", false),
		"OAUTHBEARER over TLS":        signed.client,
		"OAUTHBEARER, file":           fileToken(t, signed),
		"OAUTHBEARER, assertion":      assertion(t, signed),
		"SSL, PEM":                    broker.SSLClient("PEM"),
		"SSL, JKS":                    broker.SSLClient("JKS"),
		"SSL, PKCS12":                 broker.SSLClient("PKCS12"),
		"PLAIN over TLS":              broker.SASLClient("PLAIN", "test", true),
		"PLAIN":                       broker.SASLClient("PLAIN", "test", false),
		"SCRAM-SHA-256 over TLS":      broker.SASLClient("SCRAM-SHA-256", "test", true),
		"SCRAM-SHA-512 over TLS":      broker.SASLClient("SCRAM-SHA-512", "test", true),
		"SCRAM-SHA-512":               broker.SASLClient("SCRAM-SHA-512", "test", false),
		"SCRAM-SHA-256, plain module": changed(broker.SASLClient("SCRAM-SHA-256", "test", true), "sasl.jaas.config", `org.apache.kafka.common.security.plain.PlainLoginModule required username="test" password="test";`),
	}
	for name, props := range ways {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			env := &kafka.Environment{SystemProperties: signed.system()}
			if strings.HasPrefix(name, "GSSAPI") {
				kdc := broker.KDC(t)
				env.SystemProperties["java.security.krb5.conf"] = kdc.Config
				props = broker.SASLClient("GSSAPI", "test", true)
				if strings.HasSuffix(name, "cache") {
					cache := filepath.Join(t.TempDir(), "cc")
					kdc.Kinit(t, cache, "10m", "")
					props = changed(broker.SASLClient("GSSAPI", "test", false), "sasl.jaas.config", krb5(`useTicketCache=true ticketCache="`+cache+`"`))
				}
			}
			topic := "test-" + strings.ToLower(strings.NewReplacer(" ", "", ",", "-").Replace(name))
			admin, err := env.NewAdmin(ctx, "admin", props)
			if err != nil {
				t.Fatal(err)
			}
			defer admin.Close()
			if id, err := admin.ClusterID(ctx); err != nil || id == "" {
				t.Fatalf("cluster id %q, %v", id, err)
			}
			if outcome, err := admin.EnsureTopic(ctx, kafka.NewTopic{Name: topic, Partitions: 2, ReplicationFactor: -1, Configs: map[string]string{"cleanup.policy": "compact"}}); err != nil || outcome != kafka.TopicCreated {
				t.Fatalf("create %v, %v", outcome, err)
			}
			if checked, err := admin.RequireCompacted(ctx, topic, "p", "q"); err != nil || !checked {
				t.Errorf("compacted %v, %v", checked, err)
			}
			if outcome, err := admin.EnsureTopic(ctx, kafka.NewTopic{Name: topic, Partitions: 2, ReplicationFactor: -1}); err != nil || outcome != kafka.TopicExisted {
				t.Errorf("create again %v, %v", outcome, err)
			}
			if outcome, err := admin.EnsureTopic(ctx, kafka.NewTopic{Name: "forbidden", Partitions: 1, ReplicationFactor: -1}); err != nil || outcome != kafka.TopicUnknown {
				t.Errorf("create without the right to: %v, %v", outcome, err)
			}
			producer, err := env.OpenProducer(ctx, "producer", props)
			if err != nil {
				t.Fatal(err)
			}
			defer producer.Close()
			if err := producer.ProduceSync(ctx, &kgo.Record{Topic: topic, Partition: kafka.AnyPartition, Key: []byte("k"), Value: []byte("v")}).FirstErr(); err != nil {
				t.Fatal(err)
			}
			consumer, err := env.NewConsumer(ctx, "consumer", changed(props, "group.id", topic, "auto.offset.reset", "earliest"), kgo.ConsumeTopics(topic))
			if err != nil {
				t.Fatal(err)
			}
			defer consumer.Close()
			fetched := consumer.PollFetches(ctx)
			if err := fetched.Err(); err != nil || fetched.NumRecords() != 1 {
				t.Fatalf("%d records, %v", fetched.NumRecords(), err)
			}
			if err := consumer.CommitUncommittedOffsets(ctx); err != nil {
				t.Fatal(err)
			}
			at := fetched.Records()[0]
			p := kafka.Partition{Topic: at.Topic, Partition: at.Partition}
			if err := admin.AlterGroupOffsets(ctx, topic, map[kafka.Partition]int64{p: 0}); !errors.Is(err, kafka.ErrGroupInUse) {
				t.Errorf("alter with members: %v", err)
			}
			if err := admin.DeleteGroupOffsets(ctx, topic, []kafka.Partition{p}); !errors.Is(err, kafka.ErrGroupInUse) {
				t.Errorf("delete offsets with members: %v", err)
			}
			if err := admin.DeleteGroup(ctx, topic); !errors.Is(err, kafka.ErrGroupInUse) {
				t.Errorf("delete with members: %v", err)
			}
			consumer.Close()
			if err := admin.AlterGroupOffsets(ctx, topic, map[kafka.Partition]int64{p: 0}); err != nil {
				t.Error(err)
			}
			if offsets, err := admin.GroupOffsets(ctx, topic); err != nil || len(offsets) != 1 || offsets[p] != 0 {
				t.Errorf("offsets %v, %v", offsets, err)
			}
			if err := admin.DeleteGroupOffsets(ctx, topic, []kafka.Partition{p}); err != nil {
				t.Error(err)
			}
			for range 2 {
				if err := admin.DeleteGroup(ctx, topic); err != nil {
					t.Error(err)
				}
				if err := admin.DeleteGroupOffsets(ctx, topic, []kafka.Partition{p}); err != nil {
					t.Error(err)
				}
			}
			if offsets, err := admin.GroupOffsets(ctx, topic); err != nil || len(offsets) != 0 {
				t.Errorf("offsets of no group %v, %v", offsets, err)
			}
		})
	}
}

// What goes wrong must be named, and must not show passwords.
func TestSecuredBrokerRefuses(t *testing.T) {
	broker := servers.SecureKafka(t)
	const wrong = "hunter2hunter2"
	login := func(mechanism, module string) map[string]string {
		return changed(broker.SASLClient(mechanism, "test", true), "sasl.jaas.config", "org.apache.kafka.common.security."+module+` required username="test" password="`+wrong+`";`)
	}
	scram := broker.SASLClient("SCRAM-SHA-256", "test", true)
	for name, test := range map[string]struct {
		props map[string]string
		want  string
		is    error
	}{
		"PLAIN":                   {login("PLAIN", "plain.PlainLoginModule"), "SASL_AUTHENTICATION_FAILED", kerr.SaslAuthenticationFailed},
		"SCRAM-SHA-256":           {login("SCRAM-SHA-256", "scram.ScramLoginModule"), "SASL_AUTHENTICATION_FAILED", kerr.SaslAuthenticationFailed},
		"SCRAM-SHA-512":           {login("SCRAM-SHA-512", "scram.ScramLoginModule"), "SASL_AUTHENTICATION_FAILED", kerr.SaslAuthenticationFailed},
		"no trust":                {without(scram, "ssl.truststore."), "signed by nobody in the system's certificates (ssl.truststore.location is not set)", nil},
		"TLS on a plaintext port": {changed(broker.SSLClient("PEM"), "bootstrap.servers", broker.SASLPlaintext), "TLS", nil},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			admin, err := (&kafka.Environment{}).NewAdmin(ctx, "admin", changed(test.props, "default.api.timeout.ms", "30000", "retries", "1"))
			if err != nil {
				t.Fatal(err)
			}
			defer admin.Close()
			_, err = admin.ClusterID(ctx)
			if err == nil || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("%v", err)
			}
			if err != nil && strings.Contains(err.Error(), wrong) {
				t.Errorf("the password is in: %v", err)
			}
		})
	}
}

func without(props map[string]string, prefix string) map[string]string {
	p := maps.Clone(props)
	maps.DeleteFunc(p, func(k, _ string) bool { return strings.HasPrefix(k, prefix) })
	return p
}
