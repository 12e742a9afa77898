package avro

import (
	"testing"

	"github.com/moldau/moldau/converters/internal/convertertest"
)

func newConverter(t testing.TB, url string, props ...string) *Converter {
	t.Helper()
	return convertertest.New(t, Plugins()[0], url, props...).(*Converter)
}

func BenchmarkEncode(b *testing.B) { convertertest.Encode(b, Plugins()[0]) }

// BenchmarkDecode reads batches of 500 records, each into an arena of its own, as a sink's are.
func BenchmarkDecode(b *testing.B) { convertertest.Decode(b, Plugins()[0], false) }

// BenchmarkDecodeAgain reads batches into one arena, which is used again for each.
func BenchmarkDecodeAgain(b *testing.B) { convertertest.Decode(b, Plugins()[0], true) }

func BenchmarkCalibrate(b *testing.B) { convertertest.Calibrate(b) }
