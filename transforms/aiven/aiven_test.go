package aiven

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// side is a key or value with its schema.
type side struct {
	schema *data.Schema
	value  data.Value
}

func record(key, value side) *connect.Record {
	r := connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 1}).Add("t")
	r.SetKey(key.schema, key.value)
	r.SetValue(value.schema, value.value)
	r.Headers.Add("h", data.StringSchema, data.String("x"))
	return r
}

func object(namesAndValues ...any) side {
	v, err := data.NewArena().FromAny(namesAndValues[1])
	if err != nil {
		panic(err)
	}
	pairs := []data.Value{data.String(namesAndValues[0].(string)), v}
	for i := 2; i < len(namesAndValues); i += 2 {
		if v, err = data.NewArena().FromAny(namesAndValues[i+1]); err != nil {
			panic(err)
		}
		pairs = append(pairs, data.String(namesAndValues[i].(string)), v)
	}
	return side{nil, data.MapOf(pairs...)}
}

var (
	inner  = data.NewStructSchema("inner", data.Field{Name: "x", Schema: data.OptionalInt32Schema}).Optional().MustBuild()
	person = data.NewStructSchema("person", data.Field{Name: "name", Schema: data.StringSchema}, data.Field{Name: "nick", Schema: data.OptionalStringSchema},
		data.Field{Name: "age", Schema: data.Int32Schema}, data.Field{Name: "at", Schema: data.TimestampSchema}, data.Field{Name: "n", Schema: data.OptionalInt64Schema},
		data.Field{Name: "in", Schema: inner}).MustBuild()
	anne  = side{person, data.MustStruct(person, data.String("Anne"), data.Null, data.Int32(7), data.TimestampMillis(1500), data.Int64(3), data.Null).Value()}
	blank = side{person, data.MustStruct(person, data.String(""), data.String(" "), data.Int32(7), data.TimestampMillis(1500), data.Null, data.Null).Value()}
	nulls = side{person, data.Null}
)

func text(s string) side      { return side{data.StringSchema, data.String(s)} }
func plain(v data.Value) side { return side{nil, v} }

// after applies a transformation to a record with the side as key and as value and returns topic, timestamp, key and value, or the error
// without the text of the record.
func after(t *testing.T, class string, props map[string]string, key, value side) string {
	t.Helper()
	for _, p := range Plugins() {
		if p.Class != classPrefix+class {
			continue
		}
		x := p.NewTransformation()
		if err := x.Configure(props); err != nil {
			return err.Error()
		}
		r := record(key, value)
		keep, err := x.Apply(t.Context(), r)
		if err != nil {
			name := javafmt.ClassOf(err)
			whole := strings.ReplaceAll(err.Error(), record(key, value).String(), "RECORD")
			return name[strings.LastIndexByte(name, '.')+1:] + ": " + whole
		}
		if !keep {
			return "dropped"
		}
		if r.Headers.Len() != 1 {
			t.Errorf("%s: the headers are gone", class)
		}
		ts := "-"
		if r.Timestamp != connect.NoTimestamp {
			ts = fmt.Sprint(r.Timestamp)
		}
		name := ""
		if s := r.ValueSchema(); s != nil {
			name = " " + s.Name()
		}
		return fmt.Sprintf("%s %s %s%s", r.Topic, ts, r.Value(), name)
	}
	t.Fatalf("no class %s", class)
	return ""
}

// The cases are those of Aiven's own tests of version 1.6.0, and what its source says for the rest.
func TestTransformations(t *testing.T) {
	t.Parallel()
	p := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	date := data.TimestampMillis(1500).String() // in the zone of the process
	none := plain(data.Null)
	id := data.NewStructSchema("id", data.Field{Name: "a", Schema: data.Int32Schema}, data.Field{Name: "b", Schema: data.StringSchema}).MustBuild()
	key := side{id, data.MustStruct(id, data.Int32(1), data.String("k")).Value()}
	small := data.NewStructSchema("small", data.Field{Name: "a", Schema: data.StringSchema}, data.Field{Name: "z", Schema: data.BoolSchema}).Version(2).MustBuild()
	small1 := side{small, data.MustStruct(small, data.String("v"), data.Bool(true)).Value()}
	for _, c := range []struct {
		class      string
		props      map[string]string
		key, value side
		want       string
	}{
		{"ConcatFields$Value", p("field.names", "name,missing,nick,age", "output.field.name", "all", "delimiter", "-", "field.replace.missing", "*"), none, anne,
			"t - Struct{name=Anne,age=7,at=" + date + ",n=3,all=Anne-*-*-7} "},
		{"ConcatFields$Value", p("field.names", "a,b", "output.field.name", "a"), none, object("a", 1, "b", "x"), "t - {a=1x, b=x}"},
		{"ConcatFields$Value", p("field.names", "a,b", "output.field.name", "a"), none, none, "DataException: value Value can't be null: RECORD"},
		{"ConcatFields$Key", p("field.names", "a,b", "output.field.name", "a"), none, none, "DataException: key Value can't be null: RECORD"},
		{"ConcatFields$Value", p("field.names", "a,b", "output.field.name", "a"), none, text("x"), "DataException: Value type must be STRUCT or MAP: RECORD"},
		{"ConcatFields$Value", p("field.names", "a,b", "output.field.name", "name"), none, anne, "SchemaBuilderException: Cannot create field because of field name duplication name"},
		{"ConcatFields$Value", p("field.names", "a", "output.field.name", ""), none, anne, "Invalid value  for configuration output.field.name: String must be non-empty"},
		{"ConcatFields$Value", p("output.field.name", "x"), none, anne, `Missing required configuration "field.names" which has no default value.`},

		{"CaseTransform$Value", p("field.names", "name,nick,age,missing", "case", "upper"), none, anne,
			"t - Struct{name=ANNE,age=7,at=" + date + ",n=3} person"},
		{"CaseTransform$Value", p("field.names", "a,b,c", "case", "lower"), none, object("a", "X", "b", true), "t - {a=x, b=true, c=null}"},
		{"CaseTransform$Value", p("field.names", "a", "case", "Upper"), none, anne, "Unknown enum value Upper"},
		{"CaseTransform$Value", p("field.names", "a", "case", "upper"), none, none, "DataException: value Value can't be null: RECORD"},
		{"CaseTransform$Key", p("field.names", "a", "case", "upper"), text("x"), none, "DataException: Value type must be STRUCT or MAP: RECORD"},

		{"ExtractTimestamp$Value", p("field.name", "n"), none, anne, "t 3 " + anne.value.String() + " person"},
		{"ExtractTimestamp$Value", p("field.name", "n", "timestamp.resolution", "seconds"), none, anne, "t 3000 " + anne.value.String() + " person"},
		{"ExtractTimestamp$Value", p("field.name", "at", "timestamp.resolution", "seconds"), none, anne, "t 1500 " + anne.value.String() + " person"},
		{"ExtractTimestamp$Value", p("field.name", "at"), none, object("at", int64(11363151277)), "t 11363151277 {at=11363151277}"},
		{"ExtractTimestamp$Key", p("field.name", "at"), object("at", int64(11363151277)), none, "t 11363151277 null"},
		{"ExtractTimestamp$Value", p("field.name", "n"), none, blank, "DataException: n field must be present and its value can't be null: RECORD"},
		{"ExtractTimestamp$Value", p("field.name", "gone"), none, anne, "DataException: gone field must be present and its value can't be null: RECORD"},
		{"ExtractTimestamp$Value", p("field.name", "age"), none, anne, "DataException: age field must be INT64 or org.apache.kafka.connect.data.Timestamp: RECORD"},
		{"ExtractTimestamp$Value", p("field.name", "age"), none, text("x"), "DataException: value type must be STRUCT or MAP: RECORD"},
		{"ExtractTimestamp$Key", p("field.name", "age"), none, text("x"), "DataException: key can't be null: RECORD"},
		{"ExtractTimestamp$Value", p("field.name", ""), none, none, "Invalid value  for configuration field.name: String must be non-empty"},
		{"ExtractTimestamp$Value", p("field.name", "x", "timestamp.resolution", "foo"), none, none,
			"Invalid value foo for configuration timestamp.resolution: Unsupported resolution type 'foo'. Supported are: milliseconds, seconds"},

		{"ExtractTopic$Value", nil, none, text("other"), "other - other "},
		{"ExtractTopic$Value", nil, none, plain(data.Int64(123)), "123 - 123"},
		{"ExtractTopic$Value", nil, none, side{data.Float64Schema, data.Float64(1)}, "1.0 - 1.0 "},
		{"ExtractTopic$Value", p("field.name", "age"), none, anne, "7 - " + anne.value.String() + " person"},
		{"ExtractTopic$Value", p("field.name", "at"), none, anne, "" + date + " - " + anne.value.String() + " person"},
		{"ExtractTopic$Key", p("field.name", "a"), object("a", true), none, "true - null"},
		{"ExtractTopic$Value", p("field.name", "a"), none, object("a", " "), "DataException: a in value can't be null or empty: RECORD"},
		{"ExtractTopic$Value", p("field.name", "a", "skip.missing.or.null", "true"), none, object("b", 1), "t - {b=1}"},
		{"ExtractTopic$Value", p("field.name", "nick"), none, blank, "  - " + blank.value.String() + " person"},
		{"ExtractTopic$Value", p("field.name", "nick"), none, anne, "DataException: nick in value can't be null or empty: RECORD"},
		{"ExtractTopic$Value", p("field.name", "name", "skip.missing.or.null", "true"), none, blank, "t - " + blank.value.String() + " person"},
		{"ExtractTopic$Value", p("field.name", "gone"), none, anne, "DataException: gone in value schema can't be missing: RECORD"},
		{"ExtractTopic$Value", p("field.name", "in"), none, anne,
			"DataException: in schema type in value must be [INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING]: RECORD"},
		{"ExtractTopic$Value", nil, none, anne,
			"DataException: value schema type must be [INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING] if field name is not specified: RECORD"},
		{"ExtractTopic$Key", p("field.name", "a"), none, none, "DataException: key can't be null if field name is specified: RECORD"},
		{"ExtractTopic$Value", p("field.name", "a"), none, nulls, "DataException: value can't be null if field name is specified: RECORD"},
		{"ExtractTopic$Value", p("field.name", "a"), none, text("x"), "DataException: value schema type must be STRUCT if field name is specified: RECORD"},
		{"ExtractTopic$Value", p("field.name", "a"), none, plain(data.String("x")), "DataException: value type must be Map if field name is specified: RECORD"},
		{"ExtractTopic$Value", nil, none, none, "DataException: value can't be null or empty: RECORD"},
		{"ExtractTopic$Value", nil, none, object("a", 1), "DataException: type in value {a=1} must be " + topicClasses + ": RECORD"},
		{"ExtractTopic$Value", p("field.name", "a"), none, object("a", map[string]any{"b": 1}), "DataException: a type in value {a={b=1}} must be " + topicClasses + ": RECORD"},

		{"ExtractTopicFromSchemaName$Value", nil, none, anne, "person - " + anne.value.String() + " person"},
		{"ExtractTopicFromSchemaName$Value", p("schema.name.topic-map", "x:y,person:people"), none, anne, "people - " + anne.value.String() + " person"},
		{"ExtractTopicFromSchemaName$Value", p("schema.name.regex", "(?:[.]|^)([^.]{3})"), none, anne, "per - " + anne.value.String() + " person"},
		{"ExtractTopicFromSchemaName$Value", p("schema.name.regex", "(a)(b)"), none, anne, "person - " + anne.value.String() + " person"},
		{"ExtractTopicFromSchemaName$Value", nil, none, text("x"), "DataException:  value schema name can't be null: RECORD"},
		{"ExtractTopicFromSchemaName$Value", p("schema.name.regex", "["), none, anne, "[ set as schema.name.regex is not valid regex."},
		{"ExtractTopicFromSchemaName$Value", p("schema.name.topic-map", "x"), none, anne,
			`schema.name.topic-map is not valid. Format should be: "SchemaValue1:NewValue1,SchemaValue2:NewValue2"`},
		{"ExtractTopicFromSchemaName$Value", p("schema.name.topic-map", "x:y", "schema.name.regex", "x"), none, anne,
			"schema.name.topic-map and schema.name.regex should not be defined together."},
		{"ExtractTopicFromSchemaName$Value", p("schema.name.topic-map", "x:y,x:z"), none, anne, "Duplicate key x (attempted merging values y and z)"},

		{"FilterByFieldValue$Value", p("field.name", "name", "field.value", "Anne"), none, anne, "t - " + anne.value.String() + " person"},
		{"FilterByFieldValue$Value", p("field.name", "name", "field.value", "Anne", "field.value.matches", "false"), none, anne, "dropped"},
		{"FilterByFieldValue$Value", p("field.name", "language", "field.value.pattern", ".*Java.*", "field.value.matches", "false"), none, object("language", "Javascript"), "dropped"},
		{"FilterByFieldValue$Value", p("field.name", "language", "field.value.pattern", "ust"), none, object("language", "Rust"), "t - {language=Rust}"},
		{"FilterByFieldValue$Key", p("field.value", "A42", "field.value.matches", "false"), plain(data.String("A42")), none, "dropped"},
		{"FilterByFieldValue$Value", p("field.value", "42"), none, plain(data.Int8(42)), "t - 42"},
		{"FilterByFieldValue$Value", p("field.value", "42"), none, plain(data.Int32(42)), "dropped"},
		{"FilterByFieldValue$Value", p("field.value", "42"), none, nulls, "t - null person"},
		{"FilterByFieldValue$Value", p("field.name", "nick", "field.value.pattern", "x", "field.value.matches", "false"), none, anne, "t - " + anne.value.String() + " person"},
		{"FilterByFieldValue$Value", p("field.name", "nick", "field.value", "x"), none, anne, "NullPointerException: field.value is compared with a null"},
		{"FilterByFieldValue$Value", p("field.name", "gone", "field.value", "x"), none, anne, "NullPointerException: the struct has no field gone"},
		{"FilterByFieldValue$Value", p("field.name", "gone"), none, anne, "Either field.value or field.value.pattern have to be set to apply filter transform"},
		{"FilterByFieldValue$Value", p("field.value", "a", "field.value.pattern", "b"), none, anne, "Either field.value or field.value.pattern have to be set to apply filter transform"},

		{"Hash$Value", p("function", "md5"), none, text("jerry@all_your_bases.com"), "t - f8df3763cd7127b5d4fb7b0750a6cb32 "},
		{"Hash$Value", p("function", "sha256", "field.name", "name"), none, side{inner, data.Null}, "DataException: value can't be null if field name is specified: RECORD"},
		{"Hash$Value", p("function", "sha1", "field.name", "a"), none, small1, "t - Struct{a=7a38d8cbd20d9932ba948efaa364bb62651d5ad4,z=true} small"},
		{"Hash$Value", p("function", "sha1", "field.name", "gone"), none, small1, "DataException: gone in value schema can't be missing: RECORD"},
		{"Hash$Value", p("function", "sha1", "field.name", "nick"), none, anne, "DataException: nick in value can't be null: RECORD"},
		{"Hash$Value", p("function", "sha1", "field.name", "nick", "skip.missing.or.null", "true"), none, anne, "t - " + anne.value.String() + " person"},
		{"Hash$Value", p("function", "sha1", "field.name", "age"), none, anne, "DataException: age schema type in value must be STRING: RECORD"},
		{"Hash$Value", p("function", "sha1"), none, anne, "DataException: value schema type must be STRING if field name is not specified: RECORD"},
		{"Hash$Key", p("function", "sha1"), none, anne, "DataException: key schema can't be null: RECORD"},
		{"Hash$Value", p("function", "sha1"), none, side{data.OptionalStringSchema, data.Null}, "DataException: value can't be null: RECORD"},
		{"Hash$Value", p("function", "crc"), none, anne, "Invalid value crc for configuration function: String must be one of: md5, sha1, sha256"},

		{"KeyToValue", p("key.fields", "a,b", "value.fields", "x"), key, small1, "t - Struct{a=v,z=true,x=1,b=k} small"},
		{"KeyToValue", p("key.fields", "a"), key, small1, "t - Struct{a=1,z=true} small"},
		{"KeyToValue", p("key.fields", "*"), key, small1, "t - Struct{a=v,z=true,_key=Struct{a=1,b=k}} small"},
		{"KeyToValue", p("key.fields", "*", "value.fields", "k"), text("key"), object("a", 1), "t - {a=1, k=key}"},
		{"KeyToValue", p("key.fields", "a,b"), object("a", 5), object("c", 1), "t - {a=5, b=null, c=1}"},
		{"KeyToValue", p("key.fields", "*"), plain(data.String("key")), small1, "t - Struct{a=v,z=true,_key=key} small"},
		{"KeyToValue", p("key.fields", "a,b", "value.fields", "x,x"), key, small1, "More than one key value is copied to the value field name 'x'"},
		{"KeyToValue", p("key.fields", "a,*"), text("x"), small1, "DataException: Named key fields [a, *] cannot be copied from the key schema: STRING"},
		{"KeyToValue", p("key.fields", "a"), plain(data.String("x")), small1, "DataException: Named key fields [a] cannot be copied from the key class: java.lang.String"},
		{"KeyToValue", p("key.fields", "*"), object("a", 1), small1, "DataException: The value requires a schema, but the key class is a schemaless Map"},
		{"KeyToValue", p("key.fields", "*"), key, text("x"), "DataException: The value needs to be a Struct or Map in order to append fields"},
		{"KeyToValue", p("key.fields", "c"), key, small1, "DataException: Key field 'c' not found in key schema"},
		{"KeyToValue", p("key.fields", "c"), key, object("a", 1), "DataException: c is not a valid field name"},

		{"MakeTombstone", nil, key, anne, "t - null"},

		{"TombstoneHandler", p("behavior", "drop_silent"), key, nulls, "dropped"},
		{"TombstoneHandler", p("behavior", "DROP_WARN"), key, none, "dropped"},
		{"TombstoneHandler", p("behavior", "fail"), key, none, "DataException: Tombstone record encountered, failing due to configured 'fail' behavior"},
		{"TombstoneHandler", p("behavior", "fail"), key, text("x"), "t - x "},
		{"TombstoneHandler", p("behavior", "x"), key, none,
			"Invalid value x for configuration behavior: Unsupported behavior name: x. Supported are: drop_silent,drop_warn,fail"},
		{"TombstoneHandler", p("behavior", ""), key, none, "Invalid value  for configuration behavior: String must be non-empty"},
		{"TombstoneHandler", nil, key, none, `Missing required configuration "behavior" which has no default value.`},
	} {
		if got := after(t, c.class, c.props, c.key, c.value); got != c.want {
			t.Errorf("%s %v of %v, %v:\n got %s\nwant %s", c.class, c.props, c.key.value, c.value.value, got, c.want)
		}
	}
}

func TestCasing(t *testing.T) {
	t.Parallel()
	// What String.toUpperCase(Locale.ROOT) and toLowerCase(Locale.ROOT) give.
	for _, c := range []struct{ in, upper, lower string }{
		{"straße ﬁn", "STRASSE FIN", "straße ﬁn"},
		{"ΟΔΟΣ ΣΑΣ. Σ", "ΟΔΟΣ ΣΑΣ. Σ", "οδος σας. σ"},
		{"İi", "İI", "i̇i"},
		{"Ab1", "AB1", "ab1"},
		{"ŉa", "ʼNA", "ŉa"},
	} {
		if got := upper(c.in); got != c.upper {
			t.Errorf("upper %q: %q", c.in, got)
		}
		if got := lower(c.in); got != c.lower {
			t.Errorf("lower %q: %q", c.in, got)
		}
	}
}

func TestContracts(t *testing.T) {
	of := func(s side) func() *connect.Record { return func() *connect.Record { return record(s, s) } }
	records := []func() *connect.Record{of(anne), of(blank), of(nulls), of(plain(data.Null)), of(text("x")), of(object("a", 1, "n", int64(4)))}
	props := map[string]map[string]string{
		"CaseTransform":              {"field.names": "name,nick,a", "case": "upper"},
		"ConcatFields":               {"field.names": "name,nick,a", "output.field.name": "out"},
		"ExtractTimestamp":           {"field.name": "n"},
		"ExtractTopic":               {"field.name": "n"},
		"ExtractTopicFromSchemaName": nil,
		"FilterByFieldValue":         {"field.name": "n", "field.value.pattern": "3"},
		"Hash":                       {"field.name": "name", "function": "sha256"},
		"KeyToValue":                 {"key.fields": "name,*", "value.fields": "new"},
		"MakeTombstone":              nil,
		"TombstoneHandler":           {"behavior": "fail"},
	}
	for _, p := range Plugins() {
		name := strings.TrimPrefix(p.Class, classPrefix)
		t.Run(name, func(t *testing.T) {
			base, _, _ := strings.Cut(name, "$")
			c, ok := props[base]
			if !ok {
				t.Fatal("there is no case")
			}
			connecttest.Transformation(t, connecttest.TransformationCase{Plugin: p, Props: c, Records: records})
		})
	}
}
