package transforms

import (
	"math"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// valueAfter applies one transformation to values of a sink's records one after the other and returns the last result as Java prints it.
func valueAfter(t *testing.T, class string, props map[string]string, schema *data.Schema, values ...data.Value) string {
	t.Helper()
	for _, p := range Plugins() {
		if p.Class != classPrefix+class {
			continue
		}
		x := p.NewTransformation()
		if err := x.Configure(props); err != nil {
			return err.Error()
		}
		text := ""
		for _, v := range values {
			r := sinkRecord(sample{schema, v})
			if _, err := x.Apply(t.Context(), r); err != nil {
				return err.Error()
			}
			text = r.Value().String()
		}
		return text
	}
	t.Fatalf("no class %s", class)
	return ""
}

// TestMapOrder has what Apache's transformations of version 4.3.1 print for a HashMap into which j was put before b. Both share a bucket of the
// smaller copy, so the order in which the copy was filled shows.
func TestMapOrder(t *testing.T) {
	t.Parallel()
	v := data.MapOf(data.String("j"), data.Int32(1), data.String("b"), data.Int32(2))
	for _, c := range []struct {
		class string
		props map[string]string
		want  string
	}{
		{"InsertField$Value", map[string]string{"static.field": "s", "static.value": "v"}, "{b=2, j=1, s=v}"},
		{"MaskField$Value", map[string]string{"fields": "j"}, "{b=2, j=0}"},
		{"HeaderFrom$Value", map[string]string{"fields": "zz", "headers": "h", "operation": "move"}, "{b=2, j=1}"},
		{"ReplaceField$Value", map[string]string{"renames": "j:x,b:x"}, "{x=1}"},
		{"ReplaceField$Value", map[string]string{"renames": "b:x,j:x"}, "{x=1}"},
		{"Cast$Value", map[string]string{"spec": ":int8"}, "{=null, b=2, j=1}"},
	} {
		if got := valueAfter(t, c.class, c.props, nil, v, v); got != c.want {
			t.Errorf("%s %v: got %s, want %s", c.class, c.props, got, c.want)
		}
	}
}

// TestRenamesToOneName has what Apache's ReplaceField of version 4.3.1 does with a struct where two fields have the same new name.
func TestRenamesToOneName(t *testing.T) {
	t.Parallel()
	schema := data.NewStructSchema("", data.Field{Name: "b", Schema: data.Int32Schema}, data.Field{Name: "j", Schema: data.Int32Schema}).MustBuild()
	v := data.MustStruct(schema, data.Int32(1), data.Int32(2)).Value()
	for _, c := range []struct{ exclude, include, renames, want string }{
		{"b", "", "j:x,b:x", "Struct{x=2}"},
		{"j", "", "j:x,b:x", "Struct{x=2}"},
		{"j", "", "b:x,j:x", "Struct{x=2}"},
		{"", "", "b:j,j:b", "Struct{j=1,b=2}"},
		{"", "j", "b:j", "Struct{j=1}"},
	} {
		props := map[string]string{"exclude": c.exclude, "include": c.include, "renames": c.renames}
		if got := valueAfter(t, "ReplaceField$Value", props, schema, v); got != c.want {
			t.Errorf("%v: got %s, want %s", props, got, c.want)
		}
	}
}

// TestFlattenMaps has objects of changing shapes at one place, and keys that are null or no text (Apache's answers, version 4.3.1).
func TestFlattenMaps(t *testing.T) {
	t.Parallel()
	text := data.String
	one := data.MapOf(text("a"), data.MapOf(text("x"), data.Int32(1)), text("b"), data.Null)
	two := data.MapOf(text("a"), data.MapOf(text("y"), data.MapOf(text("z"), data.Int32(2))))
	null := data.MapOf(data.Null, data.Int32(5))
	for _, c := range []struct {
		values []data.Value
		want   string
	}{
		{[]data.Value{one}, "{a.x=1, b=null}"},
		{[]data.Value{one, two}, "{a.y.z=2}"},
		{[]data.Value{two, one, two, one}, "{a.x=1, b=null}"},
		{[]data.Value{data.MapOf()}, "{}"},
		{[]data.Value{data.MapOf(text("a"), data.MapOf())}, "{}"},
		{[]data.Value{null}, "{null=5}"},
		{[]data.Value{data.MapOf(text("a"), null)}, "{a.null=5}"},
		{[]data.Value{data.MapOf(data.Null, null)}, "Flatten cannot name the entries of a map whose own key is null"},
		{[]data.Value{data.MapOf(data.Int32(1), data.Int32(5))}, "class java.lang.Integer cannot be cast to class java.lang.String"},
	} {
		if got := valueAfter(t, "Flatten$Value", map[string]string{}, nil, c.values...); got != c.want {
			t.Errorf("%v: got %s, want %s", c.values, got, c.want)
		}
	}
}

// TestMemoryIsBounded sends records of ever new shapes through Flatten.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	f := &flatten{delimiter: "."}
	for n := range int64(3 * mostNames) {
		name := data.Int64(n).String()
		r := sinkRecord(sample{nil, data.MapOf(data.String(name), data.MapOf(data.String("a"), data.Int64(n)))})
		if _, err := f.Apply(t.Context(), r); err != nil || r.Value().String() != "{"+name+".a="+name+"}" {
			t.Fatalf("got %s, %v", r.Value(), err)
		}
		if f.names.count > mostNames+1 {
			t.Fatalf("%d names are remembered", f.names.count)
		}
	}
}

// TestTimestampUnits has the ends of the range, as java.util.concurrent.TimeUnit and java.util.Calendar have them.
func TestTimestampUnits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		unit           string
		n              int64
		ms, date, time int64
	}{
		{"seconds", math.MinInt64, math.MinInt64, 9223372036794351616, 60424192},
		{"seconds", -1001, -1001000, -86400000, 85399000},
		{"seconds", 9223372036854775, 9223372036854775000, 9223372036828800000, 25975000},
		{"seconds", 9223372036854776, math.MaxInt64, 9223372036828800000, 25975807},
		{"microseconds", -1, 0, 0, 0},
		{"microseconds", -1001, -1, -86400000, 86399999},
		{"nanoseconds", math.MaxInt64, 9223372036854, 9223286400000, 85636854},
		{"milliseconds", -9223372036854776, -9223372036854776, -9223372108800000, 71945224},
	} {
		for to, want := range map[timestampForm]int64{connectTimestampForm: c.ms, dateForm: c.date, timeForm: c.time} {
			convert := timestampConversion{to: to, unit: timestampUnits[c.unit]}
			v, err := convert.value(data.NewArena(), data.Int64(c.n), unixForm)
			if got, _ := v.Millis(); err != nil || got != want {
				t.Errorf("%d %s to form %d: got %d, %v, want %d", c.n, c.unit, to, got, err, want)
			}
		}
	}
	for unit, wants := range map[string][3]int64{
		"seconds":      {9223372036854, 0, -1},
		"microseconds": {9223372036854775000, -1000, -1001000},
		"nanoseconds":  {math.MaxInt64, -1000000, -1001000000},
	} {
		for i, ms := range []int64{9223372036854775, -1, -1001} {
			if got := timestampUnits[unit].of(ms); got != wants[i] {
				t.Errorf("%d ms are %d %s, want %d", ms, got, unit, wants[i])
			}
		}
	}
}

// TestEmptyTopic tells the empty name of a sink's topic from the missing one of a source.
func TestEmptyTopic(t *testing.T) {
	t.Parallel()
	p := topicNameMatchesPlugins()[0].NewPredicate()
	if err := p.Configure(map[string]string{"pattern": ".*"}); err != nil {
		t.Fatal(err)
	}
	sink, source := new(connect.Record), connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 1}).Add("")
	sink.InitSink(data.NewArena(), new(connect.TopicPartition), 0, 0, connect.CreateTime)
	for r, want := range map[*connect.Record]bool{sink: true, source: false} {
		if got, err := p.Test(r); got != want || err != nil {
			t.Errorf("%s: got %v, %v", r, got, err)
		}
	}
}
