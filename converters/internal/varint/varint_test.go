package varint

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestVarints(t *testing.T) {
	t.Parallel()
	numbers := []uint64{0, 1, math.MaxUint64}
	for bit := range 64 {
		numbers = append(numbers, 1<<bit, 1<<bit-1, 1<<bit+1, rand.Uint64()>>bit)
	}
	for _, u := range numbers {
		want := binary.AppendUvarint(nil, u)
		buf := make([]byte, 10)
		if n := Put(buf, u); string(buf[:n]) != string(want) {
			t.Errorf("%d is written as %x, want %x", u, buf[:n], want)
		}
		for _, more := range []int{0, 1, 8} {
			b := append(append([]byte{0xff}, want...), make([]byte, more)...)
			if got, n := Read(b, 1); got != u || n != len(want) {
				t.Errorf("%x is read as %d of %d bytes, want %d", want, got, n, u)
			}
		}
		for short := range len(want) {
			if _, n := Read(want[:short], 0); n != Ends {
				t.Errorf("%x is read as %d bytes", want[:short], n)
			}
		}
	}
	if _, n := Read([]byte(strings.Repeat("\xff", 11)), 0); n != TooLong {
		t.Errorf("eleven bytes are read as %d", n)
	}
}
