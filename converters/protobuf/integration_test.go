package protobuf

import (
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
	topic := "protobuf-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	c := newConverter(t, url)
	s, v := convertertest.TenFields(t)
	raw := convertertest.Write(t, c, topic, s, v)
	// Another instance reads what this one registered.
	schema, back := convertertest.Read(t, newConverter(t, url), topic, raw)
	if version, _ := schema.Version(); version != 1 || !strings.HasPrefix(back.String(), "Struct{id=1234567,customer=4711,note=leave at the door,total=1234.56,") {
		t.Errorf("read %v of version %d", back, version)
	}
	// The schema evolves: a field more.
	wide, values := convertertest.Wide(s, v)
	second := convertertest.Write(t, c, topic, wide, data.MustStruct(wide, append(values, data.String("web"))...).Value())
	reader := newConverter(t, url)
	for range 2 {
		s1, _ := convertertest.Read(t, reader, topic, raw)
		s2, v2 := convertertest.Read(t, reader, topic, second)
		n1, _ := s1.Version()
		n2, _ := s2.Version()
		if _, has := s1.Field("channel"); n1 != 1 || n2 != 2 || has || v2.Struct().Field("channel").String() != "web" {
			t.Errorf("versions %d and %d: %v", n1, n2, v2)
		}
	}
	// By the latest version old data is read with the new field.
	latest := newConverter(t, url, "auto.register.schemas", "false", "use.latest.version", "true")
	s3, v3 := convertertest.Read(t, latest, topic, raw)
	if n, _ := s3.Version(); n != 2 || v3.Struct().Field("channel").String() != "" {
		t.Errorf("read %v of version %d", v3, n)
	}
	convertertest.Write(t, latest, topic, wide, data.MustStruct(wide, append(values, data.Null)...).Value())
	if _, _, err := newConverter(t, url, "auto.register.schemas", "false").FromConnect(nil, topic+"-x", nil, s, v); err == nil {
		t.Error("an unknown subject is found")
	}
	// Scalars stand in the wrapper messages of Protobuf.
	if _, v := convertertest.Read(t, reader, topic+"-n", convertertest.Write(t, c, topic+"-n", data.Int64Schema, data.Int64(-7))); v.String() != "-7" {
		t.Errorf("read %v", v)
	}
}

func TestRealReferences(t *testing.T) {
	url := servers.Registry(t).URL()
	topic := "references-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	c := newConverter(t, url, "skip.known.types", "false")
	s := convertertest.StructSchema("acme.Event", "at", data.TimestampSchema, "price", data.DecimalSchema(2), "day", data.DateSchema)
	v := data.MustStruct(s, data.TimestampMillis(1500), data.SmallDecimal(199, 2), data.DateMillis(86_400_000)).Value()
	_, back := convertertest.Read(t, newConverter(t, url), topic, convertertest.Write(t, c, topic, s, v))
	if ms, _ := back.Struct().Field("at").Millis(); ms != 1500 || back.Struct().Field("price").String() != "1.99" {
		t.Errorf("read %v", back)
	}
}
