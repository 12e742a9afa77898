package connecttest

import (
	"bytes"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// Sample is a value with its schema.
type Sample struct {
	Schema *data.Schema
	Value  data.Value
}

// ConverterCase is a converter with a configuration and values that survive a round trip.
type ConverterCase struct {
	Plugin  connect.Plugin
	Props   map[string]string
	Samples []Sample
}

// Converter runs the contract of converters.
func Converter(t *testing.T, c ConverterCase) {
	Plugin(t, c.Plugin)
	props := map[string]string{"converter.type": "value"}
	for k, v := range c.Props {
		props[k] = v
	}
	converter := c.Plugin.NewConverter()
	if err := converter.Configure(props, false); err != nil {
		t.Fatalf("configure: %v", err)
	}
	arena := data.NewArena()
	for i, s := range append([]Sample{{}}, c.Samples...) {
		var headers connect.Headers
		prefix := []byte("before")
		out, null, err := converter.FromConnect(prefix[:len(prefix):len(prefix)], "topic", &headers, s.Schema, s.Value)
		if err != nil {
			t.Errorf("sample %d: from connect: %v", i, err)
			continue
		}
		if !bytes.HasPrefix(out, []byte("before")) {
			t.Fatalf("sample %d: the bytes before the result were changed to %q", i, out)
		}
		raw := out[len(prefix):]
		if null {
			if len(raw) > 0 {
				t.Errorf("sample %d: a null came with bytes %q", i, raw)
			}
			raw = nil
		}
		kept := bytes.Clone(raw)
		schema, v, err := converter.ToConnect(arena, "topic", &headers, raw)
		if err != nil {
			t.Errorf("sample %d: to connect of %q: %v", i, raw, err)
			continue
		}
		if !v.Equal(s.Value) {
			t.Errorf("sample %d: %s came back as %s", i, s.Value.AppendString(nil), v.AppendString(nil))
		}
		if !bytes.Equal(raw, kept) {
			t.Errorf("sample %d: reading changed the bytes to %q", i, raw)
		}
		again, _, err := converter.FromConnect(nil, "topic", &headers, schema, v)
		if err != nil || !bytes.Equal(again, kept) {
			t.Errorf("sample %d: written again as %q, first as %q (%v)", i, again, kept, err)
		}
	}
}
