package jsonschema

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/convertertest"
	"github.com/moldau/moldau/converters/internal/registry"
	"github.com/moldau/moldau/converters/internal/registry/registrytest"
	"github.com/moldau/moldau/internal/javafmt"
)

func TestRegistersOnce(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	c := newConverter(t, r.URL)
	s, v := convertertest.Person(t)
	first := convertertest.Write(t, c, "people", s, v)
	if want := "\x00\x00\x00\x00\x01" + `{"name":"Ada","age":36}`; string(first) != want {
		t.Errorf("got %q, want %q", first, want)
	}
	convertertest.Write(t, c, "people", s, v)
	schema, back := convertertest.Read(t, c, "people", first)
	convertertest.Read(t, c, "people", first)
	if version, _ := schema.Version(); version != 1 || schema.Name() != "acme.Person" || back.Struct().Field("age").String() != "36" {
		t.Errorf("read %v of version %d", back, version)
	}
	want := []string{"POST /subjects/people-value/versions", "GET /schemas/ids/1", "POST /subjects/people-value"}
	if got := r.Requests(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("asked %q, want %q", got, want)
	}
}

func TestNulls(t *testing.T) {
	t.Parallel()
	c := newConverter(t, registrytest.New(t).URL)
	if _, null, err := c.FromConnect(nil, "t", nil, nil, data.Null); !null || err != nil {
		t.Errorf("no schema: %v, %v", null, err)
	}
	// A null of a required schema is null bytes, one of an optional schema is JSON's null.
	if out, null, err := c.FromConnect(nil, "t", nil, data.Int32Schema, data.Null); !null || err != nil || len(out) > 0 {
		t.Errorf("required: %q, %v, %v", out, null, err)
	}
	raw := convertertest.Write(t, c, "t", data.OptionalBoolSchema, data.Null)
	if string(raw[5:]) != "null" {
		t.Errorf("optional: %q", raw)
	}
	if s, v := convertertest.Read(t, c, "t", raw); s == nil || !v.IsNull() || !s.Optional() {
		t.Errorf("read %v of %v", v, s)
	}
	if s, v, err := c.ToConnect(data.NewArena(), "t", nil, nil); s != nil || !v.IsNull() || err != nil {
		t.Errorf("no bytes: %v, %v, %v", s, v, err)
	}
	def := data.NewSchema(data.Int32Kind).Default(data.Int32(7)).MustBuild()
	if raw := convertertest.Write(t, c, "d", def, data.Null); string(raw[5:]) != "7" {
		t.Errorf("default: %q", raw)
	}
}

func errorText(err error) string {
	if err == nil {
		return "no error"
	}
	text := javafmt.ClassOf(err) + ": " + err.Error()
	if cause := errors.Unwrap(err); cause != nil {
		text += "; " + cause.Error()
	}
	return text
}

func TestErrors(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	c := newConverter(t, r.URL)
	s, _ := convertertest.Person(t)
	_, _, err := c.FromConnect(nil, "t", nil, s, data.String("x"))
	if want := "Invalid type for STRUCT: class java.lang.String"; err == nil || err.Error() != want {
		t.Errorf("wrong value: %v", err)
	}
	if len(r.Requests()) > 0 {
		t.Errorf("the registry heard of the schema of a wrong value: %q", r.Requests())
	}
	_, _, err = c.FromConnect(nil, "t", nil, nil, data.Int64(1))
	if got := errorText(err); !strings.HasPrefix(got, javafmt.DataException+": Converting Kafka Connect data to byte[] failed due to serialization error of topic t: ;") {
		t.Errorf("no schema: %s", got)
	}
	id := r.Add("t-value", registry.Schema{Type: "JSON", Text: `{"type":"object","properties":{"a":{"type":"integer"}}}`})
	for payload, want := range map[string]string{
		`{"a":null}`: "Invalid null value for required INT64 field",
		`[]`:         "Structs should be encoded as JSON objects, but found ARRAY",
		``:           "Structs should be encoded as JSON objects, but found MISSING",
		`{"a":`:      "Converting byte[] to Kafka Connect data failed due to serialization error of topic t: ",
		"\xff":       "Converting byte[] to Kafka Connect data failed due to serialization error of topic t: ",
	} {
		_, _, err := c.ToConnect(data.NewArena(), "t", nil, append(registry.AppendID(nil, id), payload...))
		if err == nil || err.Error() != want || javafmt.ClassOf(err) != javafmt.DataException {
			t.Errorf("%s: %s", payload, errorText(err))
		}
	}
	for _, raw := range []string{"", "\x00\x00", "\x07\x00\x00\x00\x01{}", "\x00\x00\x00\x00\x63{}"} {
		_, _, err := c.ToConnect(data.NewArena(), "t", nil, []byte(raw))
		if err == nil {
			t.Errorf("%q is read", raw)
		}
	}
	r.Intercept = func(w http.ResponseWriter, _ *http.Request) bool {
		registrytest.Fail(w, http.StatusInternalServerError, 50001, "down")
		return true
	}
	if _, _, err := c.FromConnect(nil, "other", nil, data.StringSchema, data.String("x")); connect.ClassOf(err) != connect.Retriable {
		t.Errorf("server error: %s", errorText(err))
	}
}

func TestLatestIsReadByToo(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	old := r.Add("t-value", registry.Schema{Type: "JSON", Text: `{"type":"object","properties":{"a":{"type":"integer"}}}`})
	r.Add("t-value", registry.Schema{Type: "JSON", Text: `{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string","default":"x"}}}`})
	raw := append(registry.AppendID(nil, old), `{"a":1}`...)
	s, v := convertertest.Read(t, newConverter(t, r.URL, "auto.register.schemas", "false", "use.latest.version", "true"), "t", raw)
	if n, _ := s.Version(); n != 2 || v.String() != "Struct{a=1,b=x}" {
		t.Errorf("read %v of version %d", v, n)
	}
	s, v = convertertest.Read(t, newConverter(t, r.URL), "t", raw)
	if n, _ := s.Version(); n != 1 || v.String() != "Struct{a=1}" {
		t.Errorf("read %v of version %d", v, n)
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	r.Add("address", registry.Schema{Type: "JSON", Text: `{"type":"object","title":"Address","properties":{"zip":{"type":"string"}}}`})
	id := r.Add("t-value", registry.Schema{
		Type: "JSON", Text: `{"type":"object","properties":{"home":{"$ref":"address.json"},"work":{"oneOf":[{"type":"null"},{"$ref":"address.json"}]}}}`,
		References: []registry.Reference{{Name: "address.json", Subject: "address", Version: 1}},
	})
	c := newConverter(t, r.URL, "json.fail.invalid.schema", "true")
	s, v := convertertest.Read(t, c, "t", append(registry.AppendID(nil, id), `{"home":{"zip":"1"},"work":null}`...))
	if home, _ := s.Field("home"); home.Schema.Name() != "Address" || v.String() != "Struct{home=Struct{zip=1}}" {
		t.Errorf("read %v of %v", v, s)
	}
	_, _, err := c.ToConnect(data.NewArena(), "t", nil, append(registry.AppendID(nil, id), `{"home":{"zip":1}}`...))
	if err == nil || !strings.Contains(errorText(err), "Error deserializing JSON message for id") {
		t.Errorf("invalid: %s", errorText(err))
	}
}

func TestIndent(t *testing.T) {
	t.Parallel()
	c := newConverter(t, registrytest.New(t).URL, "json.indent.output", "true")
	s := convertertest.StructSchema("S", "a", data.NewListSchema(data.Int32Schema).MustBuild(), "b", convertertest.StructSchema("E"), "c", data.StringSchema, "d", data.NewListSchema(data.Int8Schema).MustBuild())
	inner, _ := s.Field("b")
	v := data.MustStruct(s, data.ListOf(data.Int32(1), data.Int32(2)), data.MustStruct(inner.Schema).Value(), data.String(`x,"{:`), data.ListOf()).Value()
	want := "{\n  \"a\" : [ 1, 2 ],\n  \"b\" : { },\n  \"c\" : \"x,\\\"{:\",\n  \"d\" : [ ]\n}"
	raw := convertertest.Write(t, c, "t", s, v)
	if string(raw[5:]) != want {
		t.Errorf("got %s", raw[5:])
	}
	if _, back := convertertest.Read(t, c, "t", raw); back.String() != v.String() {
		t.Errorf("read %v", back)
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	c := newConverter(t, registrytest.New(t).URL, "value.schema.id.serializer", "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer")
	s, v := convertertest.Person(t)
	var headers connect.Headers
	raw, _, err := c.FromConnect(nil, "t", &headers, s, v)
	if err != nil || string(raw) != `{"name":"Ada","age":36}` {
		t.Fatalf("%q, %v", raw, err)
	}
	_, back, err := c.ToConnect(data.NewArena(), "t", &headers, raw)
	if err != nil || back.String() != v.String() {
		t.Errorf("read %v, %v", back, err)
	}
}

func TestValidatesWhatIsWritten(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	r.Add("t-value", registry.Schema{Type: "JSON", Text: `{"type":"object","properties":{"name":{"type":"string","maxLength":2}}}`})
	c := newConverter(t, r.URL, "auto.register.schemas", "false", "use.latest.version", "true", "latest.compatibility.strict", "false", "json.fail.invalid.schema", "true")
	s, v := convertertest.Person(t)
	_, _, err := c.FromConnect(nil, "t", nil, s, v)
	if got := errorText(err); !strings.Contains(got, "Converting Kafka Connect data to byte[] failed due to serialization error of topic t: ; Error serializing JSON message") {
		t.Errorf("invalid: %s", got)
	}
}

func TestSubjects(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	const strategies = "io.confluent.kafka.serializers.subject."
	s, v := convertertest.Person(t)
	for strategy, want := range map[string]string{"RecordNameStrategy": "acme.Person", "TopicRecordNameStrategy": "t-acme.Person", "TopicNameStrategy": "t-value"} {
		c := newConverter(t, r.URL, "value.subject.name.strategy", strategies+strategy)
		convertertest.Read(t, c, "t", convertertest.Write(t, c, "t", s, v))
		if got := r.Requests(); !strings.HasSuffix(got[len(got)-1], "/subjects/"+want) {
			t.Errorf("%s: asked %q", strategy, got)
		}
	}
	c := newConverter(t, r.URL, "value.subject.name.strategy", strategies+"RecordNameStrategy")
	if _, _, err := c.FromConnect(nil, "t", nil, data.Int32Schema, data.Int32(1)); err == nil || !strings.Contains(errorText(err), "must only be a record schema") {
		t.Errorf("no name: %s", errorText(err))
	}
}

func TestDataWithoutSchema(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	r.Add("t-value", registry.Schema{Type: "JSON", Text: `{"type":"object","properties":{"a":{"type":"integer"}}}`})
	c := newConverter(t, r.URL, "auto.register.schemas", "false", "use.latest.version", "true", "latest.compatibility.strict", "false")
	raw := convertertest.Write(t, c, "t", nil, data.MapOf(data.String("a"), data.Int64(1)))
	if _, v := convertertest.Read(t, c, "t", raw); v.String() != "Struct{a=1}" {
		t.Errorf("read %v", v)
	}
}

func TestStrictness(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	s, v := convertertest.Person(t)
	id := r.Add("t-value", registry.Schema{Type: "JSON", Text: `{"type":"object","title":"other","properties":{"name":{"type":"integer"}}}`})
	for _, props := range [][]string{{"use.latest.version", "true"}, {"use.schema.id", "1"}} {
		c := newConverter(t, r.URL, append([]string{"auto.register.schemas", "false"}, props...)...)
		_, _, err := c.FromConnect(nil, "t", nil, s, v)
		cause := errors.Unwrap(err)
		for errors.Unwrap(cause) != nil {
			cause = errors.Unwrap(cause)
		}
		if cause == nil || !strings.HasPrefix(cause.Error(), "Incompatible schema of type 'JSON'. Set ") || !strings.HasSuffix(cause.Error(), "#/name: TYPE_CHANGED") {
			t.Errorf("%q: %v", props, cause)
		}
		c = newConverter(t, r.URL, append([]string{"auto.register.schemas", "false", "latest.compatibility.strict", "false", "id.compatibility.strict", "false"}, props...)...)
		if raw := convertertest.Write(t, c, "t", s, v); raw[4] != byte(id) {
			t.Errorf("%q: %q", props, raw)
		}
	}
}
