// Package varint reads and writes unsigned numbers of seven bits a byte, the lowest first, as Avro and Protobuf have them: several bytes at once.
package varint

import (
	"encoding/binary"
	"math/bits"
)

// What Read returns in place of a length.
const (
	Ends    = 0
	TooLong = -1
)

// Read reads the number of at most ten bytes at i, and says how many it takes; Ends or TooLong where there is none.
func Read(b []byte, i int) (uint64, int) {
	if len(b)-i >= 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		if last := ^w & 0x8080808080808080; last != 0 {
			n := bits.TrailingZeros64(last) >> 3
			// Of the bytes up to the last one seven bits each are moved together, by pairs, fours and eights.
			w &= last ^ (last - 1)
			w = w&0x007f007f007f007f | w&0x7f007f007f007f00>>1
			w = w&0x00003fff00003fff | w&0x3fff00003fff0000>>2
			w = w&0x000000000fffffff | w&0x0fffffff00000000>>4
			return w, n + 1
		}
	}
	u := uint64(0)
	for n := range 10 {
		if i+n >= len(b) {
			return 0, Ends
		}
		c := b[i+n]
		u |= uint64(c&0x7f) << (7 * n)
		if c < 0x80 {
			return u, n + 1
		}
	}
	return 0, TooLong
}

// Put writes a number into b, which has room for ten bytes, and says how many it took.
func Put(b []byte, u uint64) int {
	if size := (bits.Len64(u|1)*9 + 64) / 64; size <= 8 {
		// The number's groups of seven bits move into bytes of their own, by fours, pairs and one by one.
		w := u&0x000000000fffffff | u<<4&0x0fffffff00000000
		w = w&0x00003fff00003fff | w<<2&0x3fff00003fff0000
		w = w&0x007f007f007f007f | w<<1&0x7f007f007f007f00
		w |= 0x8080808080808080 & (1<<(8*size-8) - 1)
		binary.LittleEndian.PutUint64(b, w)
		return size
	}
	return binary.PutUvarint(b, u)
}
