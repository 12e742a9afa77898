package protobuf

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/convertertest"
	"github.com/moldau/moldau/converters/internal/registry"
	"github.com/moldau/moldau/converters/internal/registry/registrytest"
	"github.com/moldau/moldau/converters/protobuf/internal/protofile"
	"github.com/moldau/moldau/internal/javafmt"
	"google.golang.org/protobuf/proto"
)

func asked(t *testing.T, r *registrytest.Registry, want ...string) {
	t.Helper()
	if got := strings.Join(r.Requests(), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("asked %s\nwant %s", got, strings.Join(want, "\n"))
	}
}

func TestRegistersOnce(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	c := newConverter(t, r.URL)
	s, v := convertertest.Person(t)
	first := convertertest.Write(t, c, "people", s, v)
	if want := "0000000001" + "00" + "0a03416461" + "1024"; hex.EncodeToString(first) != want {
		t.Errorf("got %x, want %s", first, want)
	}
	convertertest.Write(t, c, "people", s, v)
	schema, back := convertertest.Read(t, c, "people", first)
	convertertest.Read(t, c, "people", first)
	if version, _ := schema.Version(); version != 1 || schema.Name() != "Person" || back.String() != "Struct{name=Ada,age=36}" {
		t.Errorf("read %v of version %d", back, version)
	}
	asked(t, r, "POST /subjects/people-value/versions", "GET /schemas/ids/1", "POST /subjects/people-value")
}

func TestNullsTouchNoRegistry(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	c := newConverter(t, r.URL)
	for _, s := range []*data.Schema{nil, data.OptionalStringSchema, data.StringSchema} {
		if out, null, err := c.FromConnect([]byte("x"), "t", nil, s, data.Null); !null || err != nil || string(out) != "x" {
			t.Errorf("%v: %q, %v, %v", s, out, null, err)
		}
	}
	list := data.NewListSchema(data.StringSchema).MustBuild()
	for _, x := range []struct {
		s    *data.Schema
		v    data.Value
		want string
	}{
		{list, data.ListOf(), "Unsupported root schema of type ARRAY"},
		{nil, data.Int32(1), `Cannot invoke "org.apache.kafka.connect.data.Schema.name()" because "schema" is null`},
		{data.Int32Schema, data.String("x"), "Invalid type for INT32: class java.lang.String"},
	} {
		if _, _, err := c.FromConnect(nil, "t", nil, x.s, x.v); err == nil || err.Error() != x.want {
			t.Errorf("got %v, want %s", err, x.want)
		}
	}
	asked(t, r)
}

func TestSubjects(t *testing.T) {
	t.Parallel()
	s, v := convertertest.Person(t)
	for class, want := range map[string]string{"TopicNameStrategy": "people-value", "RecordNameStrategy": "acme.Person", "TopicRecordNameStrategy": "people-acme.Person"} {
		r := registrytest.New(t)
		c := newConverter(t, r.URL, "value.subject.name.strategy", "io.confluent.kafka.serializers.subject."+class)
		convertertest.Read(t, c, "people", convertertest.Write(t, c, "people", s, v))
		asked(t, r, "POST /subjects/"+want+"/versions", "GET /schemas/ids/1", "POST /subjects/"+want)
	}
}

const twoMessages = `syntax = "proto3"; package acme;
message First { int32 a = 1; message Inner { string x = 1; } message Person { string name = 1; } }
message Person { string name = 1; int32 age = 2; map<string, int64> m = 3; }`

// The data is that of the value's own schema; the schema of the registry decides about the id and the indexes of the message.
func TestLatestVersion(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	r.Add("people-value", registry.Schema{Type: protobufType, Text: twoMessages})
	c := newConverter(t, r.URL, "auto.register.schemas", "false", "use.latest.version", "true")
	s, v := convertertest.Person(t)
	raw := convertertest.Write(t, c, "people", s, v)
	if want := "0000000001" + "0202" + "0a03416461" + "1024"; hex.EncodeToString(raw) != want {
		t.Errorf("got %x, want %s", raw, want)
	}
	if schema, back := convertertest.Read(t, c, "people", raw); schema.Name() != "Person" || back.Struct().Field("m").Map().Len() != 0 {
		t.Errorf("read %v", back)
	}
	r.Add("other-value", registry.Schema{Type: protobufType, Text: `syntax = "proto3"; package acme; message Person { fixed32 name = 1; }`})
	_, _, err := c.FromConnect(nil, "other", nil, s, v)
	if err == nil || !strings.Contains(errors.Unwrap(errors.Unwrap(err)).Error(), "latest.compatibility.strict=false") {
		t.Errorf("an incompatible latest schema gives %v", err)
	}
}

func TestNestedMessage(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	r.Add("t-value", registry.Schema{Type: protobufType, Text: twoMessages})
	c := newConverter(t, r.URL)
	raw, _ := hex.DecodeString("0000000001" + "040000" + "0a0179")
	if schema, v := convertertest.Read(t, c, "t", raw); schema.Name() != "Inner" || v.String() != "Struct{x=y}" {
		t.Errorf("read %v as %s", v, schema.Name())
	}
	for _, bad := range []string{"04000a", "0c", "01", "04", "fe"} {
		raw, _ := hex.DecodeString("0000000001" + bad)
		if _, _, err := c.ToConnect(data.NewArena(), "t", nil, raw); err == nil || err.Error() != "Failed to deserialize data for topic t to Protobuf:" {
			t.Errorf("indexes %s: %v", bad, err)
		}
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	r.Add("address", registry.Schema{Type: protobufType, Text: `syntax = "proto3"; package acme; message Address { string city = 1; }`})
	r.Add("people-value", registry.Schema{Type: protobufType, Text: `syntax = "proto3"; package acme; import "a/address.proto"; message P { Address a = 1; }`,
		References: []registry.Reference{{Name: "a/address.proto", Subject: "address", Version: 1}}})
	c := newConverter(t, r.URL)
	if _, v := convertertest.Read(t, c, "people", []byte("\x00\x00\x00\x00\x02\x00\x0a\x06\x0a\x04Bonn")); v.String() != "Struct{a=Struct{city=Bonn}}" {
		t.Errorf("read %s", v)
	}
}

func TestKnownTypesAsReferences(t *testing.T) {
	t.Parallel()
	s := convertertest.StructSchema("T", "at", data.TimestampSchema)
	v := data.MustStruct(s, data.TimestampMillis(1500)).Value()
	for strategy, subject := range map[string]string{"Default": "google/protobuf/timestamp.proto", "Qualified": "google.protobuf.timestamp"} {
		r := registrytest.New(t)
		c := newConverter(t, r.URL, "skip.known.types", "false",
			"reference.subject.name.strategy", "io.confluent.kafka.serializers.subject."+strategy+"ReferenceSubjectNameStrategy")
		convertertest.Read(t, c, "t", convertertest.Write(t, c, "t", s, v))
		asked(t, r, "POST /subjects/"+subject+"/versions", "POST /subjects/"+subject, "POST /subjects/t-value/versions", "GET /schemas/ids/2",
			"GET /subjects/"+subject+"/versions/1", "POST /subjects/t-value")
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	c := newConverter(t, r.URL, "value.schema.id.serializer", "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer")
	var headers connect.Headers
	out, _, err := c.FromConnect(nil, "t", &headers, data.StringSchema, data.String("x"))
	if err != nil || hex.EncodeToString(out) != "0a0178" {
		t.Fatalf("got %x, %v", out, err)
	}
	h, ok := headers.Last("__value_schema_id")
	if b, _ := h.Value.Bytes(); !ok || len(b) != 19 || b[0] != 1 || b[17] != 2 || b[18] != 14 {
		t.Errorf("header %v", h)
	}
	if _, _, err := c.FromConnect(nil, "t", &headers, data.StringSchema, data.String("x")); err != nil || headers.Len() != 1 {
		t.Errorf("%d headers, %v", headers.Len(), err)
	}
	if s, back, err := c.ToConnect(data.NewArena(), "t", &headers, out); err != nil || back.String() != "x" || s.Kind() != data.StringKind {
		t.Errorf("read %v, %v", back, err)
	}
}

func TestSchemaOfTheSettings(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	r.Add("t-value", registry.Schema{Type: protobufType, Text: twoMessages})
	c := newConverter(t, r.URL, "use.schema.id", "1", "use.message.indexes", "0, 1",
		"value.schema.id.deserializer", "io.confluent.kafka.serializers.schema.id.ConfigSchemaIdDeserializer")
	if s, v := convertertest.Read(t, c, "t", []byte("\x0a\x01y")); s.Name() != "Person" || v.String() != "Struct{name=y}" {
		t.Errorf("read %v as %s", v, s.Name())
	}
}

// A registry may give the serialized form of a schema, in base64.
func TestSerializedSchema(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	file, err := protofile.Parse("", `syntax = "proto3"; message M { int32 a = 1; }`)
	if err != nil {
		t.Fatal(err)
	}
	serialized, err := proto.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	r.Add("t-value", registry.Schema{Type: protobufType, Text: base64.StdEncoding.EncodeToString(serialized)})
	if s, v := convertertest.Read(t, newConverter(t, r.URL), "t", []byte("\x00\x00\x00\x00\x01\x00\x08\x05")); s.Name() != "M" || v.String() != "Struct{a=5}" {
		t.Errorf("read %v as %s", v, s.Name())
	}
}

func TestErrorsOfBytesNameTheField(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	r.Add("t-value", registry.Schema{Type: protobufType, Text: `syntax = "proto3"; package p; message M { repeated M list = 1; M one = 2; string s = 3; }`})
	c := newConverter(t, r.URL)
	_, _, err := c.ToConnect(data.NewArena(), "t", nil, []byte("\x00\x00\x00\x00\x01\x00\x0a\x05\x12\x03\x1a\x01\xff"))
	if javafmt.ClassOf(err) != javafmt.DataException || err.Error() != "Failed to deserialize data for topic t to Protobuf:" ||
		errors.Unwrap(err).Error() != "Error deserializing Protobuf message for id 1" ||
		errors.Unwrap(errors.Unwrap(err)).Error() != "Protocol message had invalid UTF-8. (message p.M, field list.0.one.s)" {
		t.Errorf("got %v: %v: %v", err, errors.Unwrap(err), errors.Unwrap(errors.Unwrap(err)))
	}
	deep := []byte{}
	for range 101 {
		deep = append(append([]byte{0x12}, binaryLength(len(deep))...), deep...)
	}
	_, _, err = c.ToConnect(data.NewArena(), "t", nil, append([]byte("\x00\x00\x00\x00\x01\x00"), deep...))
	if err == nil || !strings.Contains(errors.Unwrap(errors.Unwrap(err)).Error(), "too many levels of nesting") {
		t.Errorf("too deep: %v", err)
	}
}

func binaryLength(n int) []byte {
	if n < 0x80 {
		return []byte{byte(n)}
	}
	return []byte{byte(n) | 0x80, byte(n >> 7)}
}

func TestRegistryFailures(t *testing.T) {
	t.Parallel()
	s, v := convertertest.Person(t)
	for _, x := range []struct {
		status    int
		class     string
		retriable bool
	}{
		{401, "org.apache.kafka.common.errors.AuthenticationException", false}, {409, javafmt.DataException, false},
		{422, javafmt.DataException, false}, {503, javafmt.RetriableException, true},
	} {
		r := registrytest.New(t)
		r.Intercept = func(w http.ResponseWriter, _ *http.Request) bool {
			registrytest.Fail(w, x.status, x.status*100, "no")
			return true
		}
		_, _, err := newConverter(t, r.URL).FromConnect(nil, "t", nil, s, v)
		if javafmt.ClassOf(err) != x.class || (connect.ClassOf(err) == connect.Retriable) != x.retriable {
			t.Errorf("%d: %v of class %s", x.status, err, javafmt.ClassOf(err))
		}
	}
	r := registrytest.New(t)
	r.Add("t-value", registry.Schema{Type: "JSON", Text: `{}`})
	_, _, err := newConverter(t, r.URL).ToConnect(data.NewArena(), "t", nil, []byte{0, 0, 0, 0, 1, 0})
	if err == nil || errors.Unwrap(errors.Unwrap(err)).Error() != "the registry's schema is of type JSON, not PROTOBUF" {
		t.Errorf("got %v", err)
	}
}
