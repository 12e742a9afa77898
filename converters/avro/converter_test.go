package avro

import (
	"bytes"
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
	"github.com/moldau/moldau/internal/javafmt"
)

func TestRegistersOnce(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	c := newConverter(t, r.URL)
	s, v := convertertest.Person(t)
	first := convertertest.Write(t, c, "people", s, v)
	if want := "0000000001" + "06416461" + "0248"; hex.EncodeToString(first) != want {
		t.Errorf("got %x, want %s", first, want)
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

func TestNullsTouchNoRegistry(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	c := newConverter(t, r.URL)
	union := data.NewStructSchema(unionName).Optional().Field("int", data.OptionalInt32Schema).MustBuild()
	for _, x := range []struct {
		s *data.Schema
		v data.Value
	}{{nil, data.Null}, {data.OptionalStringSchema, data.Null}, {union, data.MustStruct(union, data.Null).Value()}} {
		if out, null, err := c.FromConnect([]byte("x"), "t", nil, x.s, x.v); !null || err != nil || string(out) != "x" {
			t.Errorf("%v: %q, %v, %v", x.s, out, null, err)
		}
	}
	if _, _, err := c.FromConnect(nil, "t", nil, data.StringSchema, data.Null); err == nil || err.Error() != "Found null value for non-optional schema" {
		t.Errorf("a null of a required schema: %v", err)
	}
	if len(r.Requests()) > 0 {
		t.Errorf("asked %q", r.Requests())
	}
}

func TestBadDataIsNotRegistered(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	c := newConverter(t, r.URL)
	_, _, err := c.FromConnect(nil, "t", nil, data.Int32Schema, data.String("x"))
	if javafmt.ClassOf(err) != javafmt.DataException || err.Error() != "Invalid type for INT32: class java.lang.String" {
		t.Errorf("got %v", err)
	}
	if len(r.Requests()) > 0 {
		t.Errorf("asked %q", r.Requests())
	}
}

// Bytes as a whole stand without their length; of a ByteBuffer the whole array is taken.
func TestBytesAreRaw(t *testing.T) {
	t.Parallel()
	c := newConverter(t, registrytest.New(t).URL)
	raw := convertertest.Write(t, c, "t", data.BytesSchema, data.BufferOf(&data.Buffer{Array: []byte{1, 2, 3}, Pos: 1, Limit: 2}))
	if hex.EncodeToString(raw) != "0000000001010203" {
		t.Errorf("got %x", raw)
	}
	if _, v := convertertest.Read(t, c, "t", raw); v.Buffer() == nil || !bytes.Equal(v.Buffer().Array, []byte{1, 2, 3}) {
		t.Errorf("read %v", v)
	}
}

func TestSubjects(t *testing.T) {
	t.Parallel()
	s, v := convertertest.Person(t)
	for class, want := range map[string]string{"TopicNameStrategy": "people-value", "RecordNameStrategy": "acme.Person", "TopicRecordNameStrategy": "people-acme.Person"} {
		r := registrytest.New(t)
		c := newConverter(t, r.URL, "value.subject.name.strategy", "io.confluent.kafka.serializers.subject."+class)
		raw := convertertest.Write(t, c, "people", s, v)
		convertertest.Read(t, c, "people", raw)
		if got := strings.Join(r.Requests(), " "); got != "POST /subjects/"+want+"/versions GET /schemas/ids/1 POST /subjects/"+want {
			t.Errorf("%s: asked %s", class, got)
		}
		if class == "TopicNameStrategy" {
			continue
		}
		_, _, err := c.FromConnect(nil, "t", nil, data.StringSchema, data.String("x"))
		if err == nil || !strings.Contains(errors.Unwrap(err).Error(), "the message value must only be a record schema") {
			t.Errorf("%s: a text gives %v", class, err)
		}
	}
}

func TestLatestVersion(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	id := r.Add("people-value", registry.Schema{Type: "AVRO", Text: `{"type":"record","name":"Person","namespace":"acme","fields":[` +
		`{"name":"name","type":"string"},{"name":"age","type":["null","string","int"]}]}`})
	c := newConverter(t, r.URL, "auto.register.schemas", "false", "use.latest.version", "true")
	s, v := convertertest.Person(t)
	raw := convertertest.Write(t, c, "people", s, v)
	if want := "0000000001" + "06416461" + "0448"; id != 1 || hex.EncodeToString(raw) != want {
		t.Errorf("got %x, want %s", raw, want)
	}
	r.Add("other-value", registry.Schema{Type: "AVRO", Text: `{"type":"record","name":"Person","namespace":"acme","fields":[{"name":"name","type":"int"}]}`})
	_, _, err := c.FromConnect(nil, "other", nil, s, v)
	if err == nil || !strings.Contains(errors.Unwrap(err).Error()+errors.Unwrap(errors.Unwrap(err)).Error(), "latest.compatibility.strict=false") {
		t.Errorf("an incompatible latest schema gives %v", err)
	}
}

func TestSchemaIDOfTheSettings(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	r.Add("x", registry.Schema{Type: "AVRO", Text: `"int"`})
	r.Add("people-value", registry.Schema{Type: "AVRO", Text: `"long"`})
	c := newConverter(t, r.URL, "auto.register.schemas", "false", "use.schema.id", "2", "id.compatibility.strict", "true")
	if raw := convertertest.Write(t, c, "people", data.Int32Schema, data.Int32(5)); hex.EncodeToString(raw) != "00000000020a" {
		t.Errorf("got %x", raw)
	}
	c = newConverter(t, r.URL, "auto.register.schemas", "false")
	_, _, err := c.FromConnect(nil, "people", nil, data.StringSchema, data.String("x"))
	if err == nil || javafmt.ClassOf(err) != javafmt.DataException || errors.Unwrap(err).Error() != `Error retrieving Avro schema"string"` {
		t.Errorf("an unknown schema gives %v: %v", err, errors.Unwrap(err))
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	r.Add("address", registry.Schema{Type: "AVRO", Text: `{"type":"record","name":"Address","namespace":"acme","fields":[{"name":"city","type":"string"}]}`})
	r.Add("people-value", registry.Schema{Type: "AVRO", Text: `{"type":"record","name":"P","namespace":"acme","fields":[{"name":"a","type":"acme.Address"}]}`,
		References: []registry.Reference{{Name: "acme.Address", Subject: "address", Version: 1}}})
	c := newConverter(t, r.URL)
	_, v := convertertest.Read(t, c, "people", []byte("\x00\x00\x00\x00\x02\x08Bonn"))
	if got := v.String(); got != "Struct{a=Struct{city=Bonn}}" {
		t.Errorf("read %s", got)
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	c := newConverter(t, r.URL, "value.schema.id.serializer", "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer")
	s, v := convertertest.Person(t)
	var headers connect.Headers
	out, _, err := c.FromConnect(nil, "people", &headers, s, v)
	if err != nil || hex.EncodeToString(out) != "064164610248" {
		t.Fatalf("got %x, %v", out, err)
	}
	h, ok := headers.Last("__value_schema_id")
	if b, _ := h.Value.Bytes(); !ok || len(b) != 17 || b[0] != 1 {
		t.Errorf("header %v", h)
	}
	if _, _, err := c.FromConnect(nil, "people", &headers, s, v); err != nil || headers.Len() != 1 {
		t.Errorf("%d headers, %v", headers.Len(), err)
	}
	if _, back, err := c.ToConnect(data.NewArena(), "people", &headers, out); err != nil || !strings.Contains(back.String(), "Ada") {
		t.Errorf("read %v, %v", back, err)
	}
}

func TestEvolution(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	c := newConverter(t, r.URL)
	old, v := convertertest.Person(t)
	wide := convertertest.StructSchema("acme.Person", "name", data.StringSchema, "age", data.OptionalInt32Schema, "city", data.OptionalStringSchema)
	first := convertertest.Write(t, c, "people", old, v)
	second := convertertest.Write(t, c, "people", wide, data.MustStruct(wide, data.String("Bo"), data.Null, data.String("Ulm")).Value())
	for range 3 {
		s1, v1 := convertertest.Read(t, c, "people", first)
		s2, v2 := convertertest.Read(t, c, "people", second)
		n1, _ := s1.Version()
		n2, _ := s2.Version()
		if n1 != 1 || n2 != 2 || v1.String() != "Struct{name=Ada,age=36}" || v2.String() != "Struct{name=Bo,city=Ulm}" {
			t.Errorf("read %v (%d) and %v (%d)", v1, n1, v2, n2)
		}
	}
}

func TestBadBytes(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	c := newConverter(t, r.URL)
	s, v := convertertest.Person(t)
	good := convertertest.Write(t, c, "t", s, v)
	for name, raw := range map[string][]byte{"no frame": {}, "another frame": []byte("{\"a\":1}"), "short frame": {0, 0, 0}, "cut": good[:len(good)-1], "unknown id": {0, 0, 0, 0, 99, 1},
		"long text": {0, 0, 0, 0, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f, 'x'}} {
		_, _, err := c.ToConnect(data.NewArena(), "t", nil, raw)
		if err == nil || javafmt.ClassOf(err) != javafmt.DataException || err.Error() != "Failed to deserialize data for topic t to Avro:" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRegistryFailures(t *testing.T) {
	t.Parallel()
	s, v := convertertest.Person(t)
	for _, x := range []struct {
		status    int
		class     string
		retriable bool
	}{
		{401, "org.apache.kafka.common.errors.AuthenticationException", false}, {403, "org.apache.kafka.common.errors.AuthorizationException", false},
		{409, javafmt.DataException, false}, {422, javafmt.DataException, false}, {500, javafmt.RetriableException, true}, {503, javafmt.RetriableException, true},
		{502, "org.apache.kafka.common.errors.DisconnectException", true}, {429, "org.apache.kafka.common.errors.ThrottlingQuotaExceededException", true},
	} {
		r := registrytest.New(t)
		r.Intercept = func(w http.ResponseWriter, _ *http.Request) bool {
			registrytest.Fail(w, x.status, x.status*100, "no")
			return true
		}
		url := strings.Replace(r.URL, "http://", "http://user:sesame@", 1)
		c := newConverter(t, url)
		_, _, err := c.FromConnect(nil, "t", nil, s, v)
		if javafmt.ClassOf(err) != x.class || (connect.ClassOf(err) == connect.Retriable) != x.retriable {
			t.Errorf("%d: %v of class %s", x.status, err, javafmt.ClassOf(err))
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), "sesame") {
				t.Errorf("%d: the password is in %v", x.status, e)
			}
		}
		r.Intercept = nil
		if _, _, err := c.FromConnect(nil, "t", nil, s, v); err != nil {
			t.Errorf("%d: afterwards %v", x.status, err)
		}
	}
}

func TestSchemasOfOtherTypes(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	r.Add("t-value", registry.Schema{Type: "JSON", Text: `{}`})
	_, _, err := newConverter(t, r.URL).ToConnect(data.NewArena(), "t", nil, []byte{0, 0, 0, 0, 1, 2})
	if err == nil || errors.Unwrap(errors.Unwrap(err)).Error() != "the registry's schema is of type JSON, not AVRO" {
		t.Errorf("got %v", err)
	}
}
