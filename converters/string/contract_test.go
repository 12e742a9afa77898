package string

import (
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

func TestContract(t *testing.T) {
	t.Parallel()
	samples := []connecttest.Sample{{Schema: data.StringSchema, Value: data.String("é")}, {Value: data.String("")}, {Value: data.String("a b")}}
	for _, p := range Plugins() {
		if p.Kind == connect.KindHeaderConverter {
			connecttest.Plugin(t, p)
			continue
		}
		for _, encoding := range []string{"UTF-8", "UTF-16", "windows-1252"} {
			connecttest.Converter(t, connecttest.ConverterCase{Plugin: p, Props: map[string]string{encodingKey: encoding}, Samples: samples})
		}
	}
}

// TestUnpairedSurrogates checks that what UTF-8 cannot hold is written as Java writes it.
func TestUnpairedSurrogates(t *testing.T) {
	t.Parallel()
	c := Plugins()[0].NewConverter()
	if err := c.Configure(nil, false); err != nil {
		t.Fatal(err)
	}
	out, _, err := c.FromConnect([]byte("\xed\xa0\x80"), "t", nil, nil, data.String("a\xed\xa0\xbdb\xed\x9f\xbf\xed\xb0\x80"))
	if err != nil || string(out) != "\xed\xa0\x80a?b\xed\x9f\xbf?" {
		t.Fatalf("%q, %v", out, err)
	}
}

func BenchmarkFromConnect(b *testing.B) {
	c := Plugins()[0].NewConverter()
	if err := c.Configure(nil, false); err != nil {
		b.Fatal(err)
	}
	v := data.String("The quick brown fox jumps over the lazy dog, 100 bytes of plain text in a record that passes through it.")
	dst := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		dst, _, _ = c.FromConnect(dst[:0], "t", nil, data.StringSchema, v)
	}
}

func BenchmarkToConnect(b *testing.B) {
	c := Plugins()[0].NewConverter()
	if err := c.Configure(nil, false); err != nil {
		b.Fatal(err)
	}
	raw := []byte("The quick brown fox jumps over the lazy dog, 100 bytes of plain text in a record that passes through it.")
	a := data.NewArena()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := c.ToConnect(a, "t", nil, raw); err != nil {
			b.Fatal(err)
		}
	}
}
