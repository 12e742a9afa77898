package jsonschema

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/convertertest"
	"github.com/moldau/moldau/test/servers"
)

// TestMain ends the registry that the tests share.
func TestMain(m *testing.M) {
	code := m.Run()
	servers.Stop()
	os.Exit(code)
}

func TestRealRegistry(t *testing.T) {
	url := servers.Registry(t).URL()
	topic := "jsonschema-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	// Only what names all its members can get further ones and stay compatible.
	c := newConverter(t, url, "object.additional.properties", "false")
	s, v := convertertest.TenFields(t)
	raw := convertertest.Write(t, c, topic, s, v)
	// Another instance reads what this one registered.
	schema, back := convertertest.Read(t, newConverter(t, url), topic, raw)
	if version, _ := schema.Version(); version != 1 || back.String() != v.String() {
		t.Errorf("read %v of version %d", back, version)
	}
	// The schema evolves: a field more, which may be missing.
	wide, values := convertertest.Wide(s, v)
	second := convertertest.Write(t, c, topic, wide, data.MustStruct(wide, append(values, data.String("web"))...).Value())
	reader := newConverter(t, url)
	for range 2 {
		s1, v1 := convertertest.Read(t, reader, topic, raw)
		s2, v2 := convertertest.Read(t, reader, topic, second)
		n1, _ := s1.Version()
		n2, _ := s2.Version()
		if n1 != 1 || n2 != 2 || v1.Struct().Field("channel").String() != "null" || v2.Struct().Field("channel").String() != "web" {
			t.Errorf("versions %d and %d: %v and %v", n1, n2, v1, v2)
		}
	}
	// By the latest version an old record has the latest schema.
	latest := newConverter(t, url, "auto.register.schemas", "false", "use.latest.version", "true", "object.additional.properties", "false")
	s3, v3 := convertertest.Read(t, latest, topic, convertertest.Write(t, latest, topic, s, v))
	if n, _ := s3.Version(); n != 2 || !strings.Contains(v3.String(), "customer=4711") {
		t.Errorf("read %v of version %d", v3, n)
	}
	// An incompatible schema is refused by the registry's rules, and by the rule of latest.compatibility.strict.
	bad := convertertest.StructSchema(s.Name(), "id", data.StringSchema)
	badValue := data.MustStruct(bad, data.String("x")).Value()
	for _, x := range []*Converter{c, latest} {
		if _, _, err := x.FromConnect(nil, topic, nil, bad, badValue); err == nil ||
			err.Error() != "Converting Kafka Connect data to byte[] failed due to serialization error of topic "+topic+": " {
			t.Errorf("an incompatible schema: %s", errorText(err))
		}
	}
	if _, _, err := newConverter(t, url, "auto.register.schemas", "false").FromConnect(nil, topic+"-x", nil, s, v); err == nil {
		t.Error("an unknown subject is found")
	}
}

// TestRealReferences registers schemas that refer to each other, of an older and a newer draft, and reads data by them.
func TestRealReferences(t *testing.T) {
	url := servers.Registry(t).URL()
	if strings.HasPrefix(url, "https:") {
		t.Skip("schemas are registered by a plain client")
	}
	topic := "references-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	register := func(subject, schema, references string) {
		t.Helper()
		body := fmt.Sprintf(`{"schemaType":"JSON","schema":%s,"references":%s}`, strconv.Quote(schema), references)
		resp, err := http.Post(url+"/subjects/"+subject+"/versions", "application/vnd.schemaregistry.v1+json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", subject, resp.Status)
		}
	}
	const modern = `"$schema":"https://json-schema.org/draft/2020-12/schema",`
	for i, dialect := range []string{"", modern} {
		address, subject := fmt.Sprintf("%s-address-%d", topic, i), fmt.Sprintf("%s-%d", topic, i)
		register(address, `{`+dialect+`"type":"object","title":"Address","properties":{"zip":{"type":"string"}}}`, `[]`)
		register(subject+"-value", `{`+dialect+`"type":"object","properties":{"home":{"$ref":"address.json"},"at":{"type":["integer","null"]}}}`,
			`[{"name":"address.json","subject":"`+address+`","version":1}]`)
		latest := newConverter(t, url, "auto.register.schemas", "false", "use.latest.version", "true", "latest.compatibility.strict", "false", "json.fail.invalid.schema", "true")
		home := convertertest.StructSchema("Address", "zip", data.StringSchema)
		s := convertertest.StructSchema("", "home", home, "at", data.OptionalInt64Schema)
		v := data.MustStruct(s, data.MustStruct(home, data.String("1")).Value(), data.Int64(7)).Value()
		schema, back := convertertest.Read(t, latest, subject, convertertest.Write(t, latest, subject, s, v))
		if f, _ := schema.Field("home"); f.Schema.Name() != "Address" || back.Struct().Field("home").Struct().Field("zip").String() != "1" {
			t.Errorf("%q: read %v of %v", dialect, back, schema)
		}
	}
}

// TestRealRecursion registers a schema that contains itself, by an id as Confluent's converter writes it, and reads data by it.
func TestRealRecursion(t *testing.T) {
	url := servers.Registry(t).URL()
	topic := "recursion-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	s, err := data.Recursive(func(self *data.Schema) *data.SchemaBuilder {
		return data.NewStructSchema("Task").Param(idParam, "#id1").Field("title", data.StringSchema).Field("parts", data.NewListSchema(self).MustBuild())
	})
	if err != nil {
		t.Fatal(err)
	}
	leaf := data.MustStruct(s, data.String("leaf"), data.ListOf()).Value()
	root := data.MustStruct(s, data.String("root"), data.ListOf(leaf, leaf)).Value()
	c := newConverter(t, url)
	raw := convertertest.Write(t, c, topic, s, root)
	schema, v := convertertest.Read(t, c, topic, raw)
	if v.String() != root.String() {
		t.Errorf("read %v", v)
	}
	// What was read is written once more.
	if again := convertertest.Write(t, c, topic+"-again", schema, v); string(again[5:]) != string(raw[5:]) {
		t.Errorf("written again as %s", again[5:])
	}
}
