package source

import (
	"math"
	"math/big"
	"testing"
)

// TestOwn compares blocks with those that numbers without end have.
func TestOwn(t *testing.T) {
	values := []int64{math.MinInt64, math.MinInt64 + 1, -100001, -100000, -1, 0, 1, 99999, 100000, math.MaxInt64 - 100000, math.MaxInt64 - 1, math.MaxInt64}
	for _, width := range []int64{1, 2, 7, 100000, math.MaxInt64} {
		for _, n := range []int64{1, 2, 8, 1000} {
			for _, k := range []int64{0, n / 2, n - 1} {
				for _, v := range values {
					w, b := big.NewInt(width), new(big.Int)
					b.Div(big.NewInt(v), w) // rounds down where the divisor is positive
					first := big.NewInt(v)
					if ahead := new(big.Int).Mod(new(big.Int).Sub(big.NewInt(k), b), big.NewInt(n)); ahead.Sign() > 0 {
						b.Add(b, ahead)
						first.Mul(b, w)
					}
					last := new(big.Int).Mul(b, w)
					if last.Add(last, big.NewInt(width-1)); !last.IsInt64() {
						last.SetInt64(math.MaxInt64)
					}
					p := part{k: k, n: n, width: width}
					from, to, ok := p.own(v)
					if ok != first.IsInt64() || ok && (from != first.Int64() || to != last.Int64()) {
						t.Fatalf("part %v from %d on: %d to %d, %v, want %v to %v", &p, v, from, to, ok, first, last)
					}
				}
			}
		}
	}
}
