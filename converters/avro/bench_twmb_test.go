package avro

import (
	"github.com/moldau/moldau/converters/internal/convertertest"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/converters/internal/registry/registrytest"
	twmb "github.com/twmb/avro"
)

// BenchmarkTwmb measures the Avro library that is the fastest for records as maps on the bytes of the same records, beside BenchmarkEncode and
// BenchmarkDecode.
func BenchmarkTwmb(b *testing.B) {
	for _, name := range []string{"nested", "flat"} {
		build := convertertest.Flat
		if name == "nested" {
			build = convertertest.TenFields
		}
		s, v := build(b)
		c := newConverter(b, registrytest.New(b).URL)
		raw, _, err := c.FromConnect(nil, "t", &connect.Headers{}, s, v)
		if err != nil {
			b.Fatal(err)
		}
		own, err := c.data.AvroSchema(s)
		if err != nil {
			b.Fatal(err)
		}
		other, err := twmb.Parse(own.String())
		if err != nil {
			b.Fatal(err)
		}
		var record any
		b.Run("decode/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				record = nil
				if _, err := other.Decode(raw[5:], &record); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("encode/"+name, func(b *testing.B) {
			b.ReportAllocs()
			var out []byte
			for b.Loop() {
				if out, err = other.AppendEncode(out[:0], record); err != nil {
					b.Fatal(err)
				}
			}
			if string(out) != string(raw[5:]) {
				b.Fatalf("the library writes %x, the converter %x", out, raw[5:])
			}
		})
	}
}
