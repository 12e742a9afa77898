package protofile

import "strings"

// MapEntry returns the name of the message for the entries of a map of a name: lower-underscore names become upper-camel ones, by the rules of
// Guava's CaseFormat.
func MapEntry(name string) string {
	if !strings.Contains(name, "_") {
		return name + "Entry"
	}
	var b strings.Builder
	for _, word := range strings.Split(name, "_") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]))
			b.WriteString(asciiLower(word[1:]))
		}
	}
	return b.String() + "Entry"
}

// MapField returns the name of the map whose entries are messages of a name; the inverse of MapEntry in most cases.
func MapField(name string) string {
	dot := strings.LastIndexByte(name, '.') + 1
	last, ok := strings.CutSuffix(name[dot:], "Entry")
	if !ok {
		return name
	}
	var b strings.Builder
	for i := range len(last) {
		c := last[i]
		if c >= 'A' && c <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return name[:dot] + b.String()
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
