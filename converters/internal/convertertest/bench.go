package convertertest

import (
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/registry/registrytest"
)

func records(b *testing.B, p connect.Plugin, f func(b *testing.B, c connect.Converter, s *data.Schema, v data.Value)) {
	for name, record := range map[string]func(testing.TB) (*data.Schema, data.Value){"nested": TenFields, "flat": Flat} {
		b.Run(name, func(b *testing.B) {
			s, v := record(b)
			f(b, New(b, p, registrytest.New(b).URL), s, v)
		})
	}
}

// Encode measures how records become bytes.
func Encode(b *testing.B, p connect.Plugin) {
	records(b, p, func(b *testing.B, c connect.Converter, s *data.Schema, v data.Value) {
		dst := make([]byte, 0, 1024)
		b.ReportAllocs()
		for b.Loop() {
			out, _, err := c.FromConnect(dst, "t", nil, s, v)
			if err != nil {
				b.Fatal(err)
			}
			dst = out[:0]
		}
	})
}

// Decode measures how bytes become records, in batches of 500: each into an arena of its own, as a sink's are, or, again, into one that is used for
// all of them.
func Decode(b *testing.B, p connect.Plugin, again bool) {
	records(b, p, func(b *testing.B, c connect.Converter, s *data.Schema, v data.Value) {
		raw, _, err := c.FromConnect(nil, "t", &connect.Headers{}, s, v)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		a := data.NewArena()
		for n := 1; b.Loop(); n++ {
			switch {
			case n%500 != 0:
			case again:
				a.Reset()
			default:
				a = data.NewArena()
			}
			if _, _, err := c.ToConnect(a, "t", nil, raw); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// Calibrate copies the bytes of a record and adds up its numbers: what other benchmarks are compared with on machines of all speeds.
func Calibrate(b *testing.B) {
	raw := make([]byte, 100)
	for i := range raw {
		raw[i] = byte(i)
	}
	dst := make([]byte, 0, 128)
	sum := uint64(0)
	for b.Loop() {
		dst = append(dst[:0], raw...)
		for _, c := range dst {
			sum = sum*31 + uint64(c)
		}
	}
	if sum == 0 {
		b.Fatal("nothing was added up")
	}
}
