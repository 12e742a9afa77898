package avro

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/convertertest"
)

// The recorded cases were made with a relative of Confluent's AvroData. These tests hold where that one does something else.

func mustParse(t *testing.T, text string) *Schema {
	t.Helper()
	a, err := ParseSchema(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func avroText(t *testing.T, opts Options, s *data.Schema) string {
	t.Helper()
	a, err := NewData(opts).AvroSchema(s)
	if err != nil {
		t.Fatal(err)
	}
	return a.String()
}

func TestUnionOfOneIsItsMember(t *testing.T) {
	t.Parallel()
	a := mustParse(t, `{"type":"record","name":"R","fields":[{"name":"u","type":["string"],"default":"x"}]}`)
	s, err := NewData(Options{}).ConnectSchema(a, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f, _ := s.Field("u"); f.Schema != data.StringSchema {
		t.Errorf("got %v", f.Schema)
	}
	var d Decoder
	v, _, err := d.Decode(NewData(Options{}).ReadPlan(a, s, nil), data.NewArena(), []byte{0, 2, 'y'})
	if err != nil || v.Struct().Field("u").String() != "y" {
		t.Errorf("read %v, %v", v, err)
	}
	if s, err = NewData(Options{KeepSingletonUnions: true}).ConnectSchema(a, nil); err != nil || s.Fields()[0].Schema.Name() != unionName {
		t.Errorf("kept: %v, %v", s, err)
	}
}

func TestFixedDecimal(t *testing.T) {
	t.Parallel()
	s := data.DecimalBuilder(2).Param(fixedSizeParam, "4").Param(precisionParam, "9").MustBuild()
	d := NewData(Options{})
	a, err := d.AvroSchema(s)
	if err != nil {
		t.Fatal(err)
	}
	for unscaled, want := range map[int64]string{0: "00000000", 100: "00000064", -1: "ffffffff", 1 << 30: "40000000"} {
		got, err := d.WritePlan(s, a, a).Append(nil, data.SmallDecimal(unscaled, 2))
		if err != nil || hex.EncodeToString(got) != want {
			t.Errorf("%d: %x, %v", unscaled, got, err)
		}
	}
	_, err = d.WritePlan(s, a, a).Append(nil, data.SmallDecimal(1<<40, 2))
	if err == nil || err.Error() != "Unscaled value byte array length 6 is greater than fixed size 4" {
		t.Errorf("too long: %v", err)
	}
	// Read from Avro the name is that of the logical type.
	foreign := mustParse(t, `{"type":"fixed","name":"Amount","size":4,"logicalType":"decimal","precision":9,"scale":2}`)
	if s, err := d.ConnectSchema(foreign, nil); err != nil || s.Name() != data.DecimalName {
		t.Errorf("foreign: %v, %v", s, err)
	}
}

func TestFixedTakesTheBuffersWindow(t *testing.T) {
	t.Parallel()
	s := data.NewSchema(data.BytesKind).Name("acme.Md5").Param(fixedSizeParam, "2").MustBuild()
	d := NewData(Options{})
	a, err := d.AvroSchema(s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.WritePlan(s, a, a).Append(nil, data.BufferOf(&data.Buffer{Array: []byte{0, 1, 2, 3}, Pos: 1, Limit: 3}))
	if err != nil || hex.EncodeToString(got) != "0102" {
		t.Errorf("got %x, %v", got, err)
	}
}

func TestScrubbing(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"fine_1": "fine_1", "1st": "x1st", "a b": "a_b", "-a": "_a", "é": "_C3_A9", "$x": "_24x", "": "", "9é": "x9_C3_A9"} {
		if got := scrubName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	s := convertertest.StructSchema("dev-1.shop.Order", "a.b", data.StringSchema)
	if got := avroText(t, Options{Scrub: true}, s); !strings.HasPrefix(got, `{"type":"record","name":"Order","namespace":"dev_1.shop","fields":[{"name":"a_b"`) {
		t.Errorf("got %s", got)
	}
	if got := avroText(t, Options{}, convertertest.StructSchema("trail.", "a", data.StringSchema)); !strings.HasPrefix(got, `{"type":"record","name":"trail",`) {
		t.Errorf("a dot at the end: %s", got)
	}
}

func TestParametersOfATypeThatOccursAgain(t *testing.T) {
	t.Parallel()
	address := func(p string) *data.Schema {
		return data.NewStructSchema("acme.Address").Param("p", p).Field("street", data.StringSchema).MustBuild()
	}
	s := convertertest.StructSchema("acme.Customer", "home", address("1"), "work", address("2"))
	text := avroText(t, Options{}, s)
	if !strings.Contains(text, `{"name":"work","type":"Address","connect.parameters":{"p":"2"}}`) {
		t.Errorf("got %s", text)
	}
	back, err := NewData(Options{}).ConnectSchema(mustParse(t, text), nil)
	if err != nil || !back.Equal(s) {
		t.Errorf("came back as %v, %v", back, err)
	}
}

func TestVariant(t *testing.T) {
	t.Parallel()
	s := convertertest.StructSchema(variantName, "metadata", data.BytesSchema, "value", data.BytesSchema)
	text := avroText(t, Options{NoMetaData: true}, s)
	want := `{"type":"record","name":"Variant","namespace":"confluent.type","fields":[{"name":"metadata","type":"bytes"},{"name":"value","type":"bytes"}],"logicalType":"variant"}`
	if text != want {
		t.Errorf("got %s", text)
	}
	if back, err := NewData(Options{}).ConnectSchema(mustParse(t, text), nil); err != nil || back != s {
		t.Errorf("came back as %v, %v", back, err)
	}
}

func TestRecursion(t *testing.T) {
	t.Parallel()
	text := `{"type":"record","name":"Node","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","Node"],"default":null}],"connect.name":"Node"}`
	d := NewData(Options{})
	a := mustParse(t, text)
	s, err := d.ConnectSchema(a, nil)
	if err != nil || !s.Cyclic() {
		t.Fatalf("%v, %v", s, err)
	}
	raw := []byte{2, 2, 4, 2, 6, 0}
	var decoder Decoder
	v, _, err := decoder.Decode(d.ReadPlan(a, s, nil), data.NewArena(), raw)
	if err != nil || v.String() != "Struct{v=1,next=Struct{v=2,next=Struct{v=3}}}" {
		t.Fatalf("read %v, %v", v, err)
	}
	own, err := d.AvroSchema(s)
	if err != nil || own.String() != text {
		t.Errorf("back %v, %v", own, err)
	}
	if out, err := d.WritePlan(s, own, own).Append(nil, v); err != nil || string(out) != string(raw) {
		t.Errorf("written %x, %v", out, err)
	}
	deep := make([]byte, 0, 1<<22)
	for range 1 << 21 {
		deep = append(deep, 2, 2)
	}
	if _, malformed, err := decoder.Decode(d.ReadPlan(a, s, nil), data.NewArena(), append(deep, 2, 0)); err == nil || !malformed {
		t.Errorf("data of a million levels: %v", err)
	}
}
