package confluent

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

func record(schema *data.Schema, v data.Value) *connect.Record {
	r := connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 1}).Add("bar")
	r.SetKey(schema, v)
	r.SetValue(schema, v)
	r.Headers.Add("h", data.StringSchema, data.String("first"))
	r.Headers.Add("h", data.StringSchema, data.String("second"))
	r.Headers.Add("n", nil, data.Null)
	return r
}

var (
	nested = data.NewStructSchema("nested", data.Field{Name: "nestedKey", Schema: data.OptionalStringSchema}).Optional().MustBuild()
	outer  = data.NewStructSchema("outer", data.Field{Name: "key", Schema: nested}, data.Field{Name: "message", Schema: data.Int32Schema},
		data.Field{Name: "ts", Schema: data.OptionalInt64Schema}, data.Field{Name: "at", Schema: data.OptionalTimestampSchema},
		data.Field{Name: "time", Schema: data.OptionalStringSchema}).MustBuild()
)

// outerOf returns a struct whose nested one has the text, or is null for "".
func outerOf(nestedKey string, message int32) data.Value {
	in := data.Null
	if nestedKey != "" {
		in = data.MustStruct(nested, data.String(nestedKey)).Value()
	}
	return data.MustStruct(outer, in, data.Int32(message), data.Int64(1565049600000), data.Null, data.String("2019-08-06")).Value()
}

func object(t testing.TB, x map[string]any) data.Value {
	t.Helper()
	v, err := data.NewArena().FromAny(x)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// after returns the topic of a record, or that and key and value where they changed, or the class and text of the error.
func after(t *testing.T, class string, props map[string]string, schema *data.Schema, v data.Value) string {
	t.Helper()
	for _, p := range Plugins() {
		if p.Class != classPrefix+class {
			continue
		}
		x := p.NewTransformation()
		if err := x.Configure(props); err != nil {
			return err.Error()
		}
		r := record(schema, v)
		keep, err := x.Apply(t.Context(), r)
		if err != nil {
			name := javafmt.ClassOf(err)
			return name[strings.LastIndexByte(name, '.')+1:] + ": " + err.Error()
		}
		if !keep {
			return "dropped"
		}
		out := r.Topic
		if !r.Key().Equal(v) || r.KeySchema() != schema {
			out += fmt.Sprint(" key ", r.Key(), " ", r.KeySchema())
		}
		if !r.Value().Equal(v) || r.ValueSchema() != schema {
			out += fmt.Sprint(" value ", r.Value(), " ", r.ValueSchema())
		}
		return out
	}
	t.Fatalf("no class %s", class)
	return ""
}

func TestTransformations(t *testing.T) {
	t.Parallel()
	p := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	const nestedCondition = `$.key[?(@.nestedKey == "value1" || @.nestedKey == "value2")]`
	in := func(more ...string) map[string]string { return p(append(more, "filter.type", "include")...) }
	text := data.String("text")
	for _, c := range []struct {
		class  string
		props  map[string]string
		schema *data.Schema
		value  data.Value
		want   string
	}{
		// The examples of Confluent's documentation, then the rest.
		{"Drop$Key", nil, data.Int32Schema, data.Int32(24), "bar key null null"},
		{"Drop$Key", p("schema.behavior", "retain"), data.Int32Schema, data.Int32(24), "bar key null Schema{INT32}"},
		{"Drop$Key", p("schema.behavior", "validate"), data.Int32Schema, data.Int32(24),
			"DataException: The key cannot be dropped, for its schema Schema{INT32} is not optional"},
		{"Drop$Key", p("schema.behavior", "validate"), data.OptionalInt32Schema, data.Int32(24), "bar key null Schema{INT32}"},
		{"Drop$Value", p("schema.behavior", "force_optional"), data.Int32Schema, data.Int32(24), "bar value null Schema{INT32}"},
		{"Drop$Value", p("schema.behavior", "force_optional"), nil, text, "bar value null null"},
		{"Drop$Value", p("schema.behavior", "x"), nil, text,
			"Invalid value x for configuration schema.behavior: String must be one of: nullify, retain, validate, force_optional"},

		{"ExtractTopic$Key", nil, data.StringSchema, text, "text"},
		{"ExtractTopic$Value", p("field", "message"), outer, outerOf("a", 5), "5"},
		{"ExtractTopic$Value", p("field", "f2"), nil, object(t, map[string]any{"f2": "x"}), "x"},
		{"ExtractTopic$Key", p("field", "f3", "skip.missing.or.null", "true"), nil, object(t, map[string]any{"f2": "x"}), "bar"},
		{"ExtractTopic$Value", p("field", `$["key"]["nestedKey"]`, "field.format", "JSON_PATH"), outer, outerOf("a", 5), "a"},
		{"ExtractTopic$Value", p("field", `$["key"]["nestedKey"]`, "field.format", "JSON_PATH", "skip.missing.or.null", "true"), outer, outerOf("", 5), "bar"},
		{"ExtractTopic$Value", p("field", "$.f1.f3", "field.format", "JSON_PATH"), nil, object(t, map[string]any{"f1": map[string]any{}}),
			"DataException: The field '$.f1.f3' of the value is missing, null or empty and cannot be used as topic name"},
		{"ExtractTopic$Value", p("field", "$.f1[*]", "field.format", "JSON_PATH"), nil, text,
			"Invalid value $.f1[*] for configuration field: The path must lead to one field: it must have no wildcards, filters or slices"},
		{"ExtractTopic$Header", p("field", "h"), nil, text, "second"},
		{"ExtractTopic$Header", p("field", "n"), nil, text, "DataException: The header 'n' is missing, null or empty and cannot be used as topic name"},
		{"ExtractTopic$Header", p("field", "gone", "skip.missing.or.null", "true"), nil, text, "bar"},
		{"ExtractTopic$Header", nil, nil, text, `Missing required configuration "field" which has no default value.`},
		{"ExtractTopic$Header", p("field", "h", "field.format", "JSON_PATH"), nil, text,
			"Invalid value JSON_PATH for configuration field.format: Only PLAIN is supported for headers"},
		{"ExtractTopic$Key", nil, nil, data.Null, "DataException: The key is missing, null or empty and cannot be used as topic name"},
		{"ExtractTopic$Key", nil, outer, outerOf("a", 1),
			"DataException: The key cannot be used as topic name: found org.apache.kafka.connect.data.Struct instead of java.lang.String"},
		{"ExtractTopic$Key", p("field", "x"), nil, text,
			"DataException: Only Map objects supported in absence of schema for [extracting the topic name], found: java.lang.String"},

		{"Filter$Value", in("filter.condition", nestedCondition), outer, outerOf("value1", 1), "bar"},
		{"Filter$Value", in("filter.condition", nestedCondition), outer, outerOf("value3", 1), "dropped"},
		{"Filter$Value", p("filter.condition", nestedCondition, "filter.type", "exclude"), outer, outerOf("value2", 1), "dropped"},
		{"Filter$Value", p("filter.condition", nestedCondition, "filter.type", "exclude"), outer, outerOf("value3", 1), "bar"},
		{"Filter$Value", in("filter.condition", nestedCondition), outer, outerOf("", 1),
			"DataException: The record has not the fields of filter.condition, and missing.or.null.behavior is fail: Filter: [?] can not be applied to primitives. Current context is: null"},
		{"Filter$Value", in("filter.condition", nestedCondition, "missing.or.null.behavior", "include"), outer, outerOf("", 1), "bar"},
		{"Filter$Value", in("filter.condition", nestedCondition, "missing.or.null.behavior", "exclude"), nil, object(t, map[string]any{"a": 1}), "dropped"},
		{"Filter$Key", p("filter.condition", "$[?(@.message > 500)]", "filter.type", "exclude"), outer, outerOf("a", 600), "dropped"},
		{"Filter$Key", p("filter.condition", "$[?(@.message > 500)]", "filter.type", "exclude"), outer, outerOf("a", 500), "bar"},
		{"Filter$Value", in("filter.condition", "$[?(@.gone == 'x')]"), outer, outerOf("a", 1), "dropped"},
		{"Filter$Value", in("filter.condition", "$.key.nestedKey"), outer, outerOf("a", 1), "bar"},
		{"Filter$Value", in("filter.condition", "$.at"), outer, outerOf("a", 1),
			"DataException: The record has not the fields of filter.condition, and missing.or.null.behavior is fail: the value at $['at'] is null"},
		{"Filter$Value", in("filter.condition", "$.a", "missing.or.null.behavior", "exclude"), nil, data.Null, "dropped"},
		{"Filter$Value", in("filter.condition", "$.message[?(@.a)]"), outer, outerOf("a", 1),
			"DataException: The path $['message'][?] cannot be evaluated on the record: Filter: [?] can not be applied to primitives. Current context is: 1"},
		{"Filter$Value", in("filter.condition", "$.a"), nil, text,
			"DataException: Only Map objects supported in absence of schema for [filtering by a condition], found: java.lang.String"},
		{"Filter$Value", in("filter.condition", "$.a"), data.StringSchema, text,
			"DataException: Only Struct objects supported for [filtering by a condition], found: java.lang.String"},
		{"Filter$Value", in("filter.condition", "$.status == 'X'"), nil, text,
			"Invalid value $.status == 'X' for configuration filter.condition: Use bracket notion ['my prop'] if your property contains blank characters. position: 2"},
		{"Filter$Value", p("filter.condition", "$.a", "filter.type", "x"), nil, text,
			"Invalid value x for configuration filter.type: String must be one of (case insensitive): EXCLUDE, INCLUDE"},

		{"MessageTimestampRouter", p("topic.format", "foo-${topic}-${timestamp}", "message.timestamp.format", "yyyy-MM-dd", "topic.timestamp.format", "yyyy.MM.dd",
			"message.timestamp.keys", "timestamp,time,ts"), nil, object(t, map[string]any{"time": "2019-08-06"}), "foo-bar-2019.08.06"},
		{"MessageTimestampRouter", p("message.timestamp.keys", "at,ts"), outer, outerOf("a", 1), "bar-20190806"},
		{"MessageTimestampRouter", p("message.timestamp.format", "", "message.timestamp.keys", "t"), nil, object(t, map[string]any{"t": "1565049600000"}), "bar-20190806"},
		{"MessageTimestampRouter", p("message.timestamp.format", "EEE MMM dd HH:mm:ss zzz yyyy"), nil,
			object(t, map[string]any{"timestamp": "Sun Dec 13 02:18:44 GMT 2020"}), "bar-20201213"},
		{"MessageTimestampRouter", nil, nil, object(t, map[string]any{"timestamp": "x"}),
			"DataException: The field 'timestamp' holds 'x', which message.timestamp.format does not fit: Unparseable date: \"x\""},
		{"MessageTimestampRouter", nil, nil, object(t, map[string]any{"timestamp": true}), "DataException: The field 'timestamp' holds no timestamp: found java.lang.Boolean"},
		{"MessageTimestampRouter", nil, nil, object(t, map[string]any{"a": 1}),
			"DataException: The value has no timestamp in any of the fields [timestamp] of message.timestamp.keys"},
		{"MessageTimestampRouter", nil, nil, data.Null,
			"DataException: Only Map objects supported in absence of schema for [routing by the timestamp of the message], found: null"},
		{"MessageTimestampRouter", p("topic.timestamp.format", "bb"), nil, data.Null,
			"Invalid value bb for configuration topic.timestamp.format: Illegal pattern character 'b'"},

		{"TombstoneHandler", nil, outer, data.Null, "dropped"},
		{"TombstoneHandler", p("behavior", "ignore"), nil, data.Null, "dropped"},
		{"TombstoneHandler", p("behavior", "fail"), nil, data.Null, "DataException: Tombstone record encountered, failing due to configured 'fail' behavior"},
		{"TombstoneHandler", p("behavior", "fail"), nil, text, "bar"},
	} {
		if got := after(t, c.class, c.props, c.schema, c.value); got != c.want {
			t.Errorf("%s %v of %v:\n got %s\nwant %s", c.class, c.props, c.value, got, c.want)
		}
	}
}

func TestContracts(t *testing.T) {
	of := func(s *data.Schema, v data.Value) func() *connect.Record {
		return func() *connect.Record { return record(s, v) }
	}
	records := []func() *connect.Record{of(outer, outerOf("value1", 1)), of(outer, data.Null), of(nil, data.Null), of(data.StringSchema, data.String("x")),
		of(nil, object(t, map[string]any{"message": "m", "time": "2019-08-06"}))}
	props := map[string]map[string]string{
		"Drop":                   {"schema.behavior": "validate"},
		"ExtractTopic":           {"field": "message"},
		"Filter":                 {"filter.condition": "$[?(@.message == 1)]", "filter.type": "include"},
		"MessageTimestampRouter": {"message.timestamp.keys": "time", "message.timestamp.format": "yyyy-MM-dd"},
		"TombstoneHandler":       {"behavior": "fail"},
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
