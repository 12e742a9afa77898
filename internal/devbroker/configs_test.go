package devbroker

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/moldau/moldau/test/servers"
)

// creation is a topic to create, and a null value of a config is NULL.
type creation struct {
	name       string
	partitions int32
	replicas   int16
	config     string
	value      string
}

func creations() []creation {
	var list []creation
	for i, kv := range strings.Split(strings.TrimSpace(`
retention.ms=7d|retention.ms=-2|retention.ms=-1|retention.ms= 5 |retention.ms=|retention.ms=NULL|retention.ms=9223372036854775808|retention.ms=1.5
retention.bytes=-5|retention.bytes=x|cleanup.policy=nonsense|cleanup.policy=compact,delete|cleanup.policy=|cleanup.policy=compact,compact
cleanup.policy= compact , delete |cleanup.policy=compact,nonsense|bogus=1|max.message.bytes=3000000000|max.message.bytes=-1|max.message.bytes=+5
segment.bytes=100|segment.bytes=1048576|preallocate=yes|preallocate=TRUE|preallocate= false |min.cleanable.dirty.ratio=2|min.cleanable.dirty.ratio=-0.5
min.cleanable.dirty.ratio=x|min.cleanable.dirty.ratio=1|compression.type=lzo|compression.type=gzip,zstd|compression.type=|message.timestamp.type=logappendtime
message.timestamp.type=LogAppendTime|compression.gzip.level=99|compression.gzip.level=0|compression.gzip.level=-1|compression.zstd.level=99
compression.zstd.level=-200000|compression.lz4.level=0|compression.lz4.level=18|flush.messages=0|flush.ms=-1|segment.ms=0|segment.index.bytes=1
segment.jitter.ms=-1|min.insync.replicas=0|max.compaction.lag.ms=0|min.compaction.lag.ms=-1|local.retention.ms=-3|local.retention.bytes=-3
delete.retention.ms=-1|file.delete.delay.ms=-1|index.interval.bytes=-1|leader.replication.throttled.replicas=x|leader.replication.throttled.replicas=*
leader.replication.throttled.replicas=0:1,1:2|follower.replication.throttled.replicas=0:1,x|message.timestamp.before.max.ms=-1
message.timestamp.after.max.ms=-1|remote.storage.enable=true|remote.storage.enable=false|remote.log.copy.disable=true|internal.segment.bytes=1000
message.format.version=2.0|message.downconversion.enable=true|unclean.leader.election.enable=1`), "|") {
		for j, kv := range strings.Split(kv, "\n") {
			k, v, _ := strings.Cut(kv, "=")
			list = append(list, creation{fmt.Sprintf("devbroker-%d-%d", i, j), 1, 1, k, v})
		}
	}
	for _, name := range []string{"", ".", "..", "a b", "ä", "x/y", strings.Repeat("x", 250)} {
		list = append(list, creation{name: name, partitions: 1, replicas: 1})
	}
	for i, counts := range [][2]int{{0, 1}, {-1, -1}, {-2, 1}, {1, 0}, {1, 2}, {1, -2}, {2000000, 1}} {
		list = append(list, creation{name: fmt.Sprintf("devbroker-counts-%d", i), partitions: int32(counts[0]), replicas: int16(counts[1])})
	}
	return list
}

// outcome is what a client sees of a creation, on one line.
func (c creation) outcome(t *testing.T, cl *kgo.Client) string {
	t.Helper()
	req := kmsg.NewPtrCreateTopicsRequest()
	req.TimeoutMillis = 10000
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = c.name, c.partitions, c.replicas
	if c.config != "" {
		cfg := kmsg.NewCreateTopicsRequestTopicConfig()
		cfg.Name = c.config
		if c.value != "NULL" {
			cfg.Value = &c.value
		}
		topic.Configs = append(topic.Configs, cfg)
	}
	req.Topics = append(req.Topics, topic)
	resp, err := req.RequestWith(t.Context(), cl)
	must(t, err)
	if len(resp.Topics) != 1 {
		t.Fatalf("%d topics answered", len(resp.Topics))
	}
	rt := resp.Topics[0]
	message := ""
	if rt.ErrorMessage != nil {
		message = *rt.ErrorMessage
	}
	code := "ok"
	if err := kerr.ErrorForCode(rt.ErrorCode); err != nil {
		code = kerr.TypedErrorForCode(rt.ErrorCode).Message
	} else {
		_, err = kadm.NewClient(cl).DeleteTopic(t.Context(), c.name)
		must(t, err)
	}
	return fmt.Sprintf("%.20s\t%d\t%d\t%s\t%s\t%s\t%s\t%d\t%d", c.name, c.partitions, c.replicas, c.config, c.value, code, message, rt.NumPartitions, rt.ReplicationFactor)
}

// outcomesFile was recorded from Apache Kafka 4.3.1 by TestCreationsOfKafka with MOLDAU_RECORD=1.
const outcomesFile = "testdata/create_topics.tsv"

func TestCreations(t *testing.T) {
	want, err := os.ReadFile(outcomesFile)
	must(t, err)
	b := start(t, Config{InMemory: true})
	if diff := cmp.Diff(strings.Split(string(want), "\n"), outcomes(t, b.Addr())); diff != "" {
		t.Error(diff)
	}
}

func TestCreationsOfKafka(t *testing.T) {
	got := outcomes(t, servers.Kafka(t).Bootstrap())
	if os.Getenv("MOLDAU_RECORD") == "1" {
		must(t, os.WriteFile(outcomesFile, []byte(strings.Join(got, "\n")), 0o644))
		return
	}
	want, err := os.ReadFile(outcomesFile)
	must(t, err)
	if diff := cmp.Diff(strings.Split(string(want), "\n"), got); diff != "" {
		t.Error(diff)
	}
}

func outcomes(t *testing.T, addr string) []string {
	t.Helper()
	cl := client(t, addr)
	var out []string
	for _, c := range creations() {
		out = append(out, c.outcome(t, cl))
	}
	return out
}

func TestCreationConfigs(t *testing.T) {
	b := start(t, Config{InMemory: true, RetentionBytes: 4096})
	req := kmsg.NewPtrCreateTopicsRequest()
	for _, name := range []string{"plain", "bad name", "compacted"} {
		topic := kmsg.NewCreateTopicsRequestTopic()
		topic.Topic, topic.NumPartitions, topic.ReplicationFactor = name, 2, 1
		if name == "compacted" {
			topic.Configs = []kmsg.CreateTopicsRequestTopicConfig{{Name: "cleanup.policy", Value: kmsg.StringPtr(" compact ")}}
		}
		req.Topics = append(req.Topics, topic)
	}
	resp, err := req.RequestWith(t.Context(), client(t, b.Addr()))
	must(t, err)
	got := make(map[string]map[string]string)
	for _, topic := range resp.Topics {
		if topic.Configs == nil {
			t.Errorf("%s: null configs", topic.Topic)
		}
		got[topic.Topic] = make(map[string]string)
		for _, c := range topic.Configs {
			got[topic.Topic][c.Name] = fmt.Sprintf("%s %d", *c.Value, c.Source)
		}
	}
	if len(got["bad name"]) != 0 || len(got["plain"]) != 33 || got["plain"]["retention.bytes"] != "4096 4" || got["plain"]["retention.ms"] != "604800000 5" {
		t.Error(got)
	}
	for _, want := range [][2]string{{"cleanup.policy", "compact 1"}, {"retention.ms", "-1 1"}, {"retention.bytes", "-1 1"}} {
		if got["compacted"][want[0]] != want[1] {
			t.Errorf("compacted: %s is %s", want[0], got["compacted"][want[0]])
		}
	}
}

func alter(t *testing.T, cl *kgo.Client, typ kmsg.ConfigResourceType, resource string, op kmsg.IncrementalAlterConfigOp, name, value string) string {
	t.Helper()
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	cfg := kmsg.IncrementalAlterConfigsRequestResourceConfig{Name: name, Op: op}
	if value != "NULL" {
		cfg.Value = &value
	}
	req.Resources = []kmsg.IncrementalAlterConfigsRequestResource{{ResourceType: typ, ResourceName: resource, Configs: []kmsg.IncrementalAlterConfigsRequestResourceConfig{cfg}}}
	resp, err := req.RequestWith(t.Context(), cl)
	must(t, err)
	r := resp.Resources[0]
	if r.ErrorCode == 0 {
		return ""
	}
	return kerr.TypedErrorForCode(r.ErrorCode).Message + ": " + *r.ErrorMessage
}

// The expected texts are Apache Kafka 4.3.1's, except where they say that a config of this broker is fixed.
func TestAlterConfigs(t *testing.T) {
	const (
		topic, broker          = kmsg.ConfigResourceTypeTopic, kmsg.ConfigResourceTypeBroker
		set, del, app, without = kmsg.IncrementalAlterConfigOpSet, kmsg.IncrementalAlterConfigOpDelete, kmsg.IncrementalAlterConfigOpAppend, kmsg.IncrementalAlterConfigOpSubtract
	)
	b := start(t, Config{Dir: t.TempDir()})
	cl := client(t, b.Addr())
	_, err := kadm.NewClient(cl).CreateTopic(t.Context(), 1, 1, nil, "t")
	must(t, err)
	for _, c := range []struct {
		typ                    kmsg.ConfigResourceType
		resource               string
		op                     kmsg.IncrementalAlterConfigOp
		name, value, want, now string // now is what the topic has set afterwards
	}{
		{topic, "t", set, "retention.ms", "7d", "INVALID_CONFIG: Invalid value 7d for configuration retention.ms: Not a number of type LONG", ""},
		{topic, "t", set, "bogus", "1", "INVALID_CONFIG: Unknown topic config name: bogus", ""},
		{topic, "t", del, "bogus", "NULL", "", ""},
		{topic, "t", set, "retention.ms", "NULL", "INVALID_REQUEST: Null value not supported for : retention.ms", ""},
		{topic, "t", app, "retention.ms", "5", "INVALID_CONFIG: Can't APPEND to key retention.ms because its type is not LIST.", ""},
		{topic, "t", app, "cleanup.policy", "bogus", "INVALID_CONFIG: Invalid value bogus for configuration cleanup.policy: String must be one of: compact, delete", ""},
		{topic, "nosuch", set, "retention.ms", "7", "UNKNOWN_TOPIC_OR_PARTITION: The topic 'nosuch' does not exist.", ""},
		{topic, "nosuch", set, "retention.ms", "7d", "INVALID_CONFIG: Invalid value 7d for configuration retention.ms: Not a number of type LONG", ""},
		{topic, "", set, "retention.ms", "7", "INVALID_REQUEST: Default topic resources are not allowed.", ""},
		{topic, "t", set, "retention.ms", " 7 ", "", "retention.ms=7"},
		{topic, "t", app, "cleanup.policy", "compact", "", "cleanup.policy=delete,compact retention.ms=7"},
		{topic, "t", app, "cleanup.policy", "compact", "", "cleanup.policy=delete,compact retention.ms=7"},
		{topic, "t", without, "cleanup.policy", "delete", "", "cleanup.policy=compact retention.bytes=-1 retention.ms=7"},
		{topic, "t", del, "retention.ms", "NULL", "", "cleanup.policy=compact retention.bytes=-1 retention.ms=-1"},
		{broker, "", set, "log.cleaner.backoff.ms", "1", "INVALID_REQUEST: Cannot update these configs dynamically: [log.cleaner.backoff.ms]", ""},
		{broker, "", del, "log.cleaner.backoff.ms", "NULL", "INVALID_REQUEST: Cannot update these configs dynamically: [log.cleaner.backoff.ms]", ""},
		{broker, "", set, "log.retention.ms", "7d", "INVALID_REQUEST: Invalid value 7d for configuration log.retention.ms: Not a number of type LONG", ""},
		{broker, "", set, "message.max.bytes", "2000000", "", ""},
	} {
		if got := alter(t, cl, c.typ, c.resource, c.op, c.name, c.value); got != c.want {
			t.Errorf("%v %s %s=%s: %s", c.op, c.resource, c.name, c.value, got)
		}
		if c.now != "" && configsOf(b, "t") != c.now {
			t.Errorf("%v %s=%s: topic has %s", c.op, c.name, c.value, configsOf(b, "t"))
		}
	}
	replace := kmsg.NewPtrAlterConfigsRequest()
	value := "compact"
	replace.Resources = []kmsg.AlterConfigsRequestResource{
		{ResourceType: topic, ResourceName: "t", Configs: []kmsg.AlterConfigsRequestResourceConfig{{Name: "cleanup.policy", Value: &value}}},
		{ResourceType: broker}, // replaces all by nothing
		{ResourceType: topic, ResourceName: "bad", Configs: []kmsg.AlterConfigsRequestResourceConfig{{Name: "segment.ms", Value: &value}}},
	}
	resp, err := replace.RequestWith(t.Context(), cl)
	must(t, err)
	for _, r := range resp.Resources {
		if (r.ErrorCode == kerr.InvalidConfig.Code) != (r.ResourceName == "bad") {
			t.Errorf("%s: %d", r.ResourceName, r.ErrorCode)
		}
	}
	if got := configsOf(b, "t"); got != "cleanup.policy=compact retention.bytes=-1 retention.ms=-1" {
		t.Errorf("replaced: %s", got)
	}
	if got := brokerConfig(t, cl, "log.cleaner.backoff.ms"); got != parkedCleaner {
		t.Errorf("cleaner is at %s", got)
	}
}

func configsOf(b *Broker, topic string) string {
	// fmt prints maps in the order of their keys.
	return strings.ReplaceAll(strings.Trim(strings.TrimPrefix(fmt.Sprint(b.topicSet(topic)), "map"), "[]"), ":", "=")
}

func brokerConfig(t *testing.T, cl *kgo.Client, name string) string {
	t.Helper()
	rc, err := kadm.NewClient(cl).DescribeBrokerConfigs(t.Context(), 0)
	must(t, err)
	for _, c := range rc[0].Configs {
		if c.Key == name {
			return *c.Value
		}
	}
	return ""
}

func TestDescribeTopicConfigs(t *testing.T) {
	b := start(t, Config{InMemory: true})
	cl := client(t, b.Addr())
	_, err := kadm.NewClient(cl).CreateTopic(t.Context(), 1, 1, map[string]*string{"segment.bytes": kmsg.StringPtr("2000000")}, "t")
	must(t, err)
	alter(t, cl, kmsg.ConfigResourceTypeBroker, "", kmsg.IncrementalAlterConfigOpSet, "message.max.bytes", "123")
	req := kmsg.NewPtrDescribeConfigsRequest()
	req.IncludeSynonyms = true
	req.Resources = []kmsg.DescribeConfigsRequestResource{{ResourceType: kmsg.ConfigResourceTypeTopic, ResourceName: "t"},
		{ResourceType: kmsg.ConfigResourceTypeTopic, ResourceName: "nosuch"}}
	resp, err := req.RequestWith(t.Context(), cl)
	must(t, err)
	got := make(map[string]string)
	for _, c := range resp.Resources[0].Configs {
		got[c.Name] = fmt.Sprintf("%s %s %s", *c.Value, c.Source, c.ConfigType)
	}
	if len(got) != 33 || resp.Resources[1].ErrorCode != kerr.UnknownTopicOrPartition.Code {
		t.Errorf("%d configs, error %d", len(got), resp.Resources[1].ErrorCode)
	}
	for name, want := range map[string]string{
		"segment.bytes": "2000000 DYNAMIC_TOPIC_CONFIG INT", "max.message.bytes": "123 DYNAMIC_BROKER_CONFIG INT",
		"retention.bytes": "1073741824 STATIC_BROKER_CONFIG LONG", "cleanup.policy": "delete DEFAULT_CONFIG LIST",
	} {
		if got[name] != want {
			t.Errorf("%s: %s", name, got[name])
		}
	}
	req.Resources = req.Resources[:1]
	req.Resources[0].ConfigNames = []string{"max.message.bytes"}
	resp, err = req.RequestWith(t.Context(), cl)
	must(t, err)
	if c := resp.Resources[0].Configs; len(c) != 1 || c[0].Name != "max.message.bytes" {
		t.Error(c)
	}
}

func TestPartitionCounts(t *testing.T) {
	b := start(t, Config{InMemory: true})
	a := admin(t, b.Addr())
	_, err := a.CreateTopic(t.Context(), 2, 1, nil, "t")
	must(t, err)
	for count, want := range map[int]error{2: kerr.InvalidPartitions, 1: kerr.InvalidPartitions, 20000: kerr.PolicyViolation} {
		resp, err := a.UpdatePartitions(t.Context(), count, "t")
		must(t, err)
		if got := resp["t"].Err; got != want {
			t.Errorf("%d: %v", count, got)
		}
	}
	resp, err := a.UpdatePartitions(t.Context(), 4, "t")
	must(t, err)
	must(t, resp.Error())
	if n := len(b.Cluster().PartitionInfos("t")); n != 4 {
		t.Errorf("%d partitions", n)
	}
}
