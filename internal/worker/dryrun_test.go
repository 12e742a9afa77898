package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/plugins/standard"
)

const stringConverter = "org.apache.kafka.connect.storage.StringConverter"

// dryRunProps are the configuration of a sink with a chain of three and converters.
func dryRunProps(more ...string) map[string]string {
	props := map[string]string{
		"name": "dry", "key.converter": stringConverter, "value.converter": "org.apache.kafka.connect.json.JsonConverter",
		"value.converter.schemas.enable": "false",
		"transforms":                     "stones, cast,mark",
		"transforms.stones.type":         "org.apache.kafka.connect.transforms.Filter", "transforms.stones.predicate": "stone",
		"predicates": "stone", "predicates.stone.type": "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone",
		"transforms.cast.type": "org.apache.kafka.connect.transforms.Cast$Value", "transforms.cast.spec": "n:int32",
		"transforms.mark.type": "org.apache.kafka.connect.transforms.InsertField$Value", "transforms.mark.static.field": "s", "transforms.mark.static.value": "x",
	}
	for _, m := range more {
		key, value, _ := strings.Cut(m, "=")
		props[key] = value
	}
	return props
}

func dryRun(t *testing.T, props map[string]string, more ...connect.Plugin) *DryRun {
	t.Helper()
	plugins, err := plugin.New("4.3.1", append(standard.Plugins(), more...)...)
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewDryRunWithConverters(plugins, map[string]string{"header.converter": stringConverter}, props)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// describe is an outcome in one line.
func describe(trial Trial) string {
	text := fmt.Sprint(trial.Fate, " ", trial.Link)
	if f := trial.Failure; f != nil {
		text += fmt.Sprintf(" %s %s %s: %v", f.Stage, plugin.SimpleName(f.Class), plugin.SimpleName(javafmt.ClassOf(f.Err)), f.Err)
	}
	return text
}

func TestTrialsOfASink(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ value, want string }{
		{`{"n":"1"}`, "kept -1"},
		{"", "dropped 0"},
		{`{"n":"x"}`, "1 TRANSFORMATION Value DataException: Value (x) was out of range for requested data type"},
		{`{"n"`, "-1 VALUE_CONVERTER JsonConverter DataException: Converting byte[] to Kafka Connect data failed due to serialization error: "},
	} {
		for _, tolerance := range []string{"none", "all"} {
			for _, watched := range []bool{false, true} {
				d := dryRun(t, dryRunProps("errors.tolerance="+tolerance, "errors.deadletterqueue.topic.name=dead"))
				in := &kgo.Record{Topic: "t", Offset: 5, Timestamp: time.UnixMilli(-1), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("v")}}}
				if c.value != "" {
					in.Value = []byte(c.value)
				}
				var seen []string
				var watch Watch
				before := func() { seen = append(seen, "converted") }
				if watched {
					watch = func(link int, applied, keep bool, r *connect.Record) {
						seen = append(seen, fmt.Sprintf("%s %v %v %s", d.Links()[link].Alias, applied, keep, r.Value()))
					}
				}
				var r connect.Record
				trial := d.Consume(t.Context(), data.NewArena(), in, &r, before, watch)
				want := c.want
				if strings.HasPrefix(want, "1") || strings.HasPrefix(want, "-1") {
					want = map[string]string{"none": "failed ", "all": "skipped "}[tolerance] + want
					if (trial.Err != nil) != (tolerance == "none") || trial.DeadLetter == nil || trial.DeadLetter.Topic != "dead" {
						t.Errorf("%s: error %v, dead letter %v", c.value, trial.Err, trial.DeadLetter)
					}
				} else if trial.DeadLetter != nil || trial.Err != nil {
					t.Errorf("%s: error %v, dead letter %v", c.value, trial.Err, trial.DeadLetter)
				}
				if got := describe(trial); got != want {
					t.Errorf("%s: %s, want %s", c.value, got, want)
				}
				if c.value != `{"n":"1"}` {
					continue
				}
				if got := r.Value().Map().Field("n"); got.Kind() != data.Int32Kind {
					t.Errorf("the value is %s", r.Value())
				}
				if h, _ := r.Headers.Last("h"); h.Schema.Kind() != data.StringKind {
					t.Errorf("the worker's header converter was not asked: %v", h)
				}
				if !watched {
					continue
				}
				steps := []string{"converted", "stones false true {n=1}", "cast true true {n=1}", "mark true true {n=1, s=x}"}
				if diff := cmp.Diff(steps, seen); diff != "" {
					t.Error(diff)
				}
			}
		}
	}
}

func TestTrialsOfASource(t *testing.T) {
	t.Parallel()
	d := dryRun(t, dryRunProps("transforms=", "key.converter=org.apache.kafka.connect.converters.LongConverter"))
	r := newSourceRecord("t")
	r.SetKey(nil, data.Int64(1))
	r.SetValue(nil, data.MapOf(data.String("a"), data.Bool(true)))
	r.Headers.Add("h", nil, data.String("v"))
	var out kgo.Record
	if got := describe(d.Produce(t.Context(), r, &out, nil)); got != "kept -1" {
		t.Fatal(got)
	}
	if out.Topic != "t" || string(out.Key) != "\x00\x00\x00\x00\x00\x00\x00\x01" || string(out.Value) != `{"a":true}` || string(out.Headers[0].Value) != "v" ||
		!out.Timestamp.IsZero() || out.Partition != connect.NoPartition {
		t.Errorf("%+v", out)
	}
	if _, v, err := d.ReadBack(data.NewArena(), &out, true); err != nil || v.String() != "1" {
		t.Errorf("the key reads back as %s, %v", v, err)
	}
	r.Timestamp = -7
	if got := describe(d.Produce(t.Context(), r, &out, nil)); got != "failed -1   InvalidRecordException: Invalid record timestamp -7" {
		t.Error(got)
	}
	r.SetKey(nil, data.String("x"))
	if got := describe(d.Produce(t.Context(), r, &out, nil)); got != "failed -1 KEY_CONVERTER LongConverter DataException: Failed to serialize to long (was class java.lang.String): " {
		t.Error(got)
	}
}

// breaking is a transformation that panics, or fails for good after a number of retriable errors.
type breaking struct{ retriable int }

func (*breaking) Configure(map[string]string) error { return nil }
func (*breaking) Close() error                      { return nil }
func (b *breaking) Apply(_ context.Context, r *connect.Record) (bool, error) {
	if b.retriable == 0 {
		panic("broken")
	}
	if b.retriable--; b.retriable > 0 {
		return false, connect.NewRetriable(errors.New("not yet"))
	}
	return true, nil
}

func TestTrialsOfTransformationsThatBreak(t *testing.T) {
	t.Parallel()
	instance := &breaking{}
	p := connect.Plugin{Kind: connect.KindTransformation, Class: "Breaking", NewTransformation: func() connect.Transformation { return instance }}
	d := dryRun(t, dryRunProps("transforms=b", "transforms.b.type=Breaking", "errors.tolerance=all", "errors.retry.timeout=-1", "errors.retry.delay.max.ms=1"), p)
	if got := describe(d.Transform(t.Context(), newSourceRecord("t"), nil)); got != "failed 0 TRANSFORMATION Breaking RuntimeException: panic in Breaking: broken" {
		t.Error(got)
	}
	instance.retriable = 3
	if got := describe(d.Transform(t.Context(), newSourceRecord("t"), nil)); got != "kept -1" {
		t.Error(got)
	}
}
