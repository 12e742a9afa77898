// Package surrogate deals with text that Java could hold and UTF-8 cannot: unpaired surrogates, which Moldau keeps as the three bytes UTF-8
// would give them.
package surrogate

import "bytes"

// Replace writes a question mark for each unpaired surrogate in b[start:], as Java's UTF-8 encoder does, and returns b.
func Replace(b []byte, start int) []byte {
	for i := start; ; i++ {
		next := bytes.IndexByte(b[i:], 0xed)
		if next < 0 {
			return b
		}
		if i += next; i+2 < len(b) && b[i+1] >= 0xa0 {
			b[i] = '?'
			b = append(b[:i+1], b[i+3:]...)
		}
	}
}
