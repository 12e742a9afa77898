package deadletter

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/twmb/franz-go/pkg/kgo"
)

func marked(t *testing.T, m mark, offset int64) *kgo.Record {
	t.Helper()
	r, err := m.record()
	if err != nil {
		t.Fatal(err)
	}
	r.Offset = offset
	return r
}

func TestMarks(t *testing.T) {
	t.Parallel()
	m := mark{Kind: markFailed, Queue: "dead", Coordinates: Coordinates{2, 7}, Redrive: "ab", At: 5, Target: ToConnector, To: "snk", Failure: &Failure{Message: "no"}}
	r := marked(t, m, 8)
	if r.Partition != 2 || r.Topic != "dead" || r.Key == nil {
		t.Errorf("%+v", r)
	}
	if diff := cmp.Diff(&m, readMark(r)); diff != "" {
		t.Error(diff)
	}
	change := func(f func(r *kgo.Record)) *kgo.Record {
		other := *r
		f(&other)
		return &other
	}
	for name, other := range map[string]*kgo.Record{
		"copied to another topic": change(func(r *kgo.Record) { r.Topic = "mirror" }),
		"in another partition":    change(func(r *kgo.Record) { r.Partition = 1 }),
		"of a letter to come":     change(func(r *kgo.Record) { r.Offset = 7 }),
		"of an unknown kind": change(func(r *kgo.Record) {
			r.Value = []byte(`{"mark":"x","dead_letter_topic":"dead","partition":2,"offset":7}`)
		}),
		"that is no JSON":      change(func(r *kgo.Record) { r.Value = []byte("x") }),
		"that is null":         change(func(r *kgo.Record) { r.Value = nil }),
		"that became a letter": change(func(r *kgo.Record) { r.Headers = append(r.Headers[:1:1], contextOf("dead", "2", "8")...) }),
		"without its header":   change(func(r *kgo.Record) { r.Headers = nil }),
	} {
		if m := readMark(other); m != nil {
			t.Errorf("a mark %s counts as %+v", name, m)
		}
	}
}

func TestLedger(t *testing.T) {
	t.Parallel()
	at := Coordinates{0, 1}
	failure := &Failure{Message: "no"}
	for _, c := range []struct {
		name  string
		kinds []markKind
		want  Status
	}{
		{"nothing", nil, Status{State: Open}},
		{"begun", []markKind{markBegun}, Status{State: Uncertain}},
		{"failed", []markKind{markBegun, markFailed}, Status{State: Open, LastFailure: failure}},
		{"failed, then redriven", []markKind{markBegun, markFailed, markBegun, markRedriven}, Status{State: Redriven, Redrives: 1}},
		{"redriven, then forced", []markKind{markRedriven, markRedriven}, Status{State: Redriven, Redrives: 2}},
		{"redriven, then forced and failed", []markKind{markRedriven, markBegun, markFailed}, Status{State: Redriven, Redrives: 1, LastFailure: failure}},
		{"redriven, then forced and cut off", []markKind{markRedriven, markBegun}, Status{State: Uncertain, Redrives: 1}},
	} {
		l := ledger{}
		for _, kind := range c.kinds {
			m := &mark{Kind: kind, Coordinates: at}
			if kind == markFailed {
				m.Failure = &Failure{Message: "no"}
			}
			l.note(m)
		}
		if diff := cmp.Diff(c.want, l.status(at), cmpopts.IgnoreUnexported(Status{})); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	n64 := func(n int64) *int64 { return &n }
	n32 := func(n int32) *int32 { return &n }
	l := &Letter{Timestamp: 100, Connector: "snk", Stage: "VALUE_CONVERTER", Exception: "org.apache.kafka.connect.errors.DataException", Message: "bad thing",
		RootCause: "com.x.JsonParseException: at 7", Original: &Origin{"t", 2, 30}}
	bare := &Letter{Timestamp: 100}
	for _, c := range []struct {
		name        string
		f           Filter
		letter, raw bool
	}{
		{"nothing", Filter{}, true, true},
		{"state", Filter{State: Redriven}, false, false},
		{"open", Filter{State: Open}, true, true},
		{"other connector", Filter{Connector: "x"}, false, false},
		{"all connectors", Filter{Connector: "*"}, true, true},
		{"stage", Filter{Stage: "value_converter"}, true, false},
		{"class", Filter{Exception: "org.apache.kafka.connect.errors.DataException"}, true, false},
		{"simple class", Filter{Exception: "DataException"}, true, false},
		{"class of the cause", Filter{Exception: "JsonParseException"}, true, false},
		{"end of a class", Filter{Exception: "Exception"}, false, false},
		{"message", Filter{Message: "bad"}, true, false},
		{"message of the cause", Filter{Message: "at 7"}, true, false},
		{"topic", Filter{Topic: "t"}, true, false},
		{"other topic", Filter{Topic: "u"}, false, false},
		{"partition", Filter{Partition: n32(2)}, true, false},
		{"other partition", Filter{Partition: n32(0)}, false, false},
		{"offsets", Filter{FromOffset: n64(30), ToOffset: n64(30)}, true, false},
		{"before", Filter{ToOffset: n64(29)}, false, false},
		{"after", Filter{FromOffset: n64(31)}, false, false},
		{"time", Filter{Since: n64(100), Until: n64(101)}, true, true},
		{"earlier", Filter{Until: n64(100)}, false, false},
		{"later", Filter{Since: n64(101)}, false, false},
	} {
		s := Status{State: Open}
		if got := c.f.matches(l, &s, "snk"); got != c.letter {
			t.Errorf("%s: the letter matches: %v", c.name, got)
		}
		if got := c.f.matches(bare, &s, "snk"); got != c.raw {
			t.Errorf("%s: the letter without context matches: %v", c.name, got)
		}
	}
	if (&Filter{}).matches(l, &Status{State: Open}, "other") {
		t.Error("another connector's letter matches")
	}
}
