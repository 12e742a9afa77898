package javafmt

import (
	"math"
	"strconv"
	"testing"
)

func TestDoubleReadsBack(t *testing.T) {
	t.Parallel()
	// A linear congruential generator, so that every run sees the same bits.
	bits := uint64(42)
	for range 200_000 {
		bits = bits*6364136223846793005 + 1442695040888963407
		f := math.Float64frombits(bits)
		if math.IsNaN(f) {
			continue
		}
		text := FormatDouble(f)
		if back, err := strconv.ParseFloat(text, 64); err != nil || back != f {
			t.Fatalf("%x prints as %s, reads as %v, %v", bits, text, back, err)
		}
		small := math.Float32frombits(uint32(bits >> 32))
		if small != small {
			continue
		}
		text = FormatFloat(small)
		if back, err := strconv.ParseFloat(text, 32); err != nil || float32(back) != small {
			t.Fatalf("%x prints as %s, reads as %v, %v", bits>>32, text, back, err)
		}
	}
}

func BenchmarkAppendDouble(b *testing.B) {
	for name, f := range map[string]float64{"whole": 42, "price": 1234.56, "long": 0.1234567890123456, "huge": 1.2345678901234567e200, "tiny": 4.9e-300} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var buf [32]byte
			for b.Loop() {
				AppendDouble(buf[:0], f)
			}
		})
	}
}
