package jsonschema

import (
	"testing"

	"github.com/moldau/moldau/converters/internal/convertertest"
)

func newConverter(t testing.TB, url string, props ...string) *Converter {
	t.Helper()
	return convertertest.New(t, Plugins()[0], url, props...).(*Converter)
}

func BenchmarkEncode(b *testing.B) { convertertest.Encode(b, Plugins()[0]) }

// BenchmarkDecode reads batches of 500 records, each into an arena of its own (fresh), as a sink's are, or into one that is used again.
func BenchmarkDecode(b *testing.B) {
	b.Run("fresh", func(b *testing.B) { convertertest.Decode(b, Plugins()[0], false) })
	b.Run("again", func(b *testing.B) { convertertest.Decode(b, Plugins()[0], true) })
}

func BenchmarkCalibrate(b *testing.B) { convertertest.Calibrate(b) }
