package convertertest

import (
	"errors"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// New returns a converter of values that uses the registry at a URL and does not ask it twice; props are further keys and values.
func New(t testing.TB, p connect.Plugin, url string, props ...string) connect.Converter {
	t.Helper()
	all := map[string]string{"schema.registry.url": url, "max.retries": "0"}
	for i := 0; i < len(props); i += 2 {
		all[props[i]] = props[i+1]
	}
	c := p.NewConverter()
	if err := c.Configure(all, false); err != nil {
		t.Fatal(err)
	}
	return c
}

// Write returns the bytes of a value that is no null.
func Write(t *testing.T, c connect.Converter, topic string, s *data.Schema, v data.Value) []byte {
	t.Helper()
	out, null, err := c.FromConnect(nil, topic, &connect.Headers{}, s, v)
	if err != nil || null {
		t.Fatalf("from connect: %v, null %v", err, null)
	}
	return out
}

// Read returns the value of bytes.
func Read(t *testing.T, c connect.Converter, topic string, raw []byte) (*data.Schema, data.Value) {
	t.Helper()
	s, v, err := c.ToConnect(data.NewArena(), topic, nil, raw)
	if err != nil {
		t.Fatalf("to connect of %q: %v: %v", raw, err, errors.Unwrap(err))
	}
	return s, v
}
