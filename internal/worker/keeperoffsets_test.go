package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
)

// vaultConnector changes the offsets of a vault.
type vaultConnector struct {
	testConnector
	v       *vault
	refusal error
	asked   []map[connect.TopicPartition]*int64
}

func (c *vaultConnector) AlterOffsets(_ context.Context, _ map[string]string, offsets map[connect.TopicPartition]*int64) (bool, error) {
	c.v.mu.Lock()
	defer c.v.mu.Unlock()
	c.asked = append(c.asked, offsets)
	if c.refusal != nil {
		return false, c.refusal
	}
	if len(offsets) == 0 {
		clear(c.v.next)
	}
	for tp, at := range offsets {
		if at == nil {
			delete(c.v.next, tp)
		} else {
			c.v.next[tp] = *at
		}
	}
	return true, nil
}

// keeps returns the offsets that a vault keeps.
func (v *vault) keeps() map[connect.TopicPartition]int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.next)
}

// to is one offset of a request.
func to(topic string, partition int, at any) ConnectorOffset {
	o := ConnectorOffset{Partition: map[string]any{sinkTopicKey: topic, sinkPartitionKey: partition}}
	if at != nil {
		o.Offset = map[string]any{sinkOffsetKey: at}
	}
	return o
}

func TestOffsetsOfATargetAreAltered(t *testing.T) {
	r := newRig(t)
	v := newVault()
	connector := &vaultConnector{v: v}
	r.connector = func() connect.Connector { return connector }
	r.sink = func() connect.SinkTask { return &vaultTask{v: v} }
	r.start()
	r.topic("in", 2)
	r.produce("in", 0, numbersFrom(0, 10)...)
	r.produce("in", 1, "a", "b")
	one := connect.TopicPartition{Topic: "in", Partition: 1}
	id := TaskID{Connector: "snk", Task: 0}
	run := func() {
		t.Helper()
		r.startTask(id, sinkProps)
	}
	stop := func() {
		t.Helper()
		if err := r.worker.StopTasks(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	follows := func(zero, first int64) {
		t.Helper()
		patiently(t, "the group follows", func() bool { c := r.committed("connect-snk"); return c["in-0"] == zero && c["in-1"] == first })
	}
	holds := func(tp connect.TopicPartition, want ...string) {
		t.Helper()
		patiently(t, fmt.Sprintf("%v in partition %d", want, tp.Partition), func() bool { return v.count(tp) >= len(want) })
		v.mu.Lock()
		defer v.mu.Unlock()
		if !slices.Equal(v.values[tp], want) {
			t.Errorf("partition %d holds %v, want %v", tp.Partition, v.values[tp], want)
		}
		v.values[tp] = nil
	}
	alter := func(offsets ...ConnectorOffset) {
		t.Helper()
		if message, err := r.worker.AlterConnectorOffsets(t.Context(), "snk", sinkProps, offsets); err != nil || message != "The offsets for this connector have been altered successfully" {
			t.Fatal(message, err)
		}
	}

	run()
	holds(inZero, numbersFrom(0, 10)...)
	holds(one, "a", "b")
	follows(10, 2)
	if _, err := r.worker.AlterConnectorOffsets(t.Context(), "snk", sinkProps, []ConnectorOffset{to("in", 0, 1)}); err == nil || !strings.Contains(err.Error(), "Failed to alter consumer group offsets") ||
		!strings.Contains(err.Error(), "zombie sink tasks") {
		t.Errorf("altered while the task runs: %v", err)
	}
	if _, err := r.worker.ResetConnectorOffsets(t.Context(), "snk", sinkProps); err == nil || !strings.Contains(err.Error(), "Failed to reset consumer group offsets") ||
		!strings.Contains(err.Error(), "zombie sink tasks") {
		t.Errorf("reset while the task runs: %v", err)
	}
	stop()
	follows(10, 2)
	for _, c := range []struct {
		offsets []ConnectorOffset
		want    string
	}{
		{[]ConnectorOffset{to("in", 1, 1), to("in", 0, -1)}, "Failed to modify offsets for sink connector snk"},
		{[]ConnectorOffset{to("in", 1, 1), to("in", 9, 1)}, "Failed to alter consumer group offsets for connector snk"},
		{[]ConnectorOffset{to("in", 1, 1), to("never", 0, nil)}, "Failed to alter consumer group offsets for connector snk"},
		{[]ConnectorOffset{to("in", 1, 1), to("in", 0, "x")}, "Failed to parse the following Kafka offset value in the provided offsets: 'x'. Offset values for sink connectors need to be integers."},
	} {
		if _, err := r.worker.AlterConnectorOffsets(t.Context(), "snk", sinkProps, c.offsets); err == nil || err.Error() != c.want {
			t.Errorf("%v: %v, want %s", c.offsets, err, c.want)
		}
	}
	if len(connector.asked) > 0 {
		t.Errorf("the connector was asked for what Kafka refuses: %v", connector.asked)
	}
	connector.refusal = errors.New("the target is away")
	if _, err := r.worker.AlterConnectorOffsets(t.Context(), "snk", sinkProps, []ConnectorOffset{to("in", 0, 1)}); err == nil || !strings.Contains(err.Error(), "the target is away") {
		t.Error(err)
	}
	if _, err := r.worker.ResetConnectorOffsets(t.Context(), "snk", sinkProps); err == nil || !strings.Contains(err.Error(), "the target is away") {
		t.Error(err)
	}
	connector.refusal = nil
	if want := (map[connect.TopicPartition]int64{inZero: 10, one: 2}); !maps.Equal(v.keeps(), want) {
		t.Errorf("refusals left %v", v.keeps())
	}
	follows(10, 2)

	// Further back, and one forgotten.
	alter(to("in", 0, 7), to("in", 1, nil))
	if want := (map[connect.TopicPartition]int64{inZero: 7}); !maps.Equal(v.keeps(), want) {
		t.Errorf("the target keeps %v", v.keeps())
	}
	if got := r.committed("connect-snk"); !maps.Equal(got, map[string]int64{"in-0": 7}) {
		t.Errorf("the group has %v", got)
	}
	run()
	holds(inZero, "7", "8", "9")
	holds(one, "a", "b")
	follows(10, 2)
	stop()

	// Further ahead.
	r.produce("in", 0, numbersFrom(10, 13)...)
	alter(to("in", 0, 12))
	run()
	holds(inZero, "12")
	follows(13, 2)
	stop()

	// A reset forgets what the group does not know too.
	if _, err := kadm.NewClient(r.client()).DeleteOffsets(t.Context(), "connect-snk", kadm.TopicsSet{"in": {1: {}}}); err != nil {
		t.Fatal(err)
	}
	if message, err := r.worker.ResetConnectorOffsets(t.Context(), "snk", sinkProps); err != nil || message != "The offsets for this connector have been reset successfully" {
		t.Fatal(message, err)
	}
	if got := r.committed("connect-snk"); len(got) > 0 || len(v.keeps()) > 0 {
		t.Errorf("the group has %v, the target %v", got, v.keeps())
	}
	run()
	holds(inZero, numbersFrom(0, 13)...)
	holds(one, "a", "b")
	follows(13, 2)
	stop()
}

// TestOffsetsOfATargetThatConnectCannotAlter wants a refusal rather than a change of the group's offsets that counts for nothing.
func TestOffsetsOfATargetThatConnectCannotAlter(t *testing.T) {
	r := newRig(t)
	v := newVault()
	r.sink = func() connect.SinkTask { return &vaultTask{v: v} }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, "a", "b")
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, sinkProps)
	patiently(t, "a commit", func() bool { return r.committed("connect-snk")["in-0"] == 2 })
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	_, alter := r.worker.AlterConnectorOffsets(t.Context(), "snk", sinkProps, []ConnectorOffset{to("in", 0, 1)})
	_, reset := r.worker.ResetConnectorOffsets(t.Context(), "snk", sinkProps)
	for what, err := range map[string]error{"alter": alter, "reset": reset} {
		if err == nil || javafmt.ClassOf(err) != javafmt.BadRequestException {
			t.Errorf("%s: %v", what, err)
			continue
		}
		for _, part := range []string{"offsets of connector snk cannot be modified", "keep offsets with the data", "connector class Sink doesn't support"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v lacks %q", what, err, part)
			}
		}
	}
	if got := r.committed("connect-snk"); !maps.Equal(got, map[string]int64{"in-0": 2}) {
		t.Errorf("the group has %v", got)
	}
	if got, err := r.worker.ConnectorOffsets(t.Context(), "snk", sinkProps); err != nil || len(got) != 1 || got[0].Offset[sinkOffsetKey] != int64(2) {
		t.Errorf("shown are %v (%v)", got, err)
	}
}
