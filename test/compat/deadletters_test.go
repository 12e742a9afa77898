//go:build unix

package compat

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/test/servers"
)

// TestDeadLettersBesideJava gives the same bad records to sinks of a Java worker and of Moldau, tolerant and strict ones, and compares what the dead
// letter topics hold byte for byte, and what the logs say. Only the frames of stack
// traces differ, and what JSON parsers say in them.
func TestDeadLettersBesideJava(t *testing.T) {
	k := servers.Kafka(t)
	dir := t.TempDir()
	client, err := kgo.NewClient(kgo.SeedBrokers(k.Bootstrap()), kgo.AllowAutoTopicCreation())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	at := time.UnixMilli(1_700_000_000_000)
	topic := fmt.Sprintf("compat-letters-%d", time.Now().UnixNano())
	for i, r := range []*kgo.Record{
		{Key: []byte("k0"), Value: []byte(`{"a":"1"}`)},
		{Key: []byte("k1"), Value: []byte("not json"), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("v")}, {Key: "h", Value: nil}, {Key: "empty", Value: []byte{}}}},
		{Value: []byte(`[1,`)},
		{Key: []byte("ключ"), Value: []byte(`{"a":"x"}`)},
		{Key: []byte{}, Value: []byte(`{"a":"99999999999"}`)},
		{Key: []byte("k5"), Value: []byte(`["no map"]`), Headers: []kgo.RecordHeader{{Key: "__connect.errors.topic", Value: []byte("an earlier one")}}},
		{Key: []byte("k6"), Value: []byte(`{"a":null}`)},
		{Key: []byte("k7"), Value: []byte(`{"a":"7"}`)},
	} {
		r.Topic, r.Timestamp = topic, at.Add(time.Duration(i)*time.Second)
		if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	props := map[string]string{"bootstrap.servers": k.Bootstrap(), "key.converter": "org.apache.kafka.connect.storage.StringConverter",
		"value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
		"offset.storage.file.filename": filepath.Join(dir, "offsets"), "offset.flush.interval.ms": "500"}
	sinks := func(who string) (tolerant, strict map[string]string) {
		tolerant = map[string]string{"name": "tolerant", "connector.class": "FileStreamSink", "file": filepath.Join(dir, who), "topics": topic,
			"transforms": "c", "transforms.c.type": "org.apache.kafka.connect.transforms.Cast$Value", "transforms.c.spec": "a:int32",
			"errors.tolerance": "all", "errors.log.enable": "true", "errors.log.include.messages": "true", "errors.deadletterqueue.topic.name": topic + who,
			"errors.deadletterqueue.topic.replication.factor": "1", "errors.deadletterqueue.context.headers.enable": "true",
			"consumer.override.group.id": topic + who}
		strict = maps.Clone(tolerant)
		maps.Copy(strict, map[string]string{"name": "strict", "file": filepath.Join(dir, who+"-strict"), "errors.tolerance": "none",
			"errors.deadletterqueue.topic.name": topic + who + "-strict", "consumer.override.group.id": topic + who + "-strict"})
		return tolerant, strict
	}
	const lenientLetters, strictLetters = 5, 1
	letters := map[string][]string{}
	logged := map[string][]string{}
	collect := func(who, log string) {
		letters[who] = append(describeLetters(t, k, topic+who, lenientLetters), describeLetters(t, k, topic+who+"-strict", strictLetters)...)
		for line := range strings.Lines(log) {
			if found := errorLine.FindString(line); found != "" {
				logged[who] = append(logged[who], found)
			}
		}
		slices.Sort(logged[who])
		logged[who] = slices.Compact(logged[who])
	}
	const want = "{a=1}\n{a=null}\n{a=7}\n"
	tolerant, strict := sinks("-java")
	java := k.ConnectStandalone(t, props, tolerant, strict)
	java.Await(t, "the output", func() bool { return has(filepath.Join(dir, "-java"), want) == nil })
	java.Await(t, "a failed task", func() bool { return strings.Contains(java.Log(), "WorkerSinkTask{id=strict-0} Task threw") })
	java.Stop()
	collect("-java", java.Log())
	tolerant, strict = sinks("-moldau")
	props = maps.Clone(java.Props)
	w := standalone(t, props["listeners"], servers.Properties(t, "worker.properties", props), servers.Properties(t, "tolerant.properties", tolerant), servers.Properties(t, "strict.properties", strict))
	w.await("the output", func() error { return has(filepath.Join(dir, "-moldau"), want) })
	w.await("a failed task", func() error {
		if !strings.Contains(w.out.String(), "[strict|task-0] Task threw an uncaught and unrecoverable exception") {
			return fmt.Errorf("not yet")
		}
		return nil
	})
	w.stop()
	collect("-moldau", w.out.String())
	if len(letters["-java"]) != lenientLetters+strictLetters || len(logged["-java"]) != lenientLetters+strictLetters {
		t.Errorf("Java wrote %d letters and %d lines of its log", len(letters["-java"]), len(logged["-java"]))
	}
	if diff := cmp.Diff(letters["-java"], letters["-moldau"]); diff != "" {
		t.Errorf("dead letters, -Java +Moldau:\n%s", diff)
	}
	if diff := cmp.Diff(logged["-java"], logged["-moldau"]); diff != "" {
		t.Errorf("lines of the log, -Java +Moldau:\n%s", diff)
	}
}

// errorLine is what both log of a failed record.
var errorLine = regexp.MustCompile(`Error encountered in task .*\.`)

// describeLetters returns the records of a dead letter topic as texts, without the frames of stack traces.
func describeLetters(t *testing.T, k *servers.Node, topic string, n int) (out []string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(k.Bootstrap()), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for len(out) < n {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatalf("topic %s has %d records, want %d", topic, len(out), n)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			text := fmt.Sprintf("partition %d, %d, key %q %v, value %q %v", r.Partition, r.Timestamp.UnixMilli(), r.Key, r.Key == nil, r.Value, r.Value == nil)
			for _, h := range r.Headers {
				value := string(h.Value)
				if h.Key == "__connect.errors.exception.stacktrace" {
					value = withoutFrames(value)
				}
				text += fmt.Sprintf("\n%s=%q %v", h.Key, value, h.Value == nil)
			}
			out = append(out, text)
		})
	}
	return out
}

// parsing begins what a JSON parser says, which is its own.
var parsing = regexp.MustCompile(`((?:Serialization|JsonParse)Exception): .*`)

// withoutFrames leaves the lines of a stack trace that name exceptions, without the words of JSON parsers.
func withoutFrames(trace string) string {
	var kept []string
	for line := range strings.Lines(trace) {
		if !strings.HasPrefix(line, "\t") && !strings.HasPrefix(line, " at [Source") {
			kept = append(kept, parsing.ReplaceAllString(strings.TrimRight(line, "\n"), "$1"))
		}
	}
	return strings.Join(kept, "\n")
}
