package avro

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connect/data"
)

// realRegistry returns the URL of a registry that runs: tests against it are skipped where none is named.
func realRegistry(t *testing.T) string {
	t.Helper()
	url := os.Getenv("MOLDAU_TEST_REGISTRY")
	if os.Getenv("MOLDAU_INTEGRATION") != "1" || url == "" {
		t.Skip("set MOLDAU_INTEGRATION=1 and MOLDAU_TEST_REGISTRY to the URL of a Schema Registry")
	}
	return url
}

// MOLDAU_TEST_REGISTRY_CA names the certificate to trust, for a registry behind TLS.
func realConverter(t *testing.T, url string, props ...string) *Converter {
	t.Helper()
	if ca := os.Getenv("MOLDAU_TEST_REGISTRY_CA"); ca != "" {
		props = append(props, "schema.registry.ssl.truststore.type", "PEM", "schema.registry.ssl.truststore.location", ca)
	}
	return newConverter(t, url, props...)
}

func TestRealRegistry(t *testing.T) {
	url := realRegistry(t)
	topic := "avro-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	c := realConverter(t, url)
	s, v := tenFields(t)
	raw := write(t, c, topic, s, v)
	// Another instance reads what this one registered.
	schema, back := read(t, realConverter(t, url), topic, raw)
	if version, _ := schema.Version(); version != 1 || back.String() != v.String() {
		t.Errorf("read %v of version %d", back, version)
	}
	// The schema evolves: a field more, which may be missing.
	b := data.NewStructSchema(s.Name())
	for _, f := range s.Fields() {
		b.Field(f.Name, f.Schema)
	}
	wide := b.Field("channel", data.OptionalStringSchema).MustBuild()
	values := make([]data.Value, 0, wide.Layout().Len())
	for i := range v.Struct().Len() {
		values = append(values, v.Struct().At(i))
	}
	second := write(t, c, topic, wide, data.MustStruct(wide, append(values, data.String("web"))...).Value())
	reader := realConverter(t, url)
	for range 2 {
		s1, v1 := read(t, reader, topic, raw)
		s2, v2 := read(t, reader, topic, second)
		n1, _ := s1.Version()
		n2, _ := s2.Version()
		if n1 != 1 || n2 != 2 || v1.Struct().Field("channel").String() != "null" || v2.Struct().Field("channel").String() != "web" {
			t.Errorf("versions %d and %d: %v and %v", n1, n2, v1, v2)
		}
	}
	// By the latest version an old record gets the new field's null.
	latest := realConverter(t, url, "auto.register.schemas", "false", "use.latest.version", "true")
	_, v3 := read(t, reader, topic, write(t, latest, topic, wide, data.MustStruct(wide, append(values, data.Null)...).Value()))
	if !strings.Contains(v3.String(), "customer=4711") {
		t.Errorf("read %v", v3)
	}
	// An incompatible schema is refused by the registry's rules.
	bad := structSchema(s.Name(), "id", data.StringSchema)
	if _, _, err := c.FromConnect(nil, topic, nil, bad, data.MustStruct(bad, data.String("x")).Value()); err == nil ||
		err.Error() != "Failed to serialize Avro data from topic "+topic+":" {
		t.Errorf("an incompatible schema: %v", err)
	}
	if _, _, err := realConverter(t, url, "auto.register.schemas", "false").FromConnect(nil, topic+"-x", nil, s, v); err == nil {
		t.Error("an unknown subject is found")
	}
}
