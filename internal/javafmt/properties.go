package javafmt

import (
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// Property is one key with its value.
type Property struct {
	Key, Value string
}

// Properties are the entries of a properties file in their order. A key may stand in it twice; the last one wins.
type Properties []Property

// Map returns the entries as a map, the last of equal keys.
func (p Properties) Map() map[string]string {
	m := make(map[string]string, len(p))
	for _, e := range p {
		m[e.Key] = e.Value
	}
	return m
}

// Get returns the value of key and whether there is one.
func (p Properties) Get(key string) (string, bool) {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].Key == key {
			return p[i].Value, true
		}
	}
	return "", false
}

// LoadProperties reads as java.util.Properties.load(InputStream) does: each byte is a character of ISO-8859-1. A malformed \u escape gives an
// Exception of class IllegalArgumentException.
func LoadProperties(r io.Reader) (Properties, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	text := make([]byte, 0, len(b))
	for _, c := range b {
		text = utf8.AppendRune(text, rune(c))
	}
	return loadProperties(text)
}

// LoadPropertiesText reads as java.util.Properties.load(Reader) does.
func LoadPropertiesText(text string) (Properties, error) {
	return loadProperties([]byte(text))
}

func loadProperties(text []byte) (Properties, error) {
	var props Properties
	lines := propertyLines{text: text}
	for {
		line, ok := lines.next()
		if !ok {
			return props, nil
		}
		key, value := splitProperty(line)
		k, err := unescapeProperty(key)
		if err != nil {
			return nil, err
		}
		v, err := unescapeProperty(value)
		if err != nil {
			return nil, err
		}
		props = append(props, Property{k, v})
	}
}

// propertyLines cuts text into logical lines: without comments and blank lines, continued lines joined.
type propertyLines struct {
	text []byte
	line []byte
}

// next returns the next logical line; it is valid until the next call. All characters with a meaning are ASCII, so bytes will do.
func (l *propertyLines) next() ([]byte, bool) {
	l.line = l.line[:0]
	// continuing is true at the start of a line that continues another. There a line end does not count as a blank line: it ends the logical line.
	continuing := false
	for len(l.text) > 0 {
		if c := l.text[0]; isPropertySpace(c) || !continuing && (c == '\n' || c == '\r') {
			l.text = l.text[1:]
			continue
		}
		// A continued line that is empty so far can still turn out to be a comment.
		if c := l.text[0]; len(l.line) == 0 && (c == '#' || c == '!') {
			l.cutLine()
			continuing = false
			continue
		}
		natural, ended := l.cutLine()
		l.line = append(l.line, natural...)
		if len(l.line) == 0 {
			continuing = false
			continue
		}
		if !oddBackslashes(l.line) {
			return l.line, true
		}
		l.line = l.line[:len(l.line)-1]
		// Where the text ends in a backslash, Java reports the line even if nothing is left of it; not so behind \r\n.
		if len(l.text) == 0 && ended < 2 {
			return l.line, true
		}
		continuing = true
	}
	return l.line, len(l.line) > 0
}

// cutLine takes the text up to the next line end and that line end; ended is the number of its characters, 0 at the end of the text.
func (l *propertyLines) cutLine() (line []byte, ended int) {
	for i, c := range l.text {
		if c != '\n' && c != '\r' {
			continue
		}
		ended = 1
		if c == '\r' && i+1 < len(l.text) && l.text[i+1] == '\n' {
			ended = 2
		}
		line, l.text = l.text[:i], l.text[i+ended:]
		return line, ended
	}
	line, l.text = l.text, nil
	return line, 0
}

func isPropertySpace(c byte) bool { return c == ' ' || c == '\t' || c == '\f' }

func oddBackslashes(b []byte) bool {
	n := 0
	for n < len(b) && b[len(b)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// splitProperty cuts a logical line at its first separator: white space, = or :, or one of these two within white space.
func splitProperty(line []byte) (key, value []byte) {
	i := 0
	for i < len(line) && !isPropertySpace(line[i]) && line[i] != '=' && line[i] != ':' {
		if line[i] == '\\' {
			i++
		}
		i++
	}
	i = min(i, len(line))
	key = line[:i]
	separated := false
	for ; i < len(line); i++ {
		if isPropertySpace(line[i]) {
			continue
		}
		if separated || line[i] != '=' && line[i] != ':' {
			break
		}
		separated = true
	}
	return key, line[i:]
}

func unescapeProperty(s []byte) (string, error) {
	out := make([]byte, 0, len(s))
	surrogates := false
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			if s[i] != '\\' {
				out = append(out, s[i])
			}
			continue
		}
		i++
		switch s[i] {
		case 'u':
			unit, ok := hexUnit(s[i+1:])
			if !ok {
				return "", NewException(IllegalArgument, `Malformed \uxxxx encoding.`, nil)
			}
			surrogates = surrogates || utf16.IsSurrogate(unit)
			out = appendRune(out, unit)
			i += 4
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case 'n':
			out = append(out, '\n')
		case 'f':
			out = append(out, '\f')
		default:
			out = append(out, s[i])
		}
	}
	if surrogates {
		out = joinSurrogates(out)
	}
	return string(out), nil
}

func hexUnit(s []byte) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range s[:4] {
		d := hexDigit(rune(c))
		if d < 0 {
			return 0, false
		}
		r = r<<4 | d
	}
	return r, true
}

// hexDigit returns the value of an ASCII hexadecimal digit, -1 for any other character.
func hexDigit(c rune) rune {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return -1
}

// AppendProperty appends the line "key=value" with its line end, as Properties.store(Writer) writes it. With ascii it escapes all but printable
// ASCII as \uXXXX, as store(OutputStream) does.
func AppendProperty(dst []byte, p Property, ascii bool) []byte {
	dst = appendEscaped(dst, p.Key, true, ascii)
	dst = append(dst, '=')
	dst = appendEscaped(dst, p.Value, false, ascii)
	return append(dst, '\n')
}

// appendEscaped escapes a key or value. In a key every space is escaped, in a value only the first character, which loading would skip.
func appendEscaped(dst []byte, s string, key, ascii bool) []byte {
	for i := 0; i < len(s); {
		r, n := decodeRune(s[i:])
		switch r {
		case ' ':
			if i == 0 || key {
				dst = append(dst, '\\')
			}
			dst = append(dst, ' ')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\\', '=', ':', '#', '!':
			dst = append(dst, '\\', byte(r))
		default:
			if ascii && (r < 0x20 || r > 0x7e) {
				for _, unit := range EncodeUTF16(s[i : i+n]) {
					dst = append(dst, '\\', 'u', upperHex[unit>>12], upperHex[unit>>8&15], upperHex[unit>>4&15], upperHex[unit&15])
				}
			} else {
				dst = append(dst, s[i:i+n]...)
			}
		}
		i += n
	}
	return dst
}

const upperHex = "0123456789ABCDEF"
