package jsonschema

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/convertertest"
)

// readBy reads JSON by the schema that a text of JSON Schema gives.
func readBy(t *testing.T, opts Options, schema, doc string) (data.Value, error) {
	t.Helper()
	js, err := ParseSchema(schema, nil, opts.OldDialects)
	if err != nil {
		t.Fatalf("%s: %v", schema, errorText(err))
	}
	d := NewData(opts)
	s, err := d.ConnectSchema(js, nil)
	if err != nil {
		t.Fatalf("%s: %v", schema, errorText(err))
	}
	var dec Decoder
	plan := d.ReadPlan(s)
	a := data.NewArena()
	v, _, err := dec.Decode(plan, a, []byte(doc))
	// The slow way says the same.
	n, parseErr := parse([]byte(doc))
	if parseErr == nil {
		slow, slowErr := treeReader{Data: d, arena: data.NewArena()}.convert(s, n)
		if (err == nil) != (slowErr == nil) || err == nil && !v.Equal(slow) {
			t.Errorf("%s: %s is %v, %v the fast way and %v, %v the slow one", schema, doc, v, err, slow, slowErr)
		}
	}
	return v, err
}

func TestReadValues(t *testing.T) {
	t.Parallel()
	const (
		intText    = `{"oneOf":[{"type":"integer"},{"type":"string"}]}`
		int8Int32  = `{"oneOf":[{"type":"integer","connect.type":"int8"},{"type":"integer","connect.type":"int32"},{"type":"number"}]}`
		decimal    = `{"type":"number","connect.type":"bytes","title":"org.apache.kafka.connect.data.Decimal","connect.parameters":{"scale":"2"}}`
		structs    = `{"oneOf":[{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}}},{"type":"object","properties":{"c":{"type":"integer"},"d":{"type":"object","properties":{"e":{"type":"string"}}}}}]}`
		entries    = `{"type":"array","connect.type":"map","items":{"type":"object","properties":{"key":{"type":"integer"},"value":{"type":"string"}}}}`
		logical    = `{"type":"integer","connect.type":"int32","title":"org.apache.kafka.connect.data.`
		optional   = `{"type":"object","properties":{"a":{"oneOf":[{"type":"null"},{"type":"integer","default":7}]},"b":{"type":"string"}}}`
		additional = `{"type":"object","properties":{"a":{"type":"integer"}}}`
	)
	for _, x := range []struct{ schema, doc, want string }{
		{`{"type":"boolean"}`, `true`, "true"},
		{`{"type":"boolean"}`, `"true"`, "false"},
		{`{"type":"integer","connect.type":"int8"}`, `300`, "44"},
		{`{"type":"integer"}`, `3.7`, "3"},
		{`{"type":"integer"}`, `"3"`, "0"},
		{`{"type":"integer"}`, `1e3`, "1000"},
		{`{"type":"integer"}`, `18446744073709551617`, "1"},
		{`{"type":"number"}`, `-0.0`, "0.0"},
		{`{"type":"number"}`, `1e400`, "Infinity"},
		{`{"type":"number"}`, `NaN`, "NaN"},
		{`{"type":"number"}`, ` -INF `, "-Infinity"},
		{`{"type":"string"}`, `"é😀"`, "é😀"},
		{`{"type":"string"}`, `5`, "null"},
		{`{"type":"string","connect.type":"bytes"}`, `"Zm9v"`, "foo"},
		{decimal, `1.5600`, "1.5600"},
		{decimal, `"AJw="`, "1.56"},
		{decimal, `123456789012345678901234567890.5`, "123456789012345678901234567890.5"},
		{decimal, `"x"`, "error: Invalid bytes for Decimal field"},
		{decimal, `true`, "error: Invalid type for Decimal, underlying representation should be numeric or bytes but was BOOLEAN"},
		{logical + `Date"}`, `1`, "1970-01-02"},
		{logical + `Date"}`, `3000000000`, "error: Invalid type for Date, underlying representation should be integer but was NUMBER"},
		{logical + `Time"}`, `"x"`, "error: Invalid type for Time, underlying representation should be integer but was STRING"},
		{`{"type":"integer","connect.type":"int64","title":"org.apache.kafka.connect.data.Timestamp"}`, `1.5`, "error: Invalid type for Timestamp, underlying representation should be integral but was NUMBER"},
		{intText, `5`, "Struct{io.confluent.connect.json.OneOf.field.0=5}"},
		{intText, `"x"`, "Struct{io.confluent.connect.json.OneOf.field.1=x}"},
		{intText, `true`, "error: Did not find matching oneof field for data"},
		{int8Int32, `5`, "Struct{io.confluent.connect.json.OneOf.field.0=5}"},
		{int8Int32, `5.5`, "Struct{io.confluent.connect.json.OneOf.field.2=5.5}"},
		{structs, `{"a":1,"b":"x"}`, "Struct{io.confluent.connect.json.OneOf.field.0=Struct{a=1,b=x}}"},
		{structs, `{"b":"x","d":{"e":"y"}}`, `error: Invalid value: null used for required field: "c", schema type: INT64`},
		{structs, `{"b":"x","c":2,"d":{"e":"y"}}`, "Struct{io.confluent.connect.json.OneOf.field.1=Struct{c=2,d=Struct{e=y}}}"},
		{structs, `{"z":1}`, "error: Did not find matching oneof field for data"},
		{entries, `[{"key":1,"value":"a"},{"key":2,"value":"b"}]`, "{1=a, 2=b}"},
		{entries, `[ {"value":"a", "key":1} ]`, "{1=a}"},
		{entries, `[]`, "{}"},
		{entries, `{}`, "error: Maps with non-string fields should be encoded as JSON array of objects, but found OBJECT"},
		{entries, `[1]`, "error: Found invalid map entry instead of object: NUMBER"},
		{entries, `[{"key":1}]`, "error: Found invalid map entry, expected length 2 but found :1"},
		{`{"type":"object","connect.type":"map","additionalProperties":{"type":"integer"}}`, `[]`, "error: Maps with string fields should be encoded as JSON objects, but found ARRAY"},
		{`{"type":"array","items":{"type":"integer"}}`, `[1,2, 3]`, "[1, 2, 3]"},
		{`{"type":"array","items":{"type":"integer"}}`, `5`, "[]"},
		{`{"type":"array","items":{"type":"integer"}}`, `[null]`, "error: Invalid null value for required INT64 field"},
		{optional, `{}`, "Struct{a=7}"},
		{optional, `{"a":null,"b":"x"}`, "Struct{a=7,b=x}"},
		{optional, `{"b":null}`, "error: Invalid null value for required STRING field"},
		{optional, `{"b":"x","a":1,"b":"y","c":[{}]}`, "Struct{a=1,b=y}"},
		{additional, `{"b":1,"a":2}`, "Struct{a=2}"},
		{additional, ` { "a" : 2 } trailing`, "Struct{a=2}"},
	} {
		v, err := readBy(t, Options{}, x.schema, x.doc)
		got := v.String()
		if b, ok := v.Bytes(); ok {
			got = string(b)
		}
		if v.Kind() == data.DateKind {
			at, _ := v.Time()
			got = at.UTC().Format("2006-01-02")
		}
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != x.want {
			t.Errorf("%s of %s: got %s, want %s", x.doc, x.schema, got, x.want)
		}
	}
}

func TestAdditionalProperties(t *testing.T) {
	t.Parallel()
	opts := Options{KeepAdditional: true}
	js, err := ParseSchema(`{"type":"object","properties":{"a":{"type":"integer"}}}`, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	d := NewData(opts)
	s, err := d.ConnectSchema(js, nil)
	if err != nil {
		t.Fatal(err)
	}
	var dec Decoder
	doc := `{"a":1,"x":{"b":[1,2.50,null,"é",true,9007199254740993],"a":"` + strings.Repeat("long", 30) + `"},"y":null,"z":-12345678901234567890.5}`
	v, _, err := dec.Decode(d.ReadPlan(s), data.NewArena(), []byte(doc))
	if err != nil {
		t.Fatal(errorText(err))
	}
	out, err := d.WritePlan(s).Append(nil, v)
	if err != nil {
		t.Fatal(err)
	}
	// Members inside are in the order of their names, and the numbers keep their digits.
	want := `{"a":1,"x":{"a":"` + strings.Repeat("long", 30) + `","b":[1,2.50,null,"é",true,9007199254740993]},"y":null,"z":-12345678901234567890.5}`
	if string(out) != want {
		t.Errorf("got %s", out)
	}
	if got := schemaText(t, opts, s); got != `{"type":"object","properties":{"a":{"type":"integer","connect.index":0,"connect.type":"int64"}}}` {
		t.Errorf("schema %s", got)
	}
	if _, _, err := dec.Decode(d.ReadPlan(s), data.NewArena(), []byte(`{"__connect_additional_properties__":1}`)); err == nil || !strings.Contains(err.Error(), "collides") {
		t.Errorf("reserved name: %v", err)
	}
	// Nothing else is an empty field.
	if v, _, err := dec.Decode(d.ReadPlan(s), data.NewArena(), []byte(`{"a":1}`)); err != nil || v.String() != "Struct{a=1}" {
		t.Errorf("none: %v, %v", v, err)
	}
}

func TestVariantBytes(t *testing.T) {
	t.Parallel()
	v, err := readBy(t, Options{}, `{}`, `{"name":"Alice","age":30}`)
	if err != nil {
		t.Fatal(err)
	}
	metadata, _ := v.Struct().Field("metadata").Bytes()
	value, _ := v.Struct().Field("value").Bytes()
	if string(metadata) != "\x01\x02\x00\x04\x07nameage" {
		t.Errorf("metadata %q", metadata)
	}
	if string(value) != "\x02\x02\x01\x00\x00\x05\x0b\x14\x1e\x00\x00\x00\x15Alice" {
		t.Errorf("value %q", value)
	}
}

func TestWriteValues(t *testing.T) {
	t.Parallel()
	u := union(unionName, data.OptionalInt64Schema, data.OptionalStringSchema).Optional().MustBuild()
	required := convertertest.StructSchema("s", "a", data.Int32Schema, "b", data.OptionalStringSchema, "u", u)
	def := convertertest.StructSchema("s", "a", data.NewSchema(data.Int32Kind).Optional().Default(data.Int32(5)).MustBuild())
	partial := func(s *data.Schema) data.Value {
		x, err := data.NewStruct(s).BuildPartial()
		if err != nil {
			t.Fatal(err)
		}
		return x.Value()
	}
	for _, x := range []struct {
		opts Options
		s    *data.Schema
		v    data.Value
		want string
	}{
		{Options{}, required, partial(required), `{"b":null,"u":null}`},
		{Options{}, def, partial(def), `{"a":5}`},
		{Options{IgnoreDefaults: true}, def, partial(def), `{"a":null}`},
		{Options{}, data.Float32Schema, data.Float32(12.2), `12.2`},
		{Options{}, data.Float64Schema, data.Float64(1e7), `1.0E7`},
		{Options{}, data.Float64Schema, data.Float64(math.NaN()), `"NaN"`},
		{Options{}, data.BytesSchema, data.BytesOf([]byte("foo")), `"Zm9v"`},
		{Options{}, data.BytesSchema, data.SmallDecimal(15, 1), `1.5`},
		{Options{}, data.DecimalSchema(2), data.SmallDecimal(156, 2), `"AJw="`},
		{Options{NumericDecimals: true}, data.DecimalSchema(4), data.SmallDecimal(15600, 4), `1.5600`},
		{Options{}, data.NewListSchema(data.Int32Schema).MustBuild(), data.ListOf(data.Int32(1), data.Null), `[1,null]`},
		{Options{}, data.NewMapSchema(data.OptionalStringSchema, data.Int32Schema).MustBuild(), data.MapOf(data.String("a"), data.Int32(1)), `[{"key":"a","value":1}]`},
		{Options{}, nil, data.MapOf(data.Int32(1), data.ListOf(data.String("x"))), `[{"key":1,"value":["x"]}]`},
		{Options{}, nil, data.MapOf(data.String("b"), data.Null, data.String("a"), data.Int64(1)), `{"a":1,"b":null}`},
		{Options{}, u, data.MustStruct(u, data.Null, data.String("x")).Value(), `"x"`},
		{Options{}, u, data.MustStruct(u, data.Null, data.Null).Value(), `null`},
		{Options{}, data.Int64Schema, data.TimestampMillis(1), "error: Invalid type for INT64: class java.util.Date"},
		{Options{}, data.TimestampSchema, data.Int64(1), "error: Invalid type for Timestamp, expected Date but was class java.lang.Long"},
		{Options{}, data.StringSchema, data.Int32(1), "error: Invalid type for STRING: class java.lang.Integer"},
		{Options{}, required, partial(def), "error: Mismatching schema."},
		{Options{}, nil, data.SmallDecimal(1, 0), "error: Java class class java.math.BigDecimal does not have corresponding schema type."},
	} {
		out, err := NewData(x.opts).WritePlan(x.s).Append(nil, x.v)
		got := string(out)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != x.want {
			t.Errorf("%v of %v: got %s, want %s", x.v, x.s, got, x.want)
		}
	}
}

// drawSchema draws schemas whose values survive a round trip.
func drawSchema(t *rapid.T, depth int) *data.Schema {
	kinds := []data.Kind{data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind, data.Float32Kind, data.Float64Kind, data.BoolKind, data.StringKind, data.BytesKind}
	most := len(kinds) + 7
	if depth > 3 {
		most = len(kinds) + 2
	}
	var b *data.SchemaBuilder
	switch n := rapid.IntRange(0, most).Draw(t, "kind"); n - len(kinds) {
	case 0:
		b = data.DecimalBuilder(rapid.Int32Range(0, 5).Draw(t, "scale"))
	case 1:
		b = data.TimestampBuilder()
	case 2:
		b = data.DateBuilder()
	case 3:
		b = data.NewListSchema(drawSchema(t, depth+1))
	case 4:
		b = data.NewMapSchema(data.StringSchema, drawSchema(t, depth+1))
	case 5:
		b = data.NewMapSchema(data.Int64Schema, drawSchema(t, depth+1))
	case 6, 7:
		b = data.NewSchema(data.StructKind).Name("S")
		for i := range rapid.IntRange(0, 5).Draw(t, "fields") {
			b.Field(string(rune('a'+i)), drawSchema(t, depth+1))
		}
	default:
		b = data.NewSchema(kinds[n])
	}
	if rapid.Bool().Draw(t, "optional") {
		b.Optional()
	}
	return b.MustBuild()
}

func drawValue(t *rapid.T, s *data.Schema) data.Value {
	if s.Optional() && rapid.Bool().Draw(t, "null") {
		return data.Null
	}
	switch s.ValueKind() {
	case data.Int8Kind:
		return data.Int8(rapid.Int8().Draw(t, "v"))
	case data.Int16Kind:
		return data.Int16(rapid.Int16().Draw(t, "v"))
	case data.Int32Kind:
		return data.Int32(rapid.Int32().Draw(t, "v"))
	case data.Int64Kind:
		return data.Int64(rapid.Int64().Draw(t, "v"))
	case data.Float32Kind:
		return data.Float32(rapid.Float32Range(1, 1e30).Draw(t, "v"))
	case data.Float64Kind:
		return data.Float64(rapid.Float64Range(1, 1e300).Draw(t, "v"))
	case data.BoolKind:
		return data.Bool(rapid.Bool().Draw(t, "v"))
	case data.StringKind:
		return data.String(rapid.String().Draw(t, "v"))
	case data.BytesKind:
		return data.BytesOf(rapid.SliceOf(rapid.Byte()).Draw(t, "v"))
	case data.DecimalKind:
		scale, _ := data.DecimalScale(s)
		return data.SmallDecimal(rapid.Int64().Draw(t, "v"), scale)
	case data.TimestampKind:
		return data.TimestampMillis(rapid.Int64Range(-1e14, 1e14).Draw(t, "v"))
	case data.DateKind:
		return data.DateMillis(int64(rapid.Int32Range(-1e5, 1e5).Draw(t, "v")) * 86_400_000)
	case data.ListKind:
		var list []data.Value
		for range rapid.IntRange(0, 3).Draw(t, "n") {
			list = append(list, drawValue(t, s.Elem()))
		}
		return data.ListOf(list...)
	case data.MapKind:
		var entries []data.Value
		for i := range rapid.IntRange(0, 3).Draw(t, "n") {
			key := data.Int64(int64(i))
			if s.Key().Kind() == data.StringKind {
				key = data.String(string(rune('a' + i)))
			}
			entries = append(entries, key, drawValue(t, s.Elem()))
		}
		return data.MapOf(entries...)
	}
	var values []data.Value
	for _, f := range s.Fields() {
		values = append(values, drawValue(t, f.Schema))
	}
	return data.MustStruct(s, values...).Value()
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchema(t, 0)
		v := drawValue(t, s)
		d := NewData(Options{NumericDecimals: rapid.Bool().Draw(t, "numeric"), Closed: rapid.Bool().Draw(t, "closed")})
		js, err := d.JSONSchema(s)
		if err != nil {
			t.Fatal(err)
		}
		text, err := js.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := ParseSchema(text, nil, false)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		back, err := d.ConnectSchema(parsed, nil)
		if err != nil || !back.Equal(s) {
			t.Fatalf("%v is %s and read as %v, %v", s, text, back, err)
		}
		out, err := d.WritePlan(s).Append(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		var dec Decoder
		again, _, err := dec.Decode(d.ReadPlan(back), data.NewArena(), out)
		if err != nil || !again.Equal(v) {
			t.Fatalf("%v is %s and read as %v, %v", v, out, again, err)
		}
		n, err := parse(out)
		if err != nil {
			t.Fatal(err)
		}
		slow, err := treeReader{Data: d, arena: data.NewArena()}.convert(back, n)
		if err != nil || !slow.Equal(v) {
			t.Fatalf("%s read the slow way as %v, %v", out, slow, err)
		}
	})
}

func TestErrorsNameThePath(t *testing.T) {
	t.Parallel()
	_, err := readBy(t, Options{}, `{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":{"b":{"type":"integer"}}}}}}`, `{"a":[{"b":1},{"b":null}]}`)
	if got := errorText(err); !strings.HasSuffix(got, ": Invalid null value for required INT64 field; at a[1].b: Invalid null value for required INT64 field") {
		t.Errorf("got %s", got)
	}
}
