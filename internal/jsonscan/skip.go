package jsonscan

import (
	"bytes"
	"fmt"

	"github.com/moldau/moldau/internal/javafmt"
)

// Skip checks the value at i, after white space, and returns the index after it. depth is how many arrays and objects it stands in.
func Skip(b []byte, i, depth int) int {
	var objects [(MaxDepth + 64) / 64]uint64
	base := depth
	i = Space(b, i)
	for {
		// At the beginning of a value.
		if i >= len(b) {
			return -1
		}
		switch c := b[i]; {
		case c == '"':
			end, flags := Text(b, i+1)
			if end < 0 || !ValidText(b[i+1:end], flags) {
				return -1
			}
			i = end + 1
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return -1
			}
			i = Space(b, i+1)
			if c == '{' {
				objects[depth>>6] |= 1 << (depth & 63)
				if i < len(b) && b[i] == '}' {
					i, depth = i+1, depth-1
					break
				}
				if i = name(b, i); i < 0 {
					return -1
				}
				continue
			}
			objects[depth>>6] &^= 1 << (depth & 63)
			if i < len(b) && b[i] == ']' {
				i, depth = i+1, depth-1
				break
			}
			continue
		case c == 't':
			i = Literal(b, i, "true")
		case c == 'f':
			i = Literal(b, i, "false")
		case c == 'n':
			i = Literal(b, i, "null")
		default:
			i, _ = Number(b, i)
		}
		if i < 0 {
			return -1
		}
		// Behind a value: close what ends here, or go on to the next value.
		for {
			if depth == base {
				return i
			}
			i = Space(b, i)
			if i >= len(b) {
				return -1
			}
			object := objects[depth>>6]&(1<<(depth&63)) != 0
			if c := b[i]; c == ',' {
				i = Space(b, i+1)
				if object {
					if i = name(b, i); i < 0 {
						return -1
					}
				}
				break
			} else if object && c == '}' || !object && c == ']' {
				i, depth = i+1, depth-1
				continue
			}
			return -1
		}
	}
}

// Name scans the name of a member from i, the index of its opening quote, and returns where its text ends and where its value begins.
func Name(b []byte, i int) (end int, flags Flags, value int) {
	if i >= len(b) || b[i] != '"' {
		return 0, 0, -1
	}
	end, flags = Text(b, i+1)
	if end < 0 || (flags != 0 || end-i-1 > MaxName) && !validName(b[i+1:end], flags) {
		return 0, 0, -1
	}
	value = Space(b, end+1)
	if value >= len(b) || b[value] != ':' {
		return 0, 0, -1
	}
	return end, flags, Space(b, value+1)
}

func name(b []byte, i int) int {
	_, _, value := Name(b, i)
	return value
}

// validName reports whether Jackson accepts the text of a name: unlike a string it must not hold unpaired surrogates, not even as escapes.
func validName(text []byte, flags Flags) bool {
	if PlainText(text, flags) {
		return len(text) <= MaxName
	}
	out, ok := AppendText(nil, text)
	if !ok || len(out) > MaxName {
		return false
	}
	for i := bytes.IndexByte(out, 0xed); i >= 0; {
		if out[i+1] >= 0xa0 {
			return false
		}
		next := bytes.IndexByte(out[i+1:], 0xed)
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return true
}

// Root checks the first value of a document and returns its bounds; start is len(b) where there is none. What follows the value does not
// matter, except behind a number, where Jackson asks for white space.
func Root(b []byte) (start, end int, err error) {
	start = Space(b, 0)
	if start == len(b) {
		return start, start, nil
	}
	end = Skip(b, start, 0)
	if end < 0 || !RootEnds(b, start, end) {
		return 0, 0, syntaxError(b)
	}
	return start, end, nil
}

// RootEnds reports whether Jackson accepts what follows the first value, which stands in b[start:end].
func RootEnds(b []byte, start, end int) bool {
	if end == len(b) || b[start] != '-' && b[start]-'0' > 9 {
		return true
	}
	c := b[end]
	return c == ' ' || c == '\n' || c == '\r' || c == '\t'
}

func syntaxError(b []byte) error {
	if n := longText(b); n > 0 {
		return javafmt.NewException("com.fasterxml.jackson.core.exc.StreamConstraintsException", fmt.Sprintf(
			"String value length (%d) exceeds the maximum allowed (%d, from `StreamReadConstraints.getMaxStringLength()`): Java's JSON takes no longer texts; a binary format such as Avro does", n, MaxText), nil)
	}
	shown := b[:min(len(b), 100)]
	return javafmt.NewException("com.fasterxml.jackson.core.JsonParseException", fmt.Sprintf("not valid JSON, which begins with %q", bytes.ToValidUTF8(shown, []byte("?"))), nil)
}

// longText returns the bytes of the first text that is longer than MaxText, 0 where there is none.
func longText(b []byte) int {
	for i := 0; len(b)-i > MaxText; i++ {
		if b[i] != '"' {
			continue
		}
		end, flags := Text(b, i+1)
		if end < 0 {
			return 0
		}
		if text := b[i+1 : end]; len(text) > MaxText && !ValidText(text, flags) {
			return len(text)
		}
		i = end
	}
	return 0
}

// endsLiteral reports whether a literal may end before the byte c. Jackson looks at bytes from 0 on only, and at none beyond ASCII.
func endsLiteral(c byte) bool {
	return c < '0' || c > '9' && c < 'A' || c > 'Z' && c < 'a' && c != '_' || c > 'z' && c < 0x7f
}
