package backup

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/store"
)

func contents(over string, connectors ...Connector) *Content {
	return &Content{Cluster: Origin{Over: over, KafkaClusterID: "id"}, Connectors: connectors}
}

func source(state store.TargetState, value string, offsets ...SourceOffset) Connector {
	return Connector{Name: "c", Config: config.PropsOf(map[string]string{"k": value}), TargetState: state, SourceOffsets: offsets}
}

func sink(state store.TargetState, offsets ...SinkOffset) Connector {
	k := source(state, "v")
	k.SinkOffsets = &SinkOffsets{Offsets: offsets}
	return k
}

func asked(partition, offset string) SourceOffset {
	return SourceOffset{Partition: json.RawMessage(partition), Offset: json.RawMessage(offset)}
}

func raw(key, value string) SourceOffset { return SourceOffset{Key: Bytes(key), Value: Bytes(value)} }

// short is the item in a line.
func (i *Item) short() string {
	var offsets []string
	for _, o := range i.Source {
		offsets = append(offsets, fmt.Sprintf("%s%s=%s", o.Topic, string(o.Key)+string(o.Partition), string(o.Value)+string(o.Offset)))
	}
	for _, o := range i.Sink {
		offsets = append(offsets, fmt.Sprintf("%s-%d=%d", o.Topic, o.Partition, o.Offset))
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s>%s %s %s", i.Action, i.From, i.To, strings.Join(i.Config, ","), strings.Join(offsets, " ")))
}

func TestPlans(t *testing.T) {
	t.Parallel()
	deleted := Connector{Name: "c", SourceOffsets: []SourceOffset{raw(`["c",{"f":1}]`, `{"p":1}`)}}
	keyed := func(k Connector, key string) Connector {
		k.Config.Set(key, "other")
		return k
	}
	inOwn := raw(`["c",{"f":1}]`, `{"p":1}`)
	inOwn.Topic = "own"
	older := raw(`["c",{"b":1,"a":1}]`, `{"p":1}`)
	older.Older = true
	for name, c := range map[string]struct {
		over       string
		want, have []Connector
		options    Options
		item       string
	}{
		"new":                         {OverREST, []Connector{source("PAUSED", "v", asked(`{"f":1}`, `{"p":1}`))}, nil, Options{}, `create >PAUSED  {"f":1}={"p":1}`},
		"new without offsets":         {OverREST, []Connector{source("STARTED", "v", asked(`{"f":1}`, `{"p":1}`))}, nil, Options{NoOffsets: true}, "create >STARTED"},
		"same":                        {OverREST, []Connector{source("STARTED", "v")}, []Connector{source("STARTED", "v")}, Options{}, "unchanged STARTED>STARTED"},
		"same, in other words":        {OverREST, []Connector{source("STARTED", "v", raw(`["c",{"a":1,"b":2.0}]`, `{"p":1,"q":10.0}`))}, []Connector{source("STARTED", "v", asked(`{"b":2.00,"a":1}`, `{"q":1E1,"p":1}`))}, Options{}, "unchanged STARTED>STARTED"},
		"long is not double":          {OverREST, []Connector{source("STOPPED", "v", raw(`["c",{"a":1}]`, `{"p":1}`))}, []Connector{source("STOPPED", "v", asked(`{"a":1}`, `{"p":1.0}`))}, Options{}, `update STOPPED>STOPPED  ["c",{"a":1}]={"p":1}`},
		"config, stopped":             {OverREST, []Connector{source("STARTED", "w")}, []Connector{source("STOPPED", "v")}, Options{}, "update STOPPED>STARTED k"},
		"config, running":             {OverREST, []Connector{source("STARTED", "w")}, []Connector{source("STARTED", "v")}, Options{}, "conflict STARTED>STARTED k"},
		"config, paused":              {OverREST, []Connector{source("PAUSED", "w")}, []Connector{source("PAUSED", "v")}, Options{}, "conflict PAUSED>PAUSED k"},
		"config, running, asked":      {OverREST, []Connector{source("STARTED", "w")}, []Connector{source("STARTED", "v")}, Options{OverwriteRunning: true}, "update STARTED>STARTED k"},
		"state, running":              {OverKafka, []Connector{source("STOPPED", "v")}, []Connector{source("STARTED", "v")}, Options{}, "conflict STARTED>STOPPED"},
		"offset, running":             {OverREST, []Connector{sink("STARTED", SinkOffset{"t", 0, 5})}, []Connector{sink("STARTED", SinkOffset{"t", 0, 6})}, Options{}, "conflict STARTED>STARTED  t-0=5"},
		"offset, running, left alone": {OverREST, []Connector{sink("STARTED", SinkOffset{"t", 0, 5})}, []Connector{sink("STARTED", SinkOffset{"t", 0, 6})}, Options{NoOffsets: true}, "unchanged STARTED>STARTED"},
		"some offsets":                {OverKafka, []Connector{sink("STOPPED", SinkOffset{"t", 0, 5}, SinkOffset{"t", 1, 7}, SinkOffset{"t", 2, 0})}, []Connector{sink("STOPPED", SinkOffset{"t", 0, 5}, SinkOffset{"t", 1, 6}, SinkOffset{"u", 0, 1})}, Options{}, "update STOPPED>STOPPED  t-1=7 t-2=0"},
		"another group":               {OverREST, []Connector{keyed(sink("STOPPED", SinkOffset{"t", 0, 5}), "consumer.override.group.id")}, []Connector{sink("STOPPED", SinkOffset{"t", 0, 5})}, Options{}, "update STOPPED>STOPPED consumer.override.group.id t-0=5"},
		"another group before":        {OverKafka, []Connector{sink("STOPPED", SinkOffset{"t", 0, 5})}, []Connector{keyed(sink("STOPPED", SinkOffset{"t", 0, 5}), "consumer.override.group.id")}, Options{}, "update STOPPED>STOPPED consumer.override.group.id t-0=5"},
		"the same other group":        {OverKafka, []Connector{keyed(sink("STOPPED", SinkOffset{"t", 0, 5}), "consumer.override.group.id")}, []Connector{keyed(sink("STOPPED", SinkOffset{"t", 0, 5}), "consumer.override.group.id")}, Options{}, "unchanged STOPPED>STOPPED"},
		"another offset topic":        {OverREST, []Connector{keyed(source("STOPPED", "v", asked(`{"f":1}`, `{"p":1}`)), "offsets.storage.topic")}, []Connector{source("STOPPED", "v", asked(`{"f":1}`, `{"p":1}`))}, Options{}, `update STOPPED>STOPPED offsets.storage.topic {"f":1}={"p":1}`},
		"the worker's stays":          {OverKafka, []Connector{keyed(source("STOPPED", "v", raw(`["c",{"f":1}]`, `{"p":1}`)), "offsets.storage.topic")}, []Connector{source("STOPPED", "v", raw(`["c",{"f":1}]`, `{"p":1}`))}, Options{}, "update STOPPED>STOPPED offsets.storage.topic"},
		"own topic of other servers":  {OverKafka, []Connector{keyed(source("STOPPED", "v", inOwn), "producer.override.bootstrap.servers")}, []Connector{source("STOPPED", "v", inOwn)}, Options{}, `update STOPPED>STOPPED producer.override.bootstrap.servers own["c",{"f":1}]={"p":1}`},
		"deleted, over REST":          {OverREST, []Connector{deleted}, nil, Options{}, "skip >"},
		"deleted, over Kafka":         {OverKafka, []Connector{deleted}, nil, Options{}, `create >  ["c",{"f":1}]={"p":1}`},
		"deleted, the same":           {OverKafka, []Connector{deleted}, []Connector{deleted}, Options{}, "unchanged >"},
		"two forms, over Kafka":       {OverKafka, []Connector{source("STOPPED", "v", older, raw(`["c",{"a":1,"b":1}]`, `{"p":2}`))}, nil, Options{}, `create >STOPPED  ["c",{"a":1,"b":1}]={"p":2} ["c",{"b":1,"a":1}]={"p":1}`},
		"two forms, over REST":        {OverREST, []Connector{source("STOPPED", "v", older, raw(`["c",{"a":1,"b":1}]`, `{"p":2}`))}, nil, Options{}, `create >STOPPED  ["c",{"a":1,"b":1}]={"p":2}`},
		"another form there":          {OverKafka, []Connector{source("STOPPED", "v", raw(`["c",{"a":1,"b":1}]`, `{"p":2}`))}, []Connector{source("STOPPED", "v", raw(`["c",{"b":1,"a":1}]`, `{"p":9}`))}, Options{}, `update STOPPED>STOPPED  ["c",{"a":1,"b":1}]={"p":2} ["c",{"b":1,"a":1}]={"p":2}`},
		"REST over Kafka":             {OverKafka, []Connector{source("STOPPED", "v", asked(`{"a":1}`, `{"p":2}`))}, []Connector{source("STOPPED", "v", raw(`["c", {"a":1}]`, `{"p":9}`))}, Options{}, `update STOPPED>STOPPED  {"a":1}={"p":2} ["c", {"a":1}]={"p":2}`},
		"REST over Kafka, the same":   {OverKafka, []Connector{source("STOPPED", "v", asked(`{"a":1}`, `{"p":2}`))}, []Connector{source("STOPPED", "v", raw(`["c", {"a":1}]`, `{"p":2}`))}, Options{}, "unchanged STOPPED>STOPPED"},
		"masked":                      {OverREST, []Connector{source("STARTED", "x[hidden]")}, nil, Options{}, "conflict >STARTED"},
		"masked, given":               {OverREST, []Connector{source("STARTED", "x[hidden]")}, nil, Options{Secrets: map[string]map[string]string{"c": {"k": "xy"}}}, "create >STARTED"},
		"masked, in both":             {OverREST, []Connector{source("STARTED", "x[hidden]")}, []Connector{source("STARTED", "x[hidden]")}, Options{}, "unchanged STARTED>STARTED"},
		"masked, otherwise":           {OverREST, []Connector{source("STARTED", "x[hidden]")}, []Connector{source("STARTED", "y[hidden]")}, Options{}, "conflict >STARTED"},
		"masked in the cluster":       {OverREST, []Connector{source("STARTED", "xy")}, []Connector{source("STARTED", "x[hidden]")}, Options{}, "unchanged STARTED>STARTED"},
		"masked, there":               {OverREST, []Connector{source("STARTED", "x[hidden]")}, []Connector{source("STARTED", "xy")}, Options{}, "unchanged STARTED>STARTED"},
	} {
		plan, err := NewPlan(contents(OverREST, c.want...), contents(c.over, c.have...), c.options)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := plan.Items[0].short(); got != c.item {
			t.Errorf("%s: %s, want %s (%s)", name, got, c.item, plan.Items[0].Reason)
		}
	}
}

func TestPlansOfOtherClusters(t *testing.T) {
	t.Parallel()
	want, have := contents(OverKafka), contents(OverKafka)
	want.Cluster.GroupID, have.Cluster.GroupID = "a", "b"
	if _, err := NewPlan(want, have, Options{}); err == nil || !strings.Contains(err.Error(), "Kafka cluster id, group a) than this one (Kafka cluster id, group b): --other-cluster") {
		t.Error(err)
	}
	want.Cluster = Origin{Over: OverREST, KafkaClusterID: "x"}
	if _, err := NewPlan(want, have, Options{}); err == nil {
		t.Error("another Kafka cluster is none")
	}
	plan, err := NewPlan(want, have, Options{OtherCluster: true})
	if err != nil || len(plan.Notes) != 2 || !strings.Contains(plan.Notes[1], "offsets of sinks") {
		t.Error(plan, err)
	}
}

func TestWhatTheBackupLacksIsNotReset(t *testing.T) {
	t.Parallel()
	want := contents(OverREST, source("STARTED", "v"))
	want.Problems = []Problem{{"c", "offsets", "denied"}}
	for _, c := range []struct {
		options Options
		action  Action
	}{{Options{}, Conflict}, {Options{NoOffsets: true}, Create}} {
		plan, err := NewPlan(want, contents(OverREST), c.options)
		if err != nil || plan.Items[0].Action != c.action {
			t.Error(plan.Items[0].short(), err)
		}
	}
}

func TestRecordsOfConnectors(t *testing.T) {
	t.Parallel()
	fenced := 3
	k := source("STOPPED", "v")
	k.Tasks, k.FencedTasks = []config.Props{config.PropsOf(map[string]string{"t": "0"})}, &fenced
	k.Status, k.TaskStatuses, k.Topics = &Status{State: "FAILED", WorkerID: "w", Generation: 9}, []Status{{State: "RUNNING"}}, []Topic{{"t", 1, 5}}
	plan, err := NewPlan(contents(OverKafka, k), contents(OverKafka), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range append(plan.Items[0].configRecords(), plan.Items[0].statuses...) {
		got = append(got, r.Key+" "+string(r.Value))
	}
	want := []string{
		`target-state-c {"state":"PAUSED","state.v2":"STOPPED"}`,
		`connector-c {"properties":{"k":"v"}}`,
		`tasks-fencing-c {"task-count":3}`,
		`task-c-0 {"properties":{"t":"0"}}`,
		`commit-c {"tasks":1}`,
		`status-connector-c {"state":"FAILED","trace":null,"worker_id":"w","generation":0,"version":null}`,
		`status-task-c-0 {"state":"RUNNING","trace":null,"worker_id":"","generation":0,"version":null}`,
		`status-topic-t:connector-c {"topic":{"name":"t","connector":"c","task":1,"discoverTimestamp":5}}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// What the cluster has is not written again.
	plan, err = NewPlan(contents(OverKafka, k), contents(OverKafka, k), Options{})
	if err != nil || plan.Items[0].Action != Unchanged {
		t.Error(plan.Items[0].short(), err)
	}
}
