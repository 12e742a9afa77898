package jsonschema

import (
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/convertertest"
	"github.com/moldau/moldau/internal/javafmt"
)

func schemaText(t *testing.T, opts Options, s *data.Schema) string {
	t.Helper()
	x, err := NewData(opts).JSONSchema(s)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func union(name string, members ...*data.Schema) *data.SchemaBuilder {
	b := data.NewStructSchema(name)
	for i, m := range members {
		b.Field(unionField+string(rune('0'+i)), m)
	}
	return b
}

func TestFromConnect(t *testing.T) {
	t.Parallel()
	enum := data.NewSchema(data.StringKind).Param(enumParam, "").Param(enumParam+".one", "one").Param(enumParam+".two", "two").Param(enumParam+".<NULL>", "<NULL>")
	general := data.NewSchema(data.StringKind).Param(generalizedEnum, "").Param(generalizedEnum+".one", "0")
	def := func(k data.Kind, v data.Value) *data.Schema { return data.NewSchema(k).Default(v).MustBuild() }
	two := convertertest.StructSchema("", "a", data.Int8Schema, "b", data.OptionalStringSchema)
	for _, x := range []struct {
		opts   Options
		schema *data.Schema
		want   string
	}{
		{Options{}, data.OptionalBoolSchema, `{"oneOf":[{"type":"null"},{"type":"boolean"}]}`},
		{Options{}, data.Int8Schema, `{"type":"integer","connect.type":"int8"}`},
		{Options{}, data.Int16Schema, `{"type":"integer","connect.type":"int16"}`},
		{Options{}, data.Float32Schema, `{"type":"number","connect.type":"float32"}`},
		{Options{}, data.BytesSchema, `{"type":"string","connect.type":"bytes"}`},
		{Options{}, enum.MustBuild(), `{"enum":[null,"one","two"]}`},
		{
			Options{Generalized: true}, general.MustBuild(),
			`{"enum":["one"],"connect.parameters":{"org.apache.kafka.connect.data.Enum":"","org.apache.kafka.connect.data.Enum.one":"0"}}`,
		},
		{
			Options{}, union(unionName, data.Int32Schema, data.StringSchema).MustBuild(),
			`{"oneOf":[{"type":"integer","connect.index":0,"connect.type":"int32"},{"type":"string","connect.index":1}]}`,
		},
		{
			Options{}, union(unionName, data.OptionalInt32Schema).Optional().MustBuild(),
			`{"oneOf":[{"type":"null"},{"type":"integer","connect.index":0,"connect.type":"int32"}]}`,
		},
		{
			Options{}, data.DecimalSchema(2),
			`{"type":"string","title":"org.apache.kafka.connect.data.Decimal","connect.version":1,"connect.type":"bytes","connect.parameters":{"scale":"2"}}`,
		},
		{
			Options{NumericDecimals: true}, data.DecimalSchema(2),
			`{"type":"number","title":"org.apache.kafka.connect.data.Decimal","connect.version":1,"connect.type":"bytes","connect.parameters":{"scale":"2"}}`,
		},
		{
			Options{}, data.TimestampBuilder().Default(data.TimestampMillis(0)).MustBuild(),
			`{"type":"integer","title":"org.apache.kafka.connect.data.Timestamp","default":0,"connect.version":1,"connect.type":"int64"}`,
		},
		{Options{}, def(data.Float32Kind, data.Float32(12.2)), `{"type":"number","default":12.2,"connect.type":"float32"}`},
		{Options{}, def(data.Float64Kind, data.Float64(1)), `{"type":"number","default":1,"connect.type":"float64"}`},
		{Options{}, def(data.Float64Kind, data.Float64(1.5e10)), `{"type":"number","default":1.5E+10,"connect.type":"float64"}`},
		{Options{}, def(data.BytesKind, data.BytesOf([]byte("foo"))), `{"type":"string","default":"Zm9v","connect.type":"bytes"}`},
		{
			Options{}, data.NewListSchema(data.StringSchema).Default(data.ListOf(data.String("a"), data.String("</b>"))).MustBuild(),
			`{"type":"array","default":["a","</b>"],"items":{"type":"string"}}`,
		},
		{
			Options{}, data.NewMapSchema(data.StringSchema, data.Int32Schema).Name("foo.bar").Doc("d").MustBuild(),
			`{"type":"object","title":"foo.bar","description":"d","connect.type":"map","additionalProperties":{"type":"integer","connect.type":"int32"}}`,
		},
		{
			Options{}, data.NewMapSchema(data.OptionalStringSchema, data.Int32Schema).MustBuild(),
			`{"type":"array","connect.type":"map","items":{"type":"object","properties":{"value":{"type":"integer","connect.index":1,"connect.type":"int32"},` +
				`"key":{"connect.index":0,"oneOf":[{"type":"null"},{"type":"string"}]}}}}`,
		},
		{
			Options{Closed: true}, two,
			`{"type":"object","additionalProperties":false,"properties":{"a":{"type":"integer","connect.index":0,"connect.type":"int8"},` +
				`"b":{"connect.index":1,"oneOf":[{"type":"null"},{"type":"string"}]}}}`,
		},
		{
			Options{}, convertertest.StructSchema("s", "x", two.AsOptional(true)),
			`{"type":"object","title":"s","properties":{"x":{"connect.index":0,"oneOf":[{"type":"null"},{"type":"object","properties":{` +
				`"a":{"type":"integer","connect.index":0,"connect.type":"int8"},"b":{"connect.index":1,"oneOf":[{"type":"null"},{"type":"string"}]}}}]}}}`,
		},
	} {
		if got := schemaText(t, x.opts, x.schema); got != x.want {
			t.Errorf("%v:\n got %s\nwant %s", x.schema, got, x.want)
		}
	}
}

func TestFromConnectRecursive(t *testing.T) {
	t.Parallel()
	s, err := data.Recursive(func(self *data.Schema) *data.SchemaBuilder {
		return data.NewStructSchema("Task").Doc("A task").Param(idParam, "#id1").Field("parent", self).
			Field("title", data.NewSchema(data.StringKind).Doc("Task title").MustBuild())
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"object","title":"Task","description":"A task","id":"#id1","properties":{"parent":{"$ref":"#id1"},` +
		`"title":{"type":"string","description":"Task title","connect.index":1}}}`
	if got := schemaText(t, Options{}, s); got != want {
		t.Errorf("got %s", got)
	}
	// Without id there is no end of it.
	s, err = data.Recursive(func(self *data.Schema) *data.SchemaBuilder {
		return data.NewStructSchema("Task").Field("parent", data.NewListSchema(self).MustBuild())
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewData(Options{}).JSONSchema(s); err == nil || !strings.Contains(err.Error(), idParam) {
		t.Errorf("without id: %v", err)
	}
}

// describe writes a schema in short: type, name, parameters, default, fields; optional ones with a question mark.
func describeSchema(s *data.Schema, depth int) string {
	if s == nil {
		return "-"
	}
	if depth > 4 {
		return "..."
	}
	var b strings.Builder
	b.WriteString(strings.ToLower(s.Kind().String()))
	if s.HasName() {
		b.WriteString(" " + s.Name())
	}
	for _, p := range s.ParamList() {
		b.WriteString(" " + strings.TrimPrefix(p.Key, "io.confluent.connect.json.") + "=" + p.Value)
	}
	if v, ok := s.Default(); ok {
		b.WriteString(" default " + v.String())
	}
	switch s.Kind() {
	case data.StructKind:
		if isVariant(s) {
			break
		}
		b.WriteString("{")
		for i, f := range s.Fields() {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(strings.TrimPrefix(f.Name, "io.confluent.connect.json.") + ": " + describeSchema(f.Schema, depth+1))
		}
		b.WriteString("}")
	case data.ListKind:
		b.WriteString("[" + describeSchema(s.Elem(), depth+1) + "]")
	case data.MapKind:
		b.WriteString("[" + describeSchema(s.Key(), depth+1) + " -> " + describeSchema(s.Elem(), depth+1) + "]")
	}
	if s.Optional() {
		b.WriteString("?")
	}
	return b.String()
}

const modernDialect = `"$schema":"https://json-schema.org/draft/2020-12/schema",`

func TestToConnect(t *testing.T) {
	t.Parallel()
	const (
		intOrText = "struct io.confluent.connect.json.OneOf{OneOf.field.0: int64?, OneOf.field.1: string?}"
		ab        = "string Enum= Enum.a=a Enum.b=b"
	)
	for _, x := range []struct {
		opts       Options
		text, want string
	}{
		{Options{}, `{"type":"boolean"}`, "boolean"},
		{Options{}, `{"type":"integer","connect.type":"int8","default":12}`, "int8 default 12"},
		{Options{}, `{"type":"integer"}`, "int64"},
		{Options{}, `{"type":"number"}`, "float64"},
		{Options{}, `{"type":"string","connect.type":"bytes"}`, "bytes"},
		{Options{}, `{"type":"number","connect.type":"bytes","title":"org.apache.kafka.connect.data.Decimal","connect.parameters":{"scale":"2"}}`,
			"bytes org.apache.kafka.connect.data.Decimal scale=2"},
		{Options{}, `{"type":["string","null"]}`, "string?"},
		{Options{}, `{"type":["null","string"],"title":"lost"}`, "string?"},
		{Options{}, `{"oneOf":[{"type":"null"},{"type":"string","title":"kept","default":"x"}],"default":"lost"}`, "string kept default x?"},
		{Options{}, `{"type":["integer","string"]}`, intOrText},
		{Options{}, `{"oneOf":[{"type":"integer"},{"type":"string"}]}`, intOrText},
		{Options{}, `{"anyOf":[{"type":"integer"},{"type":"null"},{"type":"string"}]}`, intOrText + "?"},
		{Options{}, `{"oneOf":[{"type":"string","default":"x"}],"title":"lost"}`, "string default x"},
		{Options{KeepSingletonUnions: true}, `{"oneOf":[{"type":"string"}]}`, "struct io.confluent.connect.json.OneOf{OneOf.field.0: string?}"},
		{Options{Generalized: true}, `{"type":"object","properties":{"a":{"oneOf":[{"type":"integer"},{"type":"string"}]},"b":{"type":["null","string"]},"c":{"anyOf":[{"type":"boolean"},{"type":"string"}]}}}`,
			"struct{a: struct connect_union_0 org.apache.kafka.connect.data.Union=connect_union_0{connect_union_field_0: int64?, connect_union_field_1: string?}, b: string?, " +
				"c: struct connect_union_2 org.apache.kafka.connect.data.Union=connect_union_2{connect_union_field_0: boolean?, connect_union_field_1: string?}}"},
		{Options{}, `{"enum":["a","b"]}`, ab},
		{Options{}, `{"type":"string","enum":["a","b"],"title":"lost"}`, ab},
		{Options{}, `{"enum":["a",null,1.50]}`, "string Enum= Enum.a=a Enum.<NULL>=<NULL> Enum.1.50=1.50"},
		{Options{}, `{"const":"a","title":"C"}`, "string C Enum= Enum.a=a"},
		{Options{Generalized: true}, `{"enum":["a","b"]}`,
			"string org.apache.kafka.connect.data.Enum= org.apache.kafka.connect.data.Enum.a=0 org.apache.kafka.connect.data.Enum.b=1"},
		{Options{}, `{"type":"integer","enum":[1,2]}`, "int64"},
		{Options{}, `{"type":"string","const":"x"}`, "string"},
		{Options{}, `{"type":"integer","format":"int32"}`, "int64"},
		{Options{}, `{"type":["number","null"],"format":"decimal"}`, "float64?"},
		{Options{}, `{"type":"string","format":"date-time","minLength":3}`, "string"},
		{Options{}, `{"type":"array","items":{"type":"string"}}`, "array[string]"},
		{Options{}, `{"items":{"type":"string"}}`, "array[string]"},
		{Options{}, `{"type":"object","connect.type":"map","additionalProperties":{"type":"integer"}}`, "map[string -> int64]"},
		{Options{}, `{"type":"array","connect.type":"map","items":{"type":"object","properties":{"key":{"type":"integer"},"value":{"type":"boolean"}}}}`, "map[int64 -> boolean]"},
		{Options{}, `{}`, "struct org.apache.kafka.connect.data.Variant"},
		{Options{}, `{"title":"x"}`, "struct org.apache.kafka.connect.data.Variant"},
		{Options{}, `true`, "struct org.apache.kafka.connect.data.Variant"},
		{Options{}, `{"type":"object","properties":{"b":{"type":"string","connect.index":0},"a":{"type":"string","connect.index":1}}}`, "struct{b: string, a: string}"},
		{Options{}, `{"type":"object","properties":{"zz":{"type":"string"},"b":{"type":"string"},"a":{"type":"string"}}}`, "struct{zz: string, a: string, b: string}"},
		{Options{}, `{"type":"object","properties":{"a":{"type":"string","connect.index":1},"b":{"type":"string"}}}`, "struct{b: string}"},
		{Options{OptionalNonRequired: true}, `{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["a"]}`, "struct{a: string, b: string?}"},
		{Options{KeepAdditional: true}, `{"type":"object","properties":{"a":{"type":"string"}}}`,
			"struct{a: string, __connect_additional_properties__: map[string -> struct org.apache.kafka.connect.data.Variant]?}"},
		{Options{KeepAdditional: true}, `{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}`, "struct{a: string}"},
		{Options{}, `{"allOf":[{"type":"object","properties":{"a":{"type":"string"}}},{"$ref":"#/definitions/B"},{"allOf":[{"properties":{"c":{"type":"string"}}}]}],` +
			`"definitions":{"B":{"type":"object","properties":{"b":{"type":"integer"}}}},"title":"lost"}`, "struct{a: string, b: int64, c: string}"},
		{Options{}, `{"allOf":[{"$ref":"#/definitions/B"}],"definitions":{"B":{"type":"string","title":"B"}}}`, "string B"},
		{Options{}, `{"type":"object","title":"T","oneOf":[{"properties":{"a":{"type":"string"}}},{"properties":{"b":{"type":"string"}}}]}`,
			"struct io.confluent.connect.json.OneOf{OneOf.field.0: struct{a: string}?, OneOf.field.1: struct{b: string}?}"},
		{Options{}, `{"type":"object","properties":{"a":{"$ref":"#/$defs/A"},"b":{"oneOf":[{"$ref":"#/$defs/A"},{"type":"null"}]}},"definitions":{"A":{"type":"object","title":"A","properties":{"x":{"type":"integer"}}}}}`,
			"struct{a: struct A{x: int64}, b: struct A Id=#id1{x: int64}?}"},
		{Options{}, `{"$schema":"http://json-schema.org/draft-04/schema#","id":"http://x/y","properties":{"a":{"$ref":"#foo"}},"definitions":{"A":{"id":"#foo","type":"string"}}}`, "struct{a: string}"},
		{Options{}, `{"$schema":"http://json-schema.org/draft-04/schema#","type":"string","const":"x"}`, "string"},
		// The newer drafts.
		{Options{}, `{` + modernDialect + `"type":"object","title":"T","required":["a"],"properties":{"a":{"type":"string","minLength":1},"b":{"$ref":"#/$defs/B"}},"$defs":{"B":{"type":["integer","null"]}}}`,
			"struct T{a: string, b: int64?}"},
		{Options{}, `{` + modernDialect + `"type":"integer","format":"int32","minimum":3,"default":4}`, "int64 default 4"},
		{Options{}, `{` + modernDialect + `"type":["string","null"],"maxLength":4}`, "string?"},
		{Options{}, `{` + modernDialect + `"oneOf":[{"type":"integer"},{"type":"string"}]}`, intOrText},
		{Options{}, `{` + modernDialect + `"$ref":"#a","$defs":{"A":{"$anchor":"a","type":"object","properties":{"x":{"type":"number"}}}}}`, "struct{x: float64}"},
		{Options{}, `{` + modernDialect + `"$ref":"#/definitions/A","title":"lost","properties":{"y":{"type":"string"}},"definitions":{"A":{"type":"object","properties":{"x":{"type":"number"}}}}}`,
			"struct{x: float64, y: string}"},
		{Options{OldDialects: true}, `{` + modernDialect + `"$ref":"#/$defs/A","$defs":{"A":{"type":"string"}}}`, "string"},
		{Options{}, `{` + modernDialect + `"type":"string","enum":["a","b"]}`, ab},
		{Options{}, `{` + modernDialect + `"title":"x"}`, "struct org.apache.kafka.connect.data.Variant"},
		{Options{}, `{` + modernDialect + `"properties":{"op":{"type":"string"},"reviews":{"items":{"$ref":"#/$defs/review"},"required":[],"type":["array","null"]}},"$defs":{"review":{"type":"object","required":[],"properties":{"on":{"type":["string","null"]}}}}}`,
			"struct{op: string, reviews: array[struct{on: string?}]?}"},
		{Options{}, `{` + modernDialect + `"type":"object","properties":{"d":{"additionalProperties":true,"properties":{"p":{"items":{"properties":{"x":{"type":["string","null"]}},"type":["object","null"]},"type":["array","null"]}}}}}`,
			"struct{d: struct{p: array[struct{x: string?}?]?}}"},
		{Options{OldDialects: true}, `{` + modernDialect + `"type":"object","properties":{"d":{"additionalProperties":true,"properties":{"p":{"type":["array","null"],"items":{"type":"string"}}}}}}`,
			"struct{d: struct{p: array[string]?}}"},
		{Options{}, `{"allOf":[{"$ref":"#/definitions/A"},{"$ref":"#/definitions/B"}],"title":"T","type":"object","properties":{"prev":{"type":"string"}},"definitions":{"A":{"properties":{"id":{"type":"string"}}},"B":{"properties":{"id2":{"type":"string"}}}}}`,
			"struct{id: string, id2: string, prev: string}"},
		{Options{}, `{"type":"object","properties":{"m":{"anyOf":[{"$ref":"#/definitions/M"},{"type":"array","items":{"$ref":"#/definitions/M"}},{"type":"null"}]}},"definitions":{"M":{"type":"object","properties":{"id":{"type":"string"}}}}}`,
			"struct{m: struct io.confluent.connect.json.OneOf{OneOf.field.0: struct{id: string}?, OneOf.field.1: array[struct Id=#id1{id: string}]?}?}"},
		{Options{}, `{"oneOf":[{"type":"null","title":"Not included"},{"type":"string"}],"description":"lost"}`, "string?"},
		{Options{}, `{"type":"object","properties":{"a":{"type":"integer"}},"default":{"a":1}}`, "struct default Struct{a=1}{a: int64}"},
		{Options{}, `{"type":"array","items":{"type":"object","properties":{"a":{"type":"integer"}}},"default":[{"a":1}]}`, "array default [Struct{a=1}][struct{a: int64}]"},
		// Recursion: of a reference to the whole, the text is understood once more.
		{Options{}, `{"type":"object","title":"Task","properties":{"parent":{"$ref":"#"}}}`,
			"struct Task{parent: struct Task Id=#id1{parent: struct Task Id=#id1{parent: struct Task Id=#id1{parent: struct Task Id=#id1{parent: ...}}}}}"},
		{Options{}, `{"type":"object","title":"Task","id":"#id1","properties":{"title":{"type":"string","connect.index":1},"parent":{"$ref":"#id1"}}}`,
			"struct Task{parent: struct Task Id=#id1{parent: struct Task Id=#id1{parent: struct Task Id=#id1{parent: struct Task Id=#id1{parent: ..., title: ...}, title: string}, title: string}, title: string}, title: string}"},
		{Options{}, `{"$ref":"#/definitions/N","definitions":{"N":{"type":"object","properties":{"next":{"oneOf":[{"type":"null"},{"$ref":"#/definitions/N"}]}}}}}`,
			"struct Id=#id1{next: struct Id=#id1{next: struct Id=#id1{next: struct Id=#id1{next: struct Id=#id1{next: ...}?}?}?}?}"},
	} {
		js, err := ParseSchema(x.text, nil, x.opts.OldDialects)
		if err != nil {
			t.Errorf("%s: %v", x.text, errorText(err))
			continue
		}
		s, err := NewData(x.opts).ConnectSchema(js, nil)
		if err != nil {
			t.Errorf("%s: %v", x.text, errorText(err))
			continue
		}
		if got := describeSchema(s, 0); got != x.want {
			t.Errorf("%s:\n got %s\nwant %s", x.text, got, x.want)
		}
	}
}

func TestToConnectErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"type":"array"}`:                         javafmt.DataException + ": Array schema did not specify the items type",
		`{"type":"integer","connect.type":"x"}`:    javafmt.IllegalArgument + ": Unsupported type x",
		`{"not":{"type":"string"}}`:                javafmt.DataException + ": Unsupported schema type org.everit.json.schema.NotSchema",
		`false`:                                    javafmt.DataException + ": Unsupported schema type org.everit.json.schema.FalseSchema",
		`{"type":"null"}`:                          javafmt.DataException + ": Unsupported schema type org.everit.json.schema.NullSchema",
		`{"type":"string","default":null}`:         javafmt.DataException + ": Invalid null value for required STRING field",
		`{"type":"integer","connect.version":"1"}`: javafmt.ClassCastException,
		`{"type":"foo"}`:                           javafmt.IllegalArgument + ": Invalid JSON; unknown type: [foo]",
		`[]`:                                       javafmt.IllegalArgument + ": Invalid JSON",
		`{"type":`:                                 javafmt.IllegalArgument + ": Invalid JSON",
		`{"$ref":"http://elsewhere/x.json"}`:       javafmt.IllegalArgument + ": Invalid JSON; http://elsewhere/x.json refers to what is neither",
		`{"$ref":"#/definitions/A","definitions":{"A":{"$ref":"#/definitions/A"}}}`: javafmt.DataException + ": The schema refers to itself",
		`{"type":"object","properties":{"a":{"type":"array"}}}`:                     javafmt.DataException + ": Array schema did not specify the items type; at a",
		`{"allOf":[{"type":"boolean"}],"type":"boolean"}`:                           javafmt.DataException,
	} {
		js, err := ParseSchema(text, nil, false)
		if err == nil {
			_, err = NewData(Options{KeepSingletonUnions: true}).ConnectSchema(js, nil)
		}
		if got := errorText(err); !strings.HasPrefix(got, want) && text[2:7] != "allOf" {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}
