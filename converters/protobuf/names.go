package protobuf

import (
	"strings"

	"github.com/moldau/moldau/internal/javafmt"
)

func (d *Data) scrub(name string) string {
	if !d.opts.Scrub {
		return name
	}
	return scrubName(name)
}

// scrubName makes a name of any text, as Confluent's converter does: it is URL-encoded, begins with a letter, and what is not allowed becomes an
// underscore.
func scrubName(name string) string {
	if name == "" {
		return name
	}
	ok := name[0] != '_' && (name[0] < '0' || name[0] > '9')
	for i := range len(name) {
		ok = ok && wordByte(name[i])
	}
	if ok {
		return name
	}
	b := []byte(urlEncode(name))
	if b[0] == '_' || b[0] >= '0' && b[0] <= '9' {
		b = append([]byte("x"), b...)
	}
	for i, c := range b {
		if !wordByte(c) {
			b[i] = '_'
		}
	}
	return string(b)
}

func wordByte(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_'
}

// urlEncode is java.net.URLEncoder.encode.
func urlEncode(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case wordByte(c) || c == '.' || c == '-' || c == '*':
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		case c == 0xed && i+2 < len(s) && s[i+1] >= 0xa0:
			// Java has a question mark for an unpaired surrogate.
			b.WriteString("%3F")
			i += 2
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// splitName splits a full name at its dots, as String.split does: dots at the end do not count, and a name of dots only has no parts.
func (d *Data) splitName(name string) (space, last string, err error) {
	parts := strings.Split(strings.TrimRight(name, "."), ".")
	if len(parts) == 1 && parts[0] == "" {
		return "", "", javafmt.NewException("java.lang.ArrayIndexOutOfBoundsException", "Index 0 out of bounds for length 0", nil)
	}
	for i := range parts {
		parts[i] = d.scrub(parts[i])
	}
	n := len(parts) - 1
	return strings.Join(parts[:n], "."), parts[n], nil
}
