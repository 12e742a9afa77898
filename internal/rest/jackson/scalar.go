package jackson

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// str reads a string whose opening quote is the next byte; where tells what it is, for messages.
func (r *Reader) str(where string) error {
	r.pos++
	from := r.pos
	for r.pos < len(r.data) {
		switch c := r.data[r.pos]; {
		case c == '"':
			r.text = string(r.data[from:r.pos])
			r.pos++
			return nil
		case c == '\\':
			return r.strEscaped(append([]byte(nil), r.data[from:r.pos]...), where)
		case c < ' ':
			return r.control(c)
		default:
			r.pos++
		}
	}
	return r.failf("Unexpected end-of-input %s", where)
}

func (r *Reader) strEscaped(buf []byte, where string) error {
	for r.pos < len(r.data) {
		c := r.data[r.pos]
		r.pos++
		switch {
		case c == '"':
			r.text = string(buf)
			return nil
		case c < ' ':
			r.pos--
			return r.control(c)
		case c != '\\':
			buf = append(buf, c)
		default:
			var err error
			if buf, err = r.escape(buf); err != nil {
				return err
			}
		}
	}
	return r.failf("Unexpected end-of-input %s", where)
}

func (r *Reader) escape(buf []byte) ([]byte, error) {
	if r.pos == len(r.data) {
		return nil, r.failf("Unexpected end-of-input in character escape sequence")
	}
	c := r.data[r.pos]
	r.pos++
	switch c {
	case '"', '\\', '/':
		return append(buf, c), nil
	case 'b':
		return append(buf, '\b'), nil
	case 'f':
		return append(buf, '\f'), nil
	case 'n':
		return append(buf, '\n'), nil
	case 'r':
		return append(buf, '\r'), nil
	case 't':
		return append(buf, '\t'), nil
	case 'u':
		u, err := r.hex()
		if err != nil {
			return nil, err
		}
		if utf16.IsSurrogate(u) && r.pos+1 < len(r.data) && r.data[r.pos] == '\\' && r.data[r.pos+1] == 'u' {
			back := r.pos
			r.pos += 2
			low, err := r.hex()
			if err != nil {
				return nil, err
			}
			if full := utf16.DecodeRune(u, low); full != utf8.RuneError {
				return utf8.AppendRune(buf, full), nil
			}
			r.pos = back
		}
		return utf8.AppendRune(buf, u), nil
	}
	r.pos--
	return nil, r.failf("Unrecognized character escape '%c' (code %d)", c, c)
}

func (r *Reader) hex() (rune, error) {
	if r.pos+4 > len(r.data) {
		return 0, r.failf("Unexpected end-of-input in character escape sequence")
	}
	u, err := strconv.ParseUint(string(r.data[r.pos:r.pos+4]), 16, 16)
	if err != nil {
		return 0, r.unexpected(r.data[r.pos], "expected a hex-digit for character escape sequence")
	}
	r.pos += 4
	return rune(u), nil
}

func (r *Reader) control(c byte) error {
	return r.failf("Illegal unquoted character ((CTRL-CHAR, code %d)): has to be escaped using backslash to be included in string value", c)
}

// number reads a number and keeps its text.
func (r *Reader) number() error {
	from := r.pos
	if r.data[r.pos] == '-' {
		r.pos++
	}
	intFrom := r.pos
	if r.digits() == 0 {
		return r.afterNumber("expected digit (0-9) to follow minus sign, for valid numeric value")
	}
	if r.data[intFrom] == '0' && r.pos-intFrom > 1 {
		r.pos = intFrom
		return r.failf("Invalid numeric value: Leading zeroes not allowed")
	}
	r.kind = Int
	if r.at('.') {
		r.kind = Float
		r.pos++
		if r.digits() == 0 {
			return r.afterNumber("Decimal point not followed by a digit")
		}
	}
	if r.at('e') || r.at('E') {
		r.kind = Float
		r.pos++
		if r.at('+') || r.at('-') {
			r.pos++
		}
		if r.digits() == 0 {
			return r.afterNumber("Exponent indicator not followed by a digit")
		}
	}
	if len(r.stack) == 0 && r.pos < len(r.data) && !isSpace(r.data[r.pos]) {
		return r.unexpected(r.data[r.pos], "Expected space separating root-level values")
	}
	r.text = string(r.data[from:r.pos])
	return nil
}

func (r *Reader) afterNumber(want string) error {
	if r.pos == len(r.data) {
		return r.failf("Unexpected end-of-input in a Number value")
	}
	return r.unexpected(r.data[r.pos], want)
}

func (r *Reader) at(c byte) bool { return r.pos < len(r.data) && r.data[r.pos] == c }

func (r *Reader) digits() int {
	from := r.pos
	for r.pos < len(r.data) && r.data[r.pos] >= '0' && r.data[r.pos] <= '9' {
		r.pos++
	}
	return r.pos - from
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
