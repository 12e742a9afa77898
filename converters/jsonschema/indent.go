package jsonschema

import "bytes"

// indented rewrites the compact JSON in b[start:] as Jackson's DefaultPrettyPrinter prints it: members in lines of their own, elements in one line.
func indented(b []byte, start int) []byte {
	compact := bytes.Clone(b[start:])
	out := b[:start]
	depth := 0
	line := func() {
		out = append(out, '\n')
		for range depth {
			out = append(out, ' ', ' ')
		}
	}
	// inside tells for each level whether it is an object.
	var inside []bool
	for i := 0; i < len(compact); i++ {
		switch c := compact[i]; c {
		case '"':
			end := i + 1
			for compact[end] != '"' {
				if compact[end] == '\\' {
					end++
				}
				end++
			}
			out = append(out, compact[i:end+1]...)
			i = end
		case '{', '[':
			out = append(out, c)
			if compact[i+1] == c+2 {
				out = append(out, ' ', c+2)
				i++
				continue
			}
			if inside = append(inside, c == '{'); c == '[' {
				out = append(out, ' ')
			} else {
				depth++
				line()
			}
		case '}', ']':
			if inside = inside[:len(inside)-1]; c == ']' {
				out = append(out, ' ')
			} else {
				depth--
				line()
			}
			out = append(out, c)
		case ',':
			if out = append(out, ','); inside[len(inside)-1] {
				line()
			} else {
				out = append(out, ' ')
			}
		case ':':
			out = append(out, " : "...)
		default:
			out = append(out, c)
		}
	}
	return out
}
