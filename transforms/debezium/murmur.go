package debezium

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/moldau/moldau/connect/data"
)

// murmurSeed is the seed that Debezium hashes with.
const murmurSeed = 9001

// murmurHash hashes a value as io.debezium.util.MurmurHash3: bytes and text by their content, other values by their hashCode.
func murmurHash(v data.Value) int32 {
	if b, ok := v.Bytes(); ok && v.Buffer() == nil {
		return murmur(b)
	}
	if text, ok := v.Text(); ok {
		return murmur(encodable(text))
	}
	return murmur(binary.LittleEndian.AppendUint32(nil, uint32(v.JavaHash())))
}

// encodable returns a text in UTF-8 with a question mark in place of each unpaired surrogate.
func encodable(text string) []byte {
	if utf8.ValidString(text) {
		return []byte(text)
	}
	var out []byte
	for i := 0; i < len(text); {
		if i+2 < len(text) && text[i] == 0xed && text[i+1] >= 0xa0 {
			out = append(out, '?')
			i += 3
			continue
		}
		_, n := utf8.DecodeRuneInString(text[i:])
		out = append(out, text[i:i+n]...)
		i += n
	}
	return out
}

// murmurState is an early version of MurmurHash3's 128-bit variant, whose constants change from block to block and whose tail extends signs.
type murmurState struct{ h1, h2, c1, c2 uint64 }

func (s *murmurState) mix(k1, k2 uint64) {
	k1 *= s.c1
	k1 = bits.RotateLeft64(k1, 23)
	k1 *= s.c2
	s.h1 ^= k1
	s.h1 += s.h2
	s.h2 = bits.RotateLeft64(s.h2, 41)
	k2 *= s.c2
	k2 = bits.RotateLeft64(k2, 23)
	k2 *= s.c1
	s.h2 ^= k2
	s.h2 += s.h1
	s.h1 = s.h1*3 + 0x52dce729
	s.h2 = s.h2*3 + 0x38495ab5
	s.c1 = s.c1*5 + 0x7b7d159c
	s.c2 = s.c2*5 + 0x6bce6396
}

func murmurEnd(k uint64) uint64 {
	k ^= k >> 33
	k *= 0xff51afd7ed558ccd
	k ^= k >> 33
	k *= 0xc4ceb9fe1a85ec53
	return k ^ k>>33
}

// murmur returns the upper half of the first word of the hash.
func murmur(b []byte) int32 {
	s := murmurState{h1: 0x9368e53c2f6af274 ^ murmurSeed, h2: 0x586dcd208f7cd3fd ^ murmurSeed, c1: 0x87c37b91114253d5, c2: 0x4cf5ad432745937f}
	n := len(b)
	for ; len(b) >= 16; b = b[16:] {
		s.mix(binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:]))
	}
	if len(b) > 0 {
		s.mix(signedWord(b[:min(len(b), 8)]), signedWord(b[min(len(b), 8):]))
	}
	s.h2 ^= uint64(n)
	s.h1 += s.h2
	s.h2 += s.h1
	s.h1, s.h2 = murmurEnd(s.h1), murmurEnd(s.h2)
	s.h1 += s.h2
	return int32(s.h1 >> 32)
}

// signedWord is up to eight bytes, little-endian, where Java's sign extension of each flips the bits above it.
func signedWord(b []byte) (k uint64) {
	for i, c := range b {
		k ^= uint64(int64(int8(c))) << (8 * i)
	}
	return k
}
