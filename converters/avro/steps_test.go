package avro

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/convertertest"
)

// unlinkRead makes a plan read every field without its step, as data that no step fits is read.
func unlinkRead(p *readPlan, seen map[*readPlan]bool) {
	if p == nil || seen[p] {
		return
	}
	seen[p] = true
	for i := range p.steps {
		s := &p.steps[i]
		s.code, s.nullable, s.plan = stepAny, false, s.of
	}
	for i := range p.fields {
		unlinkRead(p.fields[i].readPlan, seen)
	}
	for _, b := range p.branches {
		unlinkRead(b.plan, seen)
		for _, c := range b.choices {
			unlinkRead(c.of, seen)
		}
	}
	unlinkRead(p.elem, seen)
	unlinkRead(p.key, seen)
}

func unlinkWrite(p *writePlan, seen map[*writePlan]bool) {
	if p == nil || seen[p] {
		return
	}
	seen[p] = true
	for i := range p.steps {
		p.steps[i] = p.steps[i].other()
	}
	for i := range p.fields {
		unlinkWrite(p.fields[i].plan, seen)
	}
	unlinkWrite(p.elem, seen)
	unlinkWrite(p.key, seen)
}

func sameError(a, b error) bool {
	return (a == nil) == (b == nil) && (a == nil || a.Error() == b.Error())
}

func TestTexts(t *testing.T) {
	t.Parallel()
	for size := 1; size < 40; size++ {
		for at := -1; at < size; at++ {
			text := []byte(strings.Repeat("x", size))
			for i := range text {
				text[i] += byte(i % 3)
			}
			if at >= 0 {
				text[at] = 0x80
			}
			out := make([]byte, size)
			if got := putText(out, text); got != (at < 0) || string(out) != string(text) {
				t.Errorf("%q is written as %q, ascii %v", text, out, got)
			}
			if got := ascii(text); got != (at < 0) {
				t.Errorf("%q is ascii: %v", text, got)
			}
		}
	}
	s := convertertest.StructSchema("T", "a", data.StringSchema, "b", data.StringSchema)
	for _, text := range []string{"", "ü", "über dem Fluß", "日本", "a\xed\xa0\x80b", strings.Repeat("ü", 40), strings.Repeat("\xed\xa0\x80", 30), strings.Repeat("a", 300)} {
		v := data.MustStruct(s, data.String(text), data.String("end")).Value()
		out, back := roundTrip(t, s, v)
		if a, _ := back.Struct().At(0).Text(); utf8.ValidString(text) && a != text || back.Struct().At(1).String() != "end" {
			t.Errorf("%q is written as %x and read as %v", text, out, back)
		}
	}
}

// roundTrip writes and reads a value, with and without steps.
func roundTrip(t *testing.T, s *data.Schema, v data.Value) ([]byte, data.Value) {
	t.Helper()
	d := NewData(Options{})
	own, err := d.AvroSchema(s)
	if err != nil {
		t.Fatal(err)
	}
	w, slow := d.WritePlan(s, own, own), d.WritePlan(s, own, own)
	unlinkWrite(slow.root, map[*writePlan]bool{})
	out, err := w.Append([]byte("head"), v)
	want, wantErr := slow.Append([]byte("head"), v)
	if !sameError(err, wantErr) || string(out) != string(want) {
		t.Errorf("%v is written as %x, %v; without steps as %x, %v", v, out, err, want, wantErr)
	}
	if err != nil {
		return nil, data.Null
	}
	out = out[4:]
	conn, err := d.ConnectSchema(own, nil)
	if err != nil {
		t.Fatal(err)
	}
	var decoder Decoder
	back, _, err := decoder.Decode(d.ReadPlan(own, conn, nil), data.NewArena(), out)
	if err != nil {
		t.Errorf("%x of %v: %v", out, v, err)
	}
	return out, back
}

func TestSteps(t *testing.T) {
	t.Parallel()
	inner := convertertest.StructSchema("I", "x", data.OptionalStringSchema, "y", data.Int32Schema)
	s := convertertest.StructSchema("O", "b", data.BoolSchema, "i8", data.Int8Schema, "i16", data.OptionalInt16Schema, "i32", data.Int32Schema, "i64", data.OptionalInt64Schema,
		"f32", data.Float32Schema, "f64", data.OptionalFloat64Schema, "s", data.OptionalStringSchema, "d", data.DecimalSchema(2), "day", data.DateSchema,
		"time", data.TimeSchema, "at", data.TimestampSchema, "l", data.NewListSchema(data.OptionalStringSchema).MustBuild(), "in", inner,
		"ins", data.NewListSchema(inner).MustBuild(), "raw", data.BytesSchema)
	r := rand.New(rand.NewPCG(1, 2))
	maybe := func(v data.Value) data.Value {
		if r.IntN(3) == 0 {
			return data.Null
		}
		return v
	}
	number := func() int64 { return int64(r.Uint64()) >> r.IntN(64) }
	text := func() data.Value { return data.String(strings.Repeat("aü", 20)[:r.IntN(30)]) }
	one := func() data.Value { return data.MustStruct(inner, maybe(text()), data.Int32(int32(number()))).Value() }
	for range 2000 {
		var texts, structs []data.Value
		for range r.IntN(4) {
			texts, structs = append(texts, maybe(text())), append(structs, one())
		}
		v := data.MustStruct(s, data.Bool(r.IntN(2) == 0), data.Int8(int8(number())), maybe(data.Int16(int16(number()))), data.Int32(int32(number())),
			maybe(data.Int64(number())), data.Float32(float32(r.NormFloat64())), maybe(data.Float64(r.NormFloat64())), maybe(text()),
			data.SmallDecimal(number(), 2), data.DateMillis(int64(int32(number()))*millisOfDay), data.TimeMillis(r.Int64N(millisOfDay)),
			data.TimestampMillis(number()), data.ListOf(texts...), one(), data.ListOf(structs...), data.BytesOf([]byte("raw"))).Value()
		out, back := roundTrip(t, s, v)
		want, _, _ := strings.Cut(v.String(), ",raw=") // bytes print as their address
		if got, _, _ := strings.Cut(back.String(), ",raw="); utf8.ValidString(want) && got != want {
			t.Fatalf("%v is written as %x and read as %v", v, out, back)
		}
	}
	// A decimal of another scale, a date with a time of day and a missing value have the errors that they always have.
	for _, bad := range [][]data.Value{{data.SmallDecimal(1, 3), data.DateMillis(0)}, {data.SmallDecimal(1, 2), data.DateMillis(1)}} {
		x := convertertest.StructSchema("B", "d", data.DecimalSchema(2), "day", data.DateSchema)
		roundTrip(t, x, data.MustStruct(x, bad...).Value())
	}
}

func TestLongLists(t *testing.T) {
	t.Parallel()
	plan, err := ParseSchema(`{"type":"array","items":["null","string"]}`)
	if err != nil {
		t.Fatal(err)
	}
	d := NewData(Options{})
	s, err := d.ConnectSchema(plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	var decoder Decoder
	// Two blocks, one of them with its length; a union's index in two bytes.
	for raw, want := range map[string]string{
		"\x02\x02\x02a\x04\x02\x02b\x00\x00": "[a, b, null]",
		"\x03\x0c\x02\x02a\x02\x02b\x00":     "[a, b]",
		"\x04\x82\x00\x02a\x80\x00\x00":      "[a, null]",
		"\x00":                               "[]",
		"\x02\x04\x02a\x00":                  "error",
		"\x02\x82\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02\x00": "error",
		"\x02\x02\x08a\x00": "error",
		"\x02\x02\x02a":     "error",
	} {
		v, _, err := decoder.Decode(d.ReadPlan(plan, s, nil), data.NewArena(), []byte(raw))
		got := v.String()
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%x is read as %v, %v", raw, v, err)
		}
	}
}
