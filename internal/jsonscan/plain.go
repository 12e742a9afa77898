package jsonscan

import "encoding/binary"

// PutPlain copies a text to b, which is at least as long, and reports whether it stands for itself in JSON: ASCII without quotes, backslashes and control
// characters. Where it does not, what b holds means nothing.
func PutPlain(b, text []byte) bool {
	n := len(text)
	b = b[:n]
	switch {
	case n >= 8:
		// The last eight bytes may overlap those before them.
		last := binary.LittleEndian.Uint64(text[n-8:])
		marks := special(last)
		for i := 0; i < n-8; i += 8 {
			x := binary.LittleEndian.Uint64(text[i:])
			binary.LittleEndian.PutUint64(b[i:], x)
			marks |= special(x)
		}
		binary.LittleEndian.PutUint64(b[n-8:], last)
		return marks == 0
	case n >= 4:
		x, y := binary.LittleEndian.Uint32(text), binary.LittleEndian.Uint32(text[n-4:])
		binary.LittleEndian.PutUint32(b, x)
		binary.LittleEndian.PutUint32(b[n-4:], y)
		return special(uint64(x)|uint64(y)<<32) == 0
	case n == 0:
		return true
	}
	x, y, z := text[0], text[n>>1], text[n-1]
	b[0], b[n>>1], b[n-1] = x, y, z
	return special(uint64(x)|uint64(y)<<8|uint64(z)<<16|blanks) == 0
}

// blanks are five harmless characters behind three others.
const blanks = 0x2020202020000000
