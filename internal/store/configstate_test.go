package store

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect/config"
)

// applied reads records and returns the events.
func applied(t *testing.T, s *ConfigState, records ...Record) []ConfigEvent {
	t.Helper()
	var events []ConfigEvent
	for _, r := range records {
		e, err := s.Apply(max(s.offset, 0), r.Key, r.Value)
		if err != nil {
			t.Fatal(err)
		}
		if e != nil {
			events = append(events, e)
		}
	}
	return events
}

func props(pairs ...string) []Property {
	var list []Property
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, Property{pairs[i], &pairs[i+1]})
	}
	return list
}

func TestConfigEvents(t *testing.T) {
	t.Parallel()
	s := NewConfigState()
	key := SessionKey{Key: []byte("k"), Algorithm: "HmacSHA256", Created: time.UnixMilli(5)}
	tasks := TaskRecords("c", [][]Property{props("t", "0"), props("t", "1")})
	steps := []struct {
		records []Record
		want    []ConfigEvent
	}{
		{[]Record{TargetStateRecord("c", TargetPaused)}, nil},
		{[]Record{ConnectorRecord("c", props("name", "c"))}, []ConfigEvent{ConnectorUpdated{"c"}}},
		{[]Record{TargetStateRecord("c", TargetPaused)}, nil},
		{[]Record{TargetStateRecord("c", TargetStopped)}, []ConfigEvent{TargetStateChanged{"c"}}},
		{tasks, nil},
		{[]Record{CommitRecord("c", 2)}, []ConfigEvent{TasksUpdated{"c", []TaskID{{Connector: "c", Task: 0}, {Connector: "c", Task: 1}}}}},
		{[]Record{CommitRecord("c", 0)}, []ConfigEvent{TasksUpdated{"c", nil}}},
		{[]Record{CommitRecord("unknown", 1)}, nil},
		{[]Record{TaskCountRecord("c", 2)}, nil},
		{[]Record{SessionKeyRecord(key)}, []ConfigEvent{SessionKeyUpdated{key}}},
		{[]Record{RestartRecord(RestartRequest{"c", true, false})}, []ConfigEvent{RestartRequested{RestartRequest{"c", true, false}}}},
		{[]Record{LoggerLevelRecord("a.b", "DEBUG")}, []ConfigEvent{LoggerLevelUpdated{"a.b", "DEBUG"}}},
		{RemovalRecords("c"), []ConfigEvent{ConnectorRemoved{"c"}}},
	}
	for i, step := range steps {
		if diff := cmp.Diff(step.want, applied(t, s, step.records...)); diff != "" {
			t.Errorf("step %d: %s", i, diff)
		}
	}
	if got := s.Snapshot(); got.Offset() != 15 || len(got.Connectors()) != 0 || strings.Contains(got.SessionKey().String(), "k") {
		t.Errorf("%+v", got)
	}
}

// A writer that dies between task configurations and their commit leaves them pending; a commit without all of them makes the connector
// inconsistent until the next whole one.
func TestPartialTaskConfigs(t *testing.T) {
	t.Parallel()
	s := NewConfigState()
	applied(t, s, ConnectorRecord("c", props("name", "c")))
	applied(t, s, TaskRecords("c", [][]Property{props("t", "0"), props("t", "1")})[1])
	before := s.Snapshot()
	if got := before.Uncommitted(); !slices.Equal(got, []string{"c"}) {
		t.Errorf("uncommitted: %v", got)
	}
	applied(t, s, CommitRecord("c", 2))
	broken := s.Snapshot()
	if !slices.Equal(broken.Inconsistent(), []string{"c"}) || broken.TaskCount("c") != 2 || broken.Tasks("c") != nil || len(broken.Uncommitted()) != 0 {
		t.Errorf("%+v", broken.entry("c"))
	}
	applied(t, s, TaskRecords("c", [][]Property{props("t", "a"), props("t", "b")})...)
	applied(t, s, CommitRecord("c", 2))
	healed := s.Snapshot()
	generation, _ := healed.TaskConfigGeneration("c")
	if len(healed.Inconsistent()) != 0 || len(healed.Tasks("c")) != 2 || generation != 0 || !healed.PendingFencing("c") {
		t.Errorf("%+v", healed.entry("c"))
	}
	if diff := cmp.Diff(config.PropsOf(map[string]string{"t": "b"}), healed.TaskConfig(TaskID{Connector: "c", Task: 1})); diff != "" {
		t.Error(diff)
	}
	// What was read before stays as it was.
	if len(before.Tasks("c")) != 0 || before.TaskCount("c") != 0 || !slices.Equal(broken.Inconsistent(), []string{"c"}) {
		t.Error("a snapshot changed")
	}
}

func TestForeignConfigRecords(t *testing.T) {
	t.Parallel()
	s := NewConfigState()
	applied(t, s, ConnectorRecord("c", props("name", "c")))
	for _, r := range []Record{
		{"connector-c", []byte("{")}, {"connector-c", []byte(`{"properties":{"a":1}}`)}, {"connector-c", []byte(`7`)}, {"x", nil}, {"task-c", nil},
		{"task-c-0", nil}, {"target-state-c", []byte(`{"state":"X"}`)}, {"session-key", []byte(`{"key":"!","algorithm":"a","creation-timestamp":1}`)},
		{"logger-cluster-a", []byte(`{}`)}, {"commit-c", []byte(`{"tasks":"1"}`)}, {"tasks-fencing-c", []byte(`[]`)}, {"restart-connector-c", []byte(`[]`)},
	} {
		if e, err := s.Apply(s.offset, r.Key, r.Value); err == nil || e != nil {
			t.Errorf("%s %s: event %v, error %v", r.Key, r.Value, e, err)
		}
	}
	if got := s.Snapshot(); !slices.Equal(got.Connectors(), []string{"c"}) || got.TargetState("c") != TargetStarted {
		t.Errorf("%+v", got)
	}
}

func TestSafeStatuses(t *testing.T) {
	t.Parallel()
	s := NewStatusState()
	id := TaskID{Connector: "c", Task: 0}
	status := func(state, worker string, generation int) Status {
		return Status{State: state, WorkerID: worker, Generation: generation}
	}
	read := func(x Status) {
		r := TaskStatusRecord(id, x)
		if err := s.Apply(r.Key, r.Value); err != nil {
			t.Fatal(err)
		}
	}
	first, ok := s.PutTask(id, status("RUNNING", "a", 1), true)
	if !ok || !s.Again(first) {
		t.Fatal("the first status must be written")
	}
	read(status("RUNNING", "b", 5))
	if _, ok := s.PutTask(id, status("UNASSIGNED", "a", 4), true); ok {
		t.Error("a late status of another worker is written")
	}
	if s.Again(first) {
		t.Error("a status of another generation is written again")
	}
	if _, ok := s.PutTask(id, status("FAILED", "b", 4), true); !ok {
		t.Error("the owner's status is not written")
	}
	unsafe, ok := s.PutTask(id, status("UNASSIGNED", "a", 4), false)
	if !ok || !s.Again(unsafe) {
		t.Error("a status that is not checked is not written")
	}
	safe, _ := s.PutTask(id, status("RUNNING", "a", 6), true)
	if !s.Again(safe) {
		t.Error("the newest status is not written again")
	}
	if _, ok := s.PutTask(id, status("FAILED", "a", 6), true); !ok || s.Again(safe) {
		t.Error("a status is written again after a newer one")
	}
	// The former owner's farewell comes after the new owner's start.
	read(status("UNASSIGNED", "a", 5))
	if got, _ := s.Task(id); got.State != "RUNNING" || got.WorkerID != "b" {
		t.Errorf("%+v", got)
	}
	read(status(Destroyed, "b", 6))
	if _, ok := s.Task(id); ok || s.Again(safe) {
		t.Error("a deleted status lives on")
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1000)
	key, err := NewSessionKey("HmacSHA256", 0, now)
	if err != nil || len(key.Key) != 32 || !key.Fits("HmacSHA256", 256) || key.Fits("HmacSHA256", 128) || key.Fits("HmacSHA512", 256) {
		t.Fatalf("%v %d", err, len(key.Key))
	}
	if !key.Expires(0).IsZero() || !key.Expires(time.Hour).Equal(now.Add(time.Hour)) {
		t.Error("expires at another time")
	}
	headers, body := http.Header{}, []byte("[]")
	if err := key.Sign("HmacSHA256", body, headers); err != nil {
		t.Fatal(err)
	}
	read := func(body string) *RequestSignature {
		s, err := ReadSignature(headers, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	rotated, _ := NewSessionKey("HmacSHA256", 0, now)
	accepted := []string{"HmacSHA256"}
	for _, c := range []struct {
		what     string
		s        *RequestSignature
		key      *SessionKey
		accepted []string
		status   int
	}{
		{"good", read("[]"), &key, accepted, 0},
		{"none", nil, &key, accepted, 400},
		{"algorithm", read("[]"), &key, []string{"HmacSHA512"}, 400},
		{"no key yet", read("[]"), nil, accepted, 503},
		{"forged", read("[1]"), &key, accepted, 403},
		{"rotated", read("[]"), &rotated, accepted, 403},
	} {
		err := Verify(c.s, c.key, c.accepted)
		var refused *SignatureError
		if errors.As(err, &refused) != (c.status != 0) || refused != nil && refused.Status != c.status {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	if _, err := NewSessionKey("HmacNope", 0, now); err == nil {
		t.Error("an unknown algorithm made a key")
	}
}
