package jackson

import (
	"fmt"
	"unicode/utf8"
)

// Kind is the kind of a token.
type Kind uint8

// The kinds of tokens; End comes after the last one.
const (
	End Kind = iota
	StartObject
	EndObject
	StartArray
	EndArray
	FieldName
	String
	Int
	Float
	True
	False
	Null
)

// maxDepth is StreamReadConstraints.getMaxNestingDepth().
const maxDepth = 1000

// Error is a body that cannot be read; its text is Jackson's.
type Error struct{ msg string }

func (e *Error) Error() string { return e.msg }

type level struct {
	array bool
	start int
	count int
}

// Reader yields the tokens of a JSON text.
type Reader struct {
	data  []byte
	pos   int
	stack []level
	// key is true while the value of a field is due.
	key   bool
	kind  Kind
	text  string
	start int
}

// NewReader returns a Reader of data, which may begin with a byte order mark.
func NewReader(data []byte) *Reader {
	r := &Reader{data: data}
	if len(data) >= 3 && data[0] == 0xEF && data[1] == 0xBB && data[2] == 0xBF {
		r.pos = 3
	}
	return r
}

// Kind returns the kind of the current token.
func (r *Reader) Kind() Kind { return r.kind }

// Text returns the text of the current field name, string or number, the latter as it was written.
func (r *Reader) Text() string { return r.text }

// Consumed returns the text up to the end of the current token.
func (r *Reader) Consumed() []byte { return r.data[:r.pos] }

// Next moves to the next token and returns its kind.
func (r *Reader) Next() (Kind, error) {
	r.text = ""
	err := r.next()
	return r.kind, err
}

func (r *Reader) next() error {
	c, ok := r.skipSpace()
	if len(r.stack) == 0 {
		if !ok {
			r.kind = End
			return nil
		}
		if c == '}' || c == ']' {
			return r.unexpectedClose(c)
		}
		return r.value(c)
	}
	top := &r.stack[len(r.stack)-1]
	if r.key {
		r.key = false
		if !ok {
			return r.between()
		}
		return r.value(c)
	}
	if !ok {
		return r.failf("Unexpected end-of-input: expected close marker for %s (start marker at %s)", r.typeName(), r.location(top.start))
	}
	if c == '}' || c == ']' {
		return r.close(c)
	}
	if top.count > 0 {
		if c != ',' {
			return r.unexpected(c, "was expecting comma to separate "+r.typeName()+" entries")
		}
		r.pos++
		if c, ok = r.skipSpace(); !ok {
			return r.between()
		}
	}
	top.count++
	if top.array {
		return r.value(c)
	}
	return r.fieldName(c)
}

func (r *Reader) fieldName(c byte) error {
	if c != '"' {
		return r.unexpected(c, "was expecting double-quote to start field name")
	}
	if err := r.str("in field name"); err != nil {
		return err
	}
	c, ok := r.skipSpace()
	if !ok {
		return r.between()
	}
	if c != ':' {
		return r.unexpected(c, "was expecting a colon to separate field name and value")
	}
	r.pos++
	r.key = true
	r.kind = FieldName
	return nil
}

func (r *Reader) value(c byte) error {
	r.start = r.pos
	switch {
	case c == '{', c == '[':
		r.stack = append(r.stack, level{array: c == '[', start: r.pos})
		if len(r.stack) > maxDepth {
			return &Error{fmt.Sprintf("Document nesting depth (%d) exceeds the maximum allowed (%d, from `StreamReadConstraints.getMaxNestingDepth()`)", len(r.stack), maxDepth)}
		}
		r.pos++
		r.kind = StartObject
		if c == '[' {
			r.kind = StartArray
		}
		return nil
	case c == '"':
		if err := r.str("in VALUE_STRING"); err != nil {
			return err
		}
		r.kind = String
		return nil
	case c == '-' || c >= '0' && c <= '9':
		return r.number()
	case isWord(c):
		return r.word()
	}
	return r.unexpected(c, "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')")
}

func (r *Reader) word() error {
	end := r.pos
	for end < len(r.data) && (isWord(r.data[end]) || r.data[end] >= '0' && r.data[end] <= '9') {
		end++
	}
	word := string(r.data[r.pos:end])
	r.pos = end
	switch word {
	case "true":
		r.kind = True
	case "false":
		r.kind = False
	case "null":
		r.kind = Null
	default:
		return r.failf("Unrecognized token '%s': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", word)
	}
	r.text = word
	return nil
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func (r *Reader) close(c byte) error {
	top := r.stack[len(r.stack)-1]
	if top.array != (c == ']') {
		want := "}"
		if top.array {
			want = "]"
		}
		return r.failf("Unexpected close marker '%c': expected '%s' (for %s starting at %s)", c, want, r.typeName(), r.location(top.start))
	}
	r.stack = r.stack[:len(r.stack)-1]
	r.pos++
	r.kind = EndObject
	if top.array {
		r.kind = EndArray
	}
	return nil
}

func (r *Reader) unexpectedClose(c byte) error {
	what := "Object"
	if c == ']' {
		what = "Array"
	}
	return r.failf("Unexpected close marker '%c': no open %s to close", c, what)
}

func (r *Reader) skipSpace() (byte, bool) {
	for r.pos < len(r.data) {
		switch c := r.data[r.pos]; c {
		case ' ', '\t', '\r', '\n':
			r.pos++
		default:
			return c, true
		}
	}
	return 0, false
}

// typeName names what is open, as JsonStreamContext.typeDesc does.
func (r *Reader) typeName() string {
	if len(r.stack) == 0 {
		return "root"
	}
	if r.stack[len(r.stack)-1].array {
		return "Array"
	}
	return "Object"
}

func (r *Reader) between() error {
	return r.failf("Unexpected end-of-input within/between %s entries", r.typeName())
}

func (r *Reader) unexpected(c byte, want string) error {
	shown := string(rune(c))
	code := int(c)
	switch {
	case c >= 0x80:
		u, _ := utf8.DecodeRune(r.data[r.pos:])
		shown, code = string(u), int(u)
	case c < ' ' || c == 0x7f:
		return r.failf("Illegal character ((CTRL-CHAR, code %d)): only regular white space (\\r, \\n, \\t) is allowed between tokens", code)
	}
	return r.failf("Unexpected character ('%s' (code %d)): %s", shown, code, want)
}

func (r *Reader) failf(format string, args ...any) error {
	return &Error{fmt.Sprintf(format, args...) + "\n at " + r.location(r.pos)}
}

// location describes a place of the text; Jackson leaves the text itself out since 2.16.
func (r *Reader) location(pos int) string {
	line, column := 1, 1
	for _, c := range string(r.data[:min(pos, len(r.data))]) {
		if c == '\n' {
			line, column = line+1, 1
		} else {
			column++
		}
	}
	return fmt.Sprintf("[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: %d]", line, column)
}
