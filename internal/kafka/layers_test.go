package kafka

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLayers(t *testing.T) {
	t.Parallel()
	w := Worker{Properties: map[string]string{
		"bootstrap.servers": "b:1", "group.id": "G", "client.id": "cid", "key.converter": "X", "security.protocol": "SSL", "ssl.truststore.location": "/t",
		"producer.linger.ms": "7", "producer.acks": "1", "consumer.max.poll.records": "9", "admin.retries": "4", "admin.security.protocol": "PLAINTEXT",
		"session.timeout.ms": "10001", "metadata.max.age.ms": "5",
	}}
	task := Task{"n", 3}
	connector := map[string]string{"producer.override.linger.ms": "8", "producer.override.client.id": "mine", "consumer.override.group.id": "other", "admin.override.retries": "5"}
	for name, test := range map[string]struct {
		got      Settings
		want     map[string]string
		warnings int
	}{
		"source producer": {w.SourceProducer(task, connector), map[string]string{"bootstrap.servers": "b:1", "acks": "1", "linger.ms": "8", "client.id": "mine", "max.block.ms": "9223372036854775807", "delivery.timeout.ms": "2147483647"}, 0},
		"exactly once": {w.ExactlyOnceProducer(task, map[string]string{"producer.override.enable.idempotence": "false", "producer.override.transactional.id": "x"}), map[string]string{
			"bootstrap.servers": "b:1", "acks": "1", "linger.ms": "7", "client.id": "connector-producer-n-3", "max.block.ms": "9223372036854775807", "delivery.timeout.ms": "2147483647",
			"enable.idempotence": "true", "transactional.id": "G-n-3"}, 2},
		"dead letters":      {w.DeadLetterProducer(task, nil), map[string]string{"bootstrap.servers": "b:1", "acks": "1", "linger.ms": "7", "client.id": "connector-dlq-producer-n-3", "max.block.ms": "9223372036854775807", "delivery.timeout.ms": "2147483647"}, 0},
		"sink consumer":     {w.SinkConsumer(task, nil), map[string]string{"bootstrap.servers": "b:1", "client.id": "connector-consumer-n-3", "group.id": "connect-n", "auto.offset.reset": "earliest", "max.poll.records": "9"}, 0},
		"overridden group":  {w.SinkConsumer(task, connector), map[string]string{"bootstrap.servers": "b:1", "client.id": "connector-consumer-n-3", "group.id": "other", "auto.offset.reset": "earliest", "max.poll.records": "9"}, 0},
		"offsets consumer":  {w.OffsetsConsumer("n", nil, nil, false), map[string]string{"bootstrap.servers": "b:1", "client.id": "connector-consumer-n", "auto.offset.reset": "earliest", "max.poll.records": "9", "isolation.level": "read_committed"}, 0},
		"offsets, forced":   {w.OffsetsConsumer("n", &task, map[string]string{"consumer.override.isolation.level": "read_uncommitted"}, true), map[string]string{"bootstrap.servers": "b:1", "client.id": "connector-consumer-n-3", "auto.offset.reset": "earliest", "max.poll.records": "9", "isolation.level": "read_committed"}, 1},
		"task admin":        {w.TaskAdmin(task, connector), map[string]string{"bootstrap.servers": "b:1", "client.id": "cid", "retries": "5", "security.protocol": "PLAINTEXT", "ssl.truststore.location": "/t", "metadata.max.age.ms": "5"}, 0},
		"internal producer": {w.InternalProducer(Offsets), map[string]string{"bootstrap.servers": "b:1", "client.id": "G-cid-offsets", "acks": "all", "delivery.timeout.ms": "2147483647", "security.protocol": "SSL", "ssl.truststore.location": "/t", "metadata.max.age.ms": "5"}, 0},
		"status producer":   {w.InternalProducer(Statuses), map[string]string{"bootstrap.servers": "b:1", "client.id": "G-cid-statuses", "acks": "all", "retries": "0", "security.protocol": "SSL", "ssl.truststore.location": "/t", "metadata.max.age.ms": "5"}, 0},
		"fencing producer":  {w.FencingProducer(), map[string]string{"bootstrap.servers": "b:1", "client.id": "G-cid-configs-leader", "acks": "all", "delivery.timeout.ms": "2147483647", "enable.idempotence": "true", "transactional.id": "connect-cluster-G", "security.protocol": "SSL", "ssl.truststore.location": "/t", "metadata.max.age.ms": "5"}, 0},
		"internal consumer": {w.InternalConsumer(Configs, true), map[string]string{"bootstrap.servers": "b:1", "client.id": "G-cid-configs", "auto.offset.reset": "earliest", "isolation.level": "read_committed", "security.protocol": "SSL", "ssl.truststore.location": "/t", "metadata.max.age.ms": "5"}, 0},
		"shared admin":      {w.SharedAdmin(), map[string]string{"bootstrap.servers": "b:1", "client.id": "G-cid-shared-admin", "security.protocol": "SSL", "ssl.truststore.location": "/t", "metadata.max.age.ms": "5"}, 0},
		"group member":      {w.GroupMember("h:8083"), map[string]string{"bootstrap.servers": "b:1", "client.id": "cid", "request.timeout.ms": "40000", "security.protocol": "SSL", "ssl.truststore.location": "/t", "metadata.max.age.ms": "5"}, 0},
		"standalone":        {(Worker{}).SharedAdmin(), map[string]string{"bootstrap.servers": "localhost:9092", "client.id": "connect-shared-admin"}, 0},
	} {
		if diff := cmp.Diff(test.want, test.got.Properties); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		if len(test.got.Warnings) != test.warnings {
			t.Errorf("%s: %q", name, test.got.Warnings)
		}
		if _, err := ParseConfig(test.got.Client, test.got.Properties); err != nil && name != "exactly once" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := (Worker{}).GroupMember("h:1").Properties["client.id"]; got != "connect-h:1" {
		t.Error(got)
	}
	if got := w.SinkConsumerGroup("n", connector); got != "other" {
		t.Error(got)
	}
	warning := w.ExactlyOnceProducer(task, map[string]string{"producer.override.enable.idempotence": "false"}).Warnings[0]
	if want := "The value 'false' for the 'enable.idempotence' property will be ignored as it cannot be overridden for connectors when exactly-once source support is enabled. The value 'true' will be used instead."; warning != want {
		t.Errorf("got  %s\nwant %s", warning, want)
	}
	if got := w.SecurityWarnings(); len(got) != 2 || !strings.Contains(got[0], "producer.security.protocol") {
		t.Errorf("%q", got)
	}
	if w.Properties["client.id"] != "cid" || len(connector) != 4 {
		t.Error("the given maps were changed")
	}
}

func TestOverridePolicies(t *testing.T) {
	t.Parallel()
	const java = "org.apache.kafka.connect.connector.policy."
	for class, allowed := range map[string]string{
		"All": "acks linger.ms sasl.jaas.config", java + "AllConnectorClientConfigOverridePolicy": "acks linger.ms sasl.jaas.config",
		"None": "", "NoneConnectorClientConfigOverridePolicy": "", "Principal": "sasl.jaas.config", java + "AllowlistConnectorClientConfigOverridePolicy": "acks",
	} {
		p, ok := NewOverridePolicy(class, []string{"acks"})
		if !ok {
			t.Errorf("%s is not known", class)
			continue
		}
		for _, key := range []string{"acks", "linger.ms", "sasl.jaas.config"} {
			want := ""
			if !strings.Contains(allowed, key) {
				want = "The '" + p.Name() + "' policy does not allow '" + key + "' to be overridden in the connector configuration."
			}
			if got := p.Check(key); got != want {
				t.Errorf("%s: %q", class, got)
			}
		}
	}
	if _, ok := NewOverridePolicy("com.example.Policy", nil); ok {
		t.Error("a foreign class is a policy")
	}
}

func TestKafkaOpts(t *testing.T) {
	t.Parallel()
	got := JavaProperties(`-Xmx1g -Djava.security.auth.login.config="/a b/jaas.conf" '-Dx=y z' -Dflag -De= other`)
	if diff := cmp.Diff(map[string]string{"java.security.auth.login.config": "/a b/jaas.conf", "x": "y z", "flag": "", "e": ""}, got); diff != "" {
		t.Error(diff)
	}
	path := t.TempDir() + "/jaas.conf"
	write(t, path, []byte(`KafkaClient { org.apache.kafka.common.security.plain.PlainLoginModule required username="${who}" password="pw"; }; KafkaConnect { a.B optional file="/f"; };`))
	for _, spelled := range []string{path, "=" + path, "file:" + path, "file://" + path} {
		file, err := LoadJAAS(map[string]string{"java.security.auth.login.config": spelled, "who": "me"})
		if err != nil {
			t.Errorf("%s: %v", spelled, err)
			continue
		}
		if m := file.Entries["KafkaClient"][0]; m.Options["username"] != "me" || file.Entries["KafkaConnect"][0].Flag != "optional" {
			t.Errorf("%s: %+v", spelled, file.Entries)
		}
		env := &Environment{JAAS: file}
		if _, err := env.AdminOptions("test", map[string]string{"bootstrap.servers": "b:1", "security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN"}); err != nil {
			t.Error(err)
		}
	}
	if file, err := LoadJAAS(nil); file != nil || err != nil {
		t.Errorf("%v, %v", file, err)
	}
	if _, err := LoadJAAS(map[string]string{"java.security.auth.login.config": path + ".gone"}); err == nil {
		t.Error("a missing file passed")
	}
	write(t, path, []byte(`KafkaClient { x required password=hun ter2 };`))
	if _, err := LoadJAAS(map[string]string{"java.security.auth.login.config": path}); err == nil || strings.Contains(err.Error(), "ter2") {
		t.Errorf("%v", err)
	}
	if _, err := ParseJAASConfig(`x required password=hun ter2;`); err == nil || strings.Contains(err.Error(), "ter2") {
		t.Errorf("%v", err)
	}
}
