package json

import (
	"encoding/binary"
	"math/bits"
)

// mostOfInteger is how many characters putInteger writes at most, mostOfDecimal those of putDecimal.
const (
	mostOfInteger = 20
	mostOfDecimal = 14
)

var powersOf10 = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = 10 * p[i-1]
	}
	return p
}()

// pairs are the numbers below 100 in two digits each, the first one in the lower byte.
var pairs = func() (p [100]uint16) {
	for i := range p {
		p[i] = uint16('0'+i/10) | uint16('0'+i%10)<<8
	}
	return p
}()

// putInteger writes v to b from n on, where there is room for mostOfInteger characters, and returns its end.
func putInteger(b []byte, n int, v int64) int {
	u := uint64(v)
	if v < 0 {
		b[n] = '-'
		n++
		u = -u
	}
	if u < 10 {
		b[n] = '0' + byte(u)
		return n + 1
	}
	// 1233/4096 is the logarithm of 2 to the base 10, as exactly as 64 bits need.
	count := bits.Len64(u) * 1233 >> 12
	if u >= powersOf10[count] {
		count++
	}
	end := n + count
	text := b[n:end]
	at := count
	for u >= 100_000_000 {
		low := uint32(u % 100_000_000)
		u /= 100_000_000
		at -= 8
		high := low / 10_000
		low %= 10_000
		eight := text[at : at+8]
		binary.LittleEndian.PutUint16(eight, pairs[high/100])
		binary.LittleEndian.PutUint16(eight[2:], pairs[high%100])
		binary.LittleEndian.PutUint16(eight[4:], pairs[low/100])
		binary.LittleEndian.PutUint16(eight[6:], pairs[low%100])
	}
	rest := uint32(u)
	for rest >= 100 {
		at -= 2
		binary.LittleEndian.PutUint16(text[at:], pairs[rest%100])
		rest /= 100
	}
	if at == 1 {
		text[0] = '0' + byte(rest)
	} else {
		binary.LittleEndian.PutUint16(text, pairs[rest])
	}
	return end
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// putDecimal writes, in quotes, the base64 of an unscaled value in two's complement, as short as possible, to b from n on, where there is room for
// mostOfDecimal characters, and returns its end.
func putDecimal(b []byte, n int, v int64) int {
	size := bits.Len64(uint64(v^v>>63))>>3 + 1
	u := uint64(v) << (64 - 8*size)
	b[n] = '"'
	n++
	for left := size; left > 0; left -= 3 {
		four := b[n : n+4]
		four[0], four[1] = base64Digits[u>>58], base64Digits[u>>52&63]
		four[2], four[3] = base64Digits[u>>46&63], base64Digits[u>>40&63]
		u <<= 24
		n += 4
	}
	switch size % 3 {
	case 1:
		b[n-2], b[n-1] = '=', '='
	case 2:
		b[n-1] = '='
	}
	b[n] = '"'
	return n + 1
}
