//go:build unix

package e2e

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const jsonConverter = "org.apache.kafka.connect.json.JsonConverter"

// poison is a record that a sink's converters or transformations refuse.
type poison struct {
	key, value []byte
	config     map[string]string // of the sink
	good       []byte            // a value that they take; nil takes {"a":1}
	stage      string
	message    string // part of the error
}

func poisons() map[string]poison {
	schemaless := map[string]string{"value.converter": jsonConverter, "value.converter.schemas.enable": "false"}
	enveloped := map[string]string{"value.converter": jsonConverter}
	transformed := func(more ...string) map[string]string {
		c := maps.Clone(schemaless)
		c["transforms"] = "x"
		for i := 0; i < len(more); i += 2 {
			c["transforms.x."+more[i]] = more[i+1]
		}
		return c
	}
	envelope := []byte(`{"schema":{"type":"int32","optional":false},"payload":7}`)
	const value, transformation = "VALUE_CONVERTER", "TRANSFORMATION"
	return map[string]poison{
		"no JSON":             {nil, []byte("not json"), schemaless, nil, value, "failed due to serialization error"},
		"half of one":         {nil, []byte(`{"a":`), schemaless, nil, value, "failed due to serialization error"},
		"no text at all":      {nil, []byte{0xff, 0xfe, 0, 0xc3}, schemaless, nil, value, "failed due to serialization error"},
		"too deep":            {nil, bytes.Repeat([]byte("["), 5000), schemaless, nil, value, "failed due to serialization error"},
		"no envelope":         {nil, []byte(`{"a":1}`), enveloped, envelope, value, `requires "schema" and "payload" fields`},
		"an unknown type":     {nil, []byte(`{"schema":{"type":"int33"},"payload":7}`), enveloped, envelope, value, "Unknown schema type: int33"},
		"schema mismatch":     {nil, []byte(`{"schema":{"type":"struct","fields":[{"field":"a","type":"int32"}]},"payload":{"b":1}}`), enveloped, envelope, value, "null"},
		"null for required":   {nil, []byte(`{"schema":{"type":"int32","optional":false},"payload":null}`), enveloped, envelope, value, "null value"},
		"a key of wrong size": {[]byte("abc"), []byte(`{"a":1}`), with(schemaless, "key.converter", "org.apache.kafka.connect.converters.IntegerConverter"), nil, "KEY_CONVERTER", "Failed to deserialize integer"},
		"a null key": {nil, []byte(`{"a":1}`), with(transformed("type", "org.apache.kafka.connect.transforms.MaskField$Key", "fields", "k"),
			"key.converter", jsonConverter, "key.converter.schemas.enable", "false"), nil, transformation, "found: null"},
		"a struct not wanted":  {[]byte("1"), []byte(`["a"]`), transformed("type", "org.apache.kafka.connect.transforms.ReplaceField$Value", "exclude", "b"), nil, transformation, "Only Map objects supported in absence of schema"},
		"a field that is text": {[]byte("1"), []byte(`{"a":"x"}`), transformed("type", "org.apache.kafka.connect.transforms.Cast$Value", "spec", "a:int32"), nil, transformation, "Value (x) was out of range for requested data type"},
	}
}

func with(m map[string]string, more ...string) map[string]string {
	c := maps.Clone(m)
	for i := 0; i < len(more); i += 2 {
		c[more[i]] = more[i+1]
	}
	return c
}

// TestPoisonRecords puts a record that cannot be processed between two that can, for sinks that tolerate it and sinks that do not: the others
// land, the dead letter is the record as it was, or the task fails naming it, and no offset is committed past what is nowhere.
func TestPoisonRecords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	client := kafkaClient(t, broker(t), kgo.AllowAutoTopicCreation())
	p := moldau(t, dir, "standalone", worker(t, dir, quickSessions, "offset.flush.interval.ms=200"))
	rest := p.rest()
	for name, c := range poisons() {
		topic := strings.ReplaceAll(name, " ", "-")
		good := c.good
		if good == nil {
			good = []byte(`{"a":1}`)
		}
		goodKey := []byte("1")
		switch c.config["key.converter"] {
		case jsonConverter:
			goodKey = []byte(`{"k":1}`)
		case "org.apache.kafka.connect.converters.IntegerConverter":
			goodKey = []byte{0, 0, 0, 1}
		}
		for _, r := range []*kgo.Record{{Key: goodKey, Value: good}, {Key: c.key, Value: c.value, Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("v")}}}, {Key: goodKey, Value: good}} {
			r.Topic = topic
			if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		strict := with(sink(filepath.Join(dir, topic+".strict"), topic), "key.converter", "org.apache.kafka.connect.storage.StringConverter")
		maps.Copy(strict, c.config)
		rest.create(topic+"-strict", strict)
		rest.create(topic+"-lenient", with(strict, "file", filepath.Join(dir, topic+".lenient"), "errors.tolerance", "all", "errors.deadletterqueue.topic.name", topic+"-dead",
			"errors.deadletterqueue.topic.replication.factor", "1", "errors.deadletterqueue.context.headers.enable", "true"))
	}
	admin := kadm.NewClient(client)
	for name, c := range poisons() {
		topic := strings.ReplaceAll(name, " ", "-")
		trace := rest.failed(topic + "-strict")
		where := fmt.Sprintf("stage %s", c.stage)
		for _, part := range []string{"Tolerance exceeded in error handler", where, fmt.Sprintf("record of topic '%s', partition 0, offset 1", topic), c.message} {
			if !strings.Contains(trace, part) {
				t.Errorf("%s: the trace lacks %q:\n%s", name, part, trace)
			}
		}
		p.await("the lines of "+topic, func() error {
			if n := strings.Count(read(t, filepath.Join(dir, topic+".lenient")), "\n"); n != 2 {
				return fmt.Errorf("%d lines", n)
			}
			return nil
		})
		dead := lettersOf(t, topic+"-dead", 1)[0]
		if !bytes.Equal(dead.Key, c.key) || !bytes.Equal(dead.Value, c.value) || len(dead.Headers) != 11 || dead.Headers[0].Key != "h" {
			t.Errorf("%s: the dead letter is %q %q with %d headers", name, dead.Key, dead.Value, len(dead.Headers))
		}
		for _, h := range dead.Headers {
			if h.Key == "__connect.errors.stage" && string(h.Value) != c.stage || h.Key == "__connect.errors.exception.message" && !strings.Contains(string(h.Value), c.message) {
				t.Errorf("%s: %s is %q", name, h.Key, h.Value)
			}
		}
		for connector, want := range map[string]int64{topic + "-strict": 1, topic + "-lenient": 3} {
			p.await("the offset of "+connector, func() error {
				committed, err := admin.FetchOffsets(t.Context(), "connect-"+connector)
				if err != nil {
					return err
				}
				o, _ := committed.Lookup(topic, 0)
				if o.At > want {
					t.Fatalf("%s: offset %d is committed, want at most %d", connector, o.At, want)
				}
				if want == 3 && o.At != want {
					return fmt.Errorf("%d", o.At)
				}
				return nil
			})
		}
	}
}

// lettersOf reads the first n records of a topic.
func lettersOf(t *testing.T, topic string, n int) (out []*kgo.Record) {
	t.Helper()
	client := kafkaClient(t, broker(t), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	for len(out) < n {
		fetches := client.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		out = append(out, fetches.Records()...)
	}
	return out
}

// TestDeadLettersThatCannotBeWritten wants tasks to fail with a clear message, and to go on without a loss when the topic is repaired.
func TestDeadLettersThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	client := kafkaClient(t, broker(t), kgo.AllowAutoTopicCreation())
	admin := kadm.NewClient(client)
	if _, err := admin.CreateTopic(t.Context(), 1, 1, map[string]*string{"max.message.bytes": ptr("600")}, "small"); err != nil {
		t.Fatal(err)
	}
	poison := append([]byte("not json "), bytes.Repeat([]byte("x"), 1000)...)
	for _, value := range [][]byte{[]byte(`{"a":1}`), poison, []byte(`{"a":2}`)} {
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Value: value}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	p := moldau(t, dir, "standalone", worker(t, dir, quickSessions, "offset.flush.interval.ms=200"))
	rest := p.rest()
	config := func(dlq string) map[string]string {
		return with(sink(filepath.Join(dir, dlq), "in"), "value.converter", jsonConverter, "value.converter.schemas.enable", "false", "errors.tolerance", "all",
			"errors.deadletterqueue.topic.name", dlq, "errors.deadletterqueue.topic.replication.factor", "1", "exactly.once", "true")
	}
	rest.create("s", config("small"))
	trace := rest.failed("s")
	for _, part := range []string{"The dead letter of the record of topic 'in', partition 0, offset 1 could not be written to topic 'small'", "RecordTooLargeException", "Nothing was committed past the record"} {
		if !strings.Contains(trace, part) {
			t.Errorf("the trace lacks %q:\n%s", part, trace)
		}
	}
	if _, err := admin.AlterTopicConfigs(t.Context(), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "max.message.bytes", Value: ptr("100000")}}, "small"); err != nil {
		t.Fatal(err)
	}
	rest.want(http.StatusNoContent, http.MethodPost, "/connectors/s/tasks/0/restart", nil)
	p.holds(filepath.Join(dir, "small"), "{a=1}\n{a=2}\n")
	if dead := lettersOf(t, "small", 1)[0]; !bytes.Equal(dead.Value, poison) {
		t.Errorf("the dead letter is %q", dead.Value)
	}
	rest.want(http.StatusBadRequest, http.MethodPut, "/connectors/x/config", with(config("small"), "errors.max.rate", "many"))
	rest.want(http.StatusBadRequest, http.MethodPut, "/connectors/x/config", with(config("in"), "name", "x"))
}

func ptr(s string) *string { return &s }
