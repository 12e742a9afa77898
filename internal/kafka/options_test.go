package kafka

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

type opts map[string]any

// Properties and the options that must follow from them.
func TestOptions(t *testing.T) {
	t.Parallel()
	const class = "org.apache.kafka.clients.consumer."
	tests := []struct {
		name   string
		client Client
		props  map[string]string
		want   opts
	}{
		{"producer defaults", Producer, nil, opts{
			"RequiredAcks": kgo.AllISRAcks(), "DisableIdempotentWrite": false, "ProducerBatchMaxBytes": int32(1 << 20), "MaxBufferedBytes": int64(32 << 20),
			"MaxBufferedRecords": int64(math.MaxInt), "ProducerLinger": time.Duration(0), "RecordDeliveryTimeout": 2 * time.Minute, "RecordRetries": int64(math.MaxInt64),
			"ProducerBatchCompression": []kgo.CompressionCodec{kgo.NoCompression()}, "UnknownTopicRetries": int64(60), "RequestTimeoutOverhead": 30 * time.Second,
			"ProduceRequestTimeout": 30 * time.Second, "MetadataMaxAge": 5 * time.Minute, "MetadataMinAge": time.Second, "ConnIdleTimeout": 9 * time.Minute,
			"AllowAutoTopicCreation": true, "AllowIdempotentProduceCancellation": true, "TransactionalID": "", "SeedBrokers": []string{"127.0.0.1:1"},
		}},
		{"connect's producer", Producer, (Worker{}).SourceProducer(Task{"c", 0}, nil).Properties, opts{
			"DisableIdempotentWrite": false, "RecordDeliveryTimeout": time.Duration(0), "UnknownTopicRetries": int64(-1), "AllowIdempotentProduceCancellation": false, "ClientID": "connector-producer-c-0",
		}},
		{"not idempotent", Producer, map[string]string{"enable.idempotence": "false"}, opts{"DisableIdempotentWrite": true, "MaxProduceRequestsInflightPerBroker": 1}},
		{"not idempotent, window", Producer, map[string]string{"enable.idempotence": "false", "max.in.flight.requests.per.connection": "4"}, opts{"DisableIdempotentWrite": true, "MaxProduceRequestsInflightPerBroker": 4}},
		{"large window", Producer, map[string]string{"max.in.flight.requests.per.connection": "8"}, opts{"DisableIdempotentWrite": true, "MaxProduceRequestsInflightPerBroker": 8}},
		{"acks 1", Producer, map[string]string{"acks": "1"}, opts{"RequiredAcks": kgo.LeaderAck(), "DisableIdempotentWrite": true}},
		{"acks 0", Producer, map[string]string{"acks": "0"}, opts{"RequiredAcks": kgo.NoAck(), "DisableIdempotentWrite": true}},
		{"sizes", Producer, map[string]string{"batch.size": "2000000", "max.request.size": "1500000", "buffer.memory": "67108864"}, opts{"ProducerBatchMaxBytes": int32(2000000), "MaxBufferedBytes": int64(67108864)}},
		{"small batches", Producer, map[string]string{"batch.size": "16384"}, opts{"ProducerBatchMaxBytes": int32(1 << 20)}},
		{"large records", Producer, map[string]string{"max.request.size": "314572800"}, opts{"ProducerBatchMaxBytes": int32(300 << 20), "BrokerMaxWriteBytes": int32(300 << 20)}},
		{"no memory", Producer, map[string]string{"buffer.memory": "0", "max.request.size": "0"}, opts{"ProducerBatchMaxBytes": int32(512), "MaxBufferedBytes": int64(1)}},
		{"linger", Producer, map[string]string{"linger.ms": "50"}, opts{"ProducerLinger": 50 * time.Millisecond}},
		{"endless linger", Producer, map[string]string{"linger.ms": "90000"}, opts{"ProducerLinger": time.Minute}},
		{"retries", Producer, map[string]string{"retries": "3"}, opts{"RecordRetries": int64(3)}},
		{"transactions", Producer, map[string]string{"transactional.id": "x", "transaction.timeout.ms": "10000"}, opts{"TransactionalID": "x", "TransactionTimeout": 10 * time.Second, "AllowIdempotentProduceCancellation": false, "ClientID": "producer-x"}},
		{"gzip", Producer, map[string]string{"compression.type": "gzip", "compression.gzip.level": "9"}, opts{"ProducerBatchCompression": []kgo.CompressionCodec{kgo.GzipCompression().WithLevel(9)}}},
		{"snappy", Producer, map[string]string{"compression.type": "snappy"}, opts{"ProducerBatchCompression": []kgo.CompressionCodec{kgo.SnappyCompression()}}},
		{"lz4", Producer, map[string]string{"compression.type": "lz4"}, opts{"ProducerBatchCompression": []kgo.CompressionCodec{kgo.Lz4Compression()}}},
		{"lz4 level", Producer, map[string]string{"compression.type": "lz4", "compression.lz4.level": "17"}, opts{"ProducerBatchCompression": []kgo.CompressionCodec{kgo.Lz4Compression().WithLevel(1 << 17)}}},
		{"zstd", Producer, map[string]string{"compression.type": "zstd"}, opts{"ProducerBatchCompression": []kgo.CompressionCodec{kgo.ZstdCompression().WithLevel(2)}}},
		{"zstd level", Producer, map[string]string{"compression.type": "zstd", "compression.zstd.level": "19"}, opts{"ProducerBatchCompression": []kgo.CompressionCodec{kgo.ZstdCompression().WithLevel(4)}}},
		{"extreme times", Producer, map[string]string{"metadata.max.age.ms": "9223372036854775807", "connections.max.idle.ms": "-1", "request.timeout.ms": "1", "delivery.timeout.ms": "6"}, opts{
			"MetadataMaxAge": time.Hour, "ConnIdleTimeout": 15 * time.Minute, "RequestTimeoutOverhead": 100 * time.Millisecond, "RecordDeliveryTimeout": time.Second}},
		{"metadata at once", Producer, map[string]string{"metadata.max.age.ms": "0"}, opts{"MetadataMaxAge": 10 * time.Millisecond, "MetadataMinAge": 10 * time.Millisecond}},

		{"consumer defaults", Consumer, nil, opts{"ConsumerGroup": "", "FetchMaxBytes": int32(50 << 20), "FetchMaxWait": 500 * time.Millisecond, "FetchMinBytes": int32(1), "FetchMaxPartitionBytes": int32(1 << 20),
			"FetchIsolationLevel": 0, "AllowAutoTopicCreation": true, "Rack": "", "DisableFetchCRCValidation": false, "ConsumeResetOffset": kgo.NewOffset().AtEnd()}},
		{"group", Consumer, map[string]string{"group.id": "g", "group.instance.id": "i", "session.timeout.ms": "10000", "heartbeat.interval.ms": "1000", "max.poll.interval.ms": "60000"}, opts{
			"ConsumerGroup": "g", "InstanceID": "i", "SessionTimeout": 10 * time.Second, "HeartbeatInterval": time.Second, "RebalanceTimeout": time.Minute, "DisableAutoCommit": true, "ClientID": "consumer-g-i",
			"Balancers": []string{"range", "cooperative-sticky"}, "ServerSideBalancer": false}},
		{"assignors", Consumer, map[string]string{"group.id": "g", "partition.assignment.strategy": class + "StickyAssignor, " + class + "RoundRobinAssignor"}, opts{"Balancers": []string{"sticky", "roundrobin"}}},
		{"consumer protocol", Consumer, map[string]string{"group.id": "g", "group.protocol": "Consumer", "group.remote.assignor": "range"}, opts{"Balancers": []string{"range"}, "ServerSideBalancer": true}},
		{"fetch", Consumer, map[string]string{"fetch.max.bytes": "104857600", "fetch.min.bytes": "100", "fetch.max.wait.ms": "1", "max.partition.fetch.bytes": "5242880", "client.rack": "r", "isolation.level": "read_committed", "check.crcs": "false", "allow.auto.create.topics": "false"}, opts{
			"FetchMaxBytes": int32(100 << 20), "BrokerMaxReadBytes": int32(200 << 20), "FetchMinBytes": int32(100), "FetchMaxWait": 10 * time.Millisecond, "FetchMaxPartitionBytes": int32(5 << 20), "Rack": "r",
			"FetchIsolationLevel": 1, "DisableFetchCRCValidation": true, "AllowAutoTopicCreation": false}},
		{"earliest", Consumer, map[string]string{"auto.offset.reset": "earliest"}, opts{"ConsumeStartOffset": kgo.NewOffset().AtStart(), "ConsumeResetOffset": kgo.NewOffset().AtStart()}},
		{"none", Consumer, map[string]string{"auto.offset.reset": "none"}, opts{"ConsumeStartOffset": kgo.NewOffset().AtCommitted(), "ConsumeResetOffset": kgo.NoResetOffset()}},
		{"by duration", Consumer, map[string]string{"auto.offset.reset": "by_duration:PT2H"}, opts{"ConsumeResetOffset": kgo.LookbackOffset(2 * time.Hour)}},

		{"admin", AdminClient, map[string]string{"retries": "7"}, opts{"RequestRetries": int64(7), "AllowAutoTopicCreation": false, "DisableClientMetrics": true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			props := with(test.props, "bootstrap.servers", "127.0.0.1:1")
			client, err := (&Environment{}).newClient(t.Context(), test.client, "test", props, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			for name, want := range test.want {
				got := client.OptValue(name)
				if balancers, ok := got.([]kgo.GroupBalancer); ok {
					var names []string
					for _, b := range balancers {
						names = append(names, b.ProtocolName())
					}
					got = names
				}
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%s is %v, want %v", name, got, want)
				}
			}
		})
	}
}

func TestRefusedProperties(t *testing.T) {
	t.Parallel()
	for key, test := range map[string]struct {
		client Client
		value  string
	}{
		"interceptor.classes":                {Producer, "a.B"},
		"partitioner.class":                  {Producer, "a.B"},
		"partition.assignment.strategy":      {Consumer, "a.B"},
		"sasl.login.callback.handler.class":  {AdminClient, "a.B"},
		"sasl.client.callback.handler.class": {AdminClient, "a.B"},
		"sasl.login.class":                   {AdminClient, "a.B"},
		"ssl.engine.factory.class":           {AdminClient, "a.B"},
		"security.providers":                 {AdminClient, "a.B"},
	} {
		props := map[string]string{"bootstrap.servers": "localhost:1", key: test.value, "group.id": "g"}
		_, err := (&Environment{}).clientOptions(test.client, "test", props)
		if err == nil || !strings.HasPrefix(err.Error(), "Configuration "+key+" is not supported: ") {
			t.Errorf("%s: %v", key, err)
		}
		if test.value = ""; key != "partition.assignment.strategy" {
			props[key] = ""
			if _, err := (&Environment{}).clientOptions(test.client, "test", props); err != nil {
				t.Errorf("%s, empty: %v", key, err)
			}
		}
	}
}

func TestNotices(t *testing.T) {
	t.Parallel()
	var notices []string
	env := &Environment{Reporter: NewReporter(func(n Notice) { notices = append(notices, fmt.Sprint(n.Kind, " ", n.Key)) })}
	props := map[string]string{"bootstrap.servers": "localhost:1", "no.such.key": "hunter2", "metric.reporters": "x", "linger.ms": "70000", "batch.size": "1"}
	for range 2 {
		if _, err := env.ProducerOptions("producer of x", props); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(notices)
	want := []string{fmt.Sprint(UnknownKey, " no.such.key"), fmt.Sprint(WithoutEffect, " metric.reporters"), fmt.Sprint(Adjusted, " batch.size"), fmt.Sprint(Adjusted, " linger.ms")}
	if diff := cmp.Diff(want, notices); diff != "" {
		t.Error(diff)
	}
	if _, err := env.ProducerOptions("producer of y", props); err != nil || len(notices) != 8 {
		t.Errorf("%d notices for two sources, %v", len(notices), err)
	}
	var b bytes.Buffer
	r := NewLogReporter(slog.New(slog.NewTextHandler(&b, nil)))
	r.report(Notice{"producer", "k", UnknownKey, ""})
	if !strings.Contains(b.String(), "The configuration 'k' was supplied but is not known to the producer.") {
		t.Error(b.String())
	}
}

type names map[string][]string

func (n names) LookupHost(_ context.Context, host string) ([]string, error) {
	if found := n[host]; found != nil {
		return found, nil
	}
	return nil, fmt.Errorf("no such host")
}

func (n names) LookupAddr(_ context.Context, addr string) ([]string, error) { return n[addr], nil }

func TestBootstrapNames(t *testing.T) {
	t.Parallel()
	dns := names{"all": {"10.0.0.1", "10.0.0.2"}, "10.0.0.1": {"one.example."}}
	var unresolved []string
	env := &Environment{Resolver: dns, Reporter: NewReporter(func(n Notice) { unresolved = append(unresolved, n.Reason) })}
	props := map[string]string{"bootstrap.servers": "all:9092,gone:9092", "client.dns.lookup": "resolve_canonical_bootstrap_servers_only"}
	client, err := env.NewConsumer(t.Context(), "test", props)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if diff := cmp.Diff([]string{"one.example:9092", "10.0.0.2:9092"}, client.OptValue(kgo.SeedBrokers)); diff != "" {
		t.Error(diff)
	}
	if len(unresolved) != 1 || !strings.Contains(unresolved[0], "gone:9092") {
		t.Errorf("%q", unresolved)
	}
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"PT1H": time.Hour, "P1DT2H3M4.5S": 26*time.Hour + 3*time.Minute + 4500*time.Millisecond, "PT0S": 0, "pt1m": time.Minute, "P2D": 48 * time.Hour,
		"-PT1H": -time.Hour, "PT-1.5S": -1500 * time.Millisecond, "PT-0.5S": -500 * time.Millisecond, "P99999999999999D": math.MaxInt64, "PT1.S": time.Second,
	} {
		if got, ok := parseISODuration(text); !ok || got != want {
			t.Errorf("%s: %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "P", "PT", "P1DT", "1H", "P1H", "PT1D", "P1W", "PT1.5H", "PT.5S"} {
		if got, ok := parseISODuration(text); ok {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	wait := backoff(100*time.Millisecond, time.Second)
	for failures, want := range map[int]time.Duration{0: 100, 1: 100, 2: 200, 4: 800, 5: 1000, 1 << 30: 1000} {
		want *= time.Millisecond
		for range 20 {
			if got := wait(failures); got < want*8/10 || got > want*12/10 {
				t.Errorf("after %d failures: %v", failures, got)
			}
		}
	}
}
