package javafmt

import (
	"math"
	"math/rand/v2"
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
	for name, f := range map[string]float64{"whole": 42, "price": 1234.56, "quotient": 1234567.0 / 7, "long": 0.1234567890123456, "huge": 1.2345678901234567e200, "tiny": 4.9e-300} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var buf [32]byte
			for b.Loop() {
				AppendDouble(buf[:0], f)
			}
		})
	}
}

// TestDoubleMixed compares the way for numbers with a whole part and a fraction with that for all.
func TestDoubleMixed(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	check := func(x float64) {
		u := math.Float64bits(x)
		exponent, fraction := int(u>>52&0x7ff)-1023, u&(1<<52-1)|1<<52
		if exponent < 0 || math.Trunc(x) == x {
			return
		}
		got, want := string(appendMixed(nil, exponent, fraction)), string(appendAny(nil, exponent, fraction, 53))
		if got != want {
			t.Fatalf("%x: %s instead of %s", u, got, want)
		}
	}
	for range 300_000 {
		n := r.Int64N(1 << r.IntN(50))
		check(float64(n) / []float64{7, 10, 100, 1000, 1e6, 1 << 10, 3}[n%7])
		exponent := uint64(1023 + r.IntN(52))
		check(math.Float64frombits(exponent<<52 | r.Uint64()>>12))
		check(math.Float64frombits(exponent<<52 | r.Uint64()>>12&(r.Uint64()<<r.IntN(52)))) // few digits
		for _, near := range []float64{math.Pow10(r.IntN(16)), math.Exp2(float64(r.IntN(52)))} {
			for range r.IntN(4) {
				near = math.Nextafter(near, float64(r.IntN(2))*1e300)
			}
			check(near)
		}
	}
}
