package smt

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

func TestPart(t *testing.T) {
	t.Parallel()
	var r connect.Record
	KeyPart.Set(&r, data.StringSchema, data.String("k"))
	ValuePart.Set(&r, data.Int32Schema, data.Int32(7))
	if s, v := KeyPart.Of(&r); s != data.StringSchema || !v.Equal(data.String("k")) || !r.Key().Equal(v) {
		t.Errorf("key: %v %v", s, v)
	}
	if s, v := ValuePart.Of(&r); s != data.Int32Schema || !v.Equal(data.Int32(7)) || !r.Value().Equal(v) {
		t.Errorf("value: %v %v", s, v)
	}
}

func TestKnown(t *testing.T) {
	t.Parallel()
	var c Known[int, int]
	built := 0
	get := func(k int) int {
		out, err := c.Get(k, func(k int) (int, error) { built++; return k + 1, nil })
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	// The zero key is one like others, also as the first.
	for _, k := range []int{0, 0, 5, 0, 5} {
		if got := get(k); got != k+1 {
			t.Errorf("%d gives %d", k, got)
		}
	}
	if built != 2 {
		t.Errorf("built %d times, want 2", built)
	}
	wrong := errors.New("wrong")
	if _, err := c.Get(9, func(int) (int, error) { return 0, wrong }); !errors.Is(err, wrong) {
		t.Errorf("got %v", err)
	}
	if got := get(9); got != 10 {
		t.Errorf("a failure was remembered: %d", got)
	}
	for k := range 3 * mostKnown {
		get(k)
	}
	if len(c.all) > mostKnown {
		t.Errorf("%d are remembered", len(c.all))
	}
}

func TestCopyFields(t *testing.T) {
	t.Parallel()
	def := data.NewSchema(data.StringKind).Optional().Default(data.String("d")).MustBuild()
	in := data.NewStructSchema("s", data.Field{Name: "a", Schema: data.Int32Schema}, data.Field{Name: "b", Schema: def},
		data.Field{Name: "c", Schema: data.OptionalStringSchema}, data.Field{Name: "e", Schema: data.BoolSchema}).MustBuild()
	s := data.MustStruct(in, data.Int32(1), data.Null, data.Null, data.Bool(true))
	out := WithFields(data.NewSchema(data.StructKind), in).Field("more", data.OptionalInt8Schema).MustBuild()
	for _, replace := range []bool{false, true} {
		b := data.NewArena().Struct(out)
		CopyFields(&b, s, replace)
		got, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		want := data.Null
		if replace {
			want = data.String("d")
		}
		if !got.At(0).Equal(data.Int32(1)) || !got.At(1).Equal(want) || !got.At(2).IsNull() || !got.At(3).Equal(data.Bool(true)) || !got.At(4).IsNull() {
			t.Errorf("replace %v: %v", replace, got.Value())
		}
		if !FieldOf(s, 1, replace).Equal(want) {
			t.Errorf("replace %v: field is %v", replace, FieldOf(s, 1, replace))
		}
	}
}

func TestMapCopier(t *testing.T) {
	t.Parallel()
	var c MapCopier
	for _, m := range []*data.Map{
		data.MapOf(data.String("b"), data.Int32(1), data.String("a"), data.Null).Map(),
		data.MapOf(data.Int32(3), data.Int32(1), data.String("a"), data.Int8(2)).Map(),
	} {
		b := c.Copy(data.NewArena(), m, 1)
		if got := b.Build(); !got.Value().Equal(m.Value()) {
			t.Errorf("got %v, want %v", got.Value(), m.Value())
		}
	}
}

func TestRequirements(t *testing.T) {
	t.Parallel()
	source := connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 1}).Add("t")
	second := func(_ any, err error) error { return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{second(RequireMap(data.Int32(1), "p")), "Only Map objects supported in absence of schema for [p], found: java.lang.Integer"},
		{second(RequireMap(data.Null, "p")), "Only Map objects supported in absence of schema for [p], found: null"},
		{second(RequireMapOrNull(data.Null, "p")), ""},
		{second(RequireStruct(data.MapOf(), "p")), "Only Struct objects supported for [p], found: java.util.HashMap"},
		{second(RequireStructOrNull(data.Null, "p")), ""},
		{RequireSchema(nil, "p"), "Schema required for [p]"},
		{RequireSchema(data.BoolSchema, "p"), ""},
		{RequireSinkRecord(source, "p"), "Only SinkRecord supported for [p], found: org.apache.kafka.connect.source.SourceRecord"},
	} {
		got := ""
		if c.err != nil {
			got = c.err.Error()
			if javafmt.ClassOf(c.err) != javafmt.DataException {
				t.Errorf("%v is a %s", c.err, javafmt.ClassOf(c.err))
			}
		}
		if got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	if err := CastError(data.Bool(true), "X"); err.Error() != "class java.lang.Boolean cannot be cast to class X" {
		t.Error(err)
	}
}

func TestPlugins(t *testing.T) {
	t.Parallel()
	var made []Part
	for _, p := range Both("x.Y", "Does it.", config.NewDef(), func(p Part) connect.Transformation { made = append(made, p); return nil }) {
		p.NewTransformation()
		if want := "Does it. Works on the " + made[len(made)-1].String() + " of the record."; p.Doc != want || p.Kind != connect.KindTransformation {
			t.Errorf("%s: %q", p.Class, p.Doc)
		}
	}
	if diff := cmp.Diff([]Part{KeyPart, ValuePart}, made); diff != "" {
		t.Error(diff)
	}
}
