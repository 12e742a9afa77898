package avro

import (
	"strings"

	"github.com/moldau/moldau/internal/javafmt"
)

// scrub makes a name one that Avro allows, where the options say so.
func (d *Data) scrub(name string) string {
	if !d.opts.Scrub {
		return name
	}
	return scrubName(name)
}

// scrubName replaces what Avro does not allow in a name: it is URL-encoded, and then every character that is no letter, digit or underscore
// becomes an underscore.
func scrubName(name string) string {
	fine := name == "" || name[0] < '0' || name[0] > '9'
	for i := range len(name) {
		fine = fine && wordByte(name[i])
	}
	if fine {
		return name
	}
	out := urlEncode(name)
	if out[0] >= '0' && out[0] <= '9' {
		out = "x" + out
	}
	b := []byte(out)
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
	if name == "" {
		return "", "", nil
	}
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

// scrubFull scrubs each part of a full name.
func (d *Data) scrubFull(name string) string {
	if !d.opts.Scrub {
		return name
	}
	space, last, err := d.splitName(name)
	if err != nil || space == "" {
		return last
	}
	return space + "." + last
}
