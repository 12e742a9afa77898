package debezium

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/moldau/moldau/internal/javafmt"
)

// parseBSON reads a document in MongoDB's extended JSON (BsonDocument.parse): JSON in which {"$oid": ...} and the like stand for values that JSON
// does not have. Of what the shell accepts beyond it, names without quotes, single quotes and the literals NaN, Infinity and undefined are read;
// calls such as ObjectId(...) are not, which Debezium never writes.
func parseBSON(text string) (*bsonValue, error) {
	// Texts of records share memory that is used again; those of the document outlive it in names of fields.
	// Bytes that are no UTF-8 stand for the characters that show, so that two names which look alike are one.
	r := bsonReader{text: javafmt.DecodeUTF8([]byte(text))}
	v := r.value(0)
	r.space()
	if r.err == nil && v.kind != bsonDocument {
		r.fail("a document")
	}
	return v, r.err
}

// mostBSONDepth bounds how deep documents nest; MongoDB itself allows 100.
const mostBSONDepth = 1000

type bsonReader struct {
	text string
	at   int
	err  error
}

func (r *bsonReader) fail(want string) *bsonValue {
	if r.err == nil {
		r.err = javafmt.NewException("org.bson.json.JsonParseException", fmt.Sprintf("JSON reader expected %s at position %d", want, r.at), nil)
	}
	return &bsonValue{}
}

func (r *bsonReader) space() {
	for r.at < len(r.text) && strings.IndexByte(" \t\r\n\f\v", r.text[r.at]) >= 0 {
		r.at++
	}
}

// accept reads a character after white space, if it is there.
func (r *bsonReader) accept(c byte) bool {
	if r.space(); r.err == nil && r.at < len(r.text) && r.text[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *bsonReader) value(depth int) *bsonValue {
	r.space()
	switch {
	case r.err != nil:
		return &bsonValue{}
	case depth > mostBSONDepth:
		return r.fail("less nesting")
	case r.accept('{'):
		return r.document(depth)
	case r.accept('['):
		return r.array(depth)
	case r.at < len(r.text) && (r.text[r.at] == '"' || r.text[r.at] == '\''):
		return &bsonValue{kind: bsonString, text: r.quoted()}
	}
	return r.word()
}

func (r *bsonReader) array(depth int) *bsonValue {
	v := &bsonValue{kind: bsonArray}
	for r.err == nil && !r.accept(']') {
		v.items = append(v.items, r.value(depth+1))
		if !r.accept(',') && !r.peek(']') {
			return r.fail("',' or ']'")
		}
	}
	return v
}

func (r *bsonReader) peek(c byte) bool {
	r.space()
	return r.at < len(r.text) && r.text[r.at] == c
}

func (r *bsonReader) document(depth int) *bsonValue {
	v := &bsonValue{kind: bsonDocument}
	for r.err == nil && !r.accept('}') {
		name := r.name()
		if !r.accept(':') {
			return r.fail("':'")
		}
		v.set(name, r.value(depth+1))
		if !r.accept(',') && !r.peek('}') {
			return r.fail("',' or '}'")
		}
	}
	if r.err == nil && len(v.names) > 0 && strings.HasPrefix(v.names[0], "$") {
		out, err := extended(v)
		if err != nil {
			r.err = err
		}
		return out
	}
	return v
}

func (r *bsonReader) name() string {
	if r.space(); r.at < len(r.text) && (r.text[r.at] == '"' || r.text[r.at] == '\'') {
		return r.quoted()
	}
	start := r.at
	for r.at < len(r.text) && isWord(r.text[r.at]) {
		r.at++
	}
	if start == r.at {
		r.fail("a name")
	}
	return r.text[start:r.at]
}

func isWord(c byte) bool {
	return c == '$' || c == '_' || isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// quoted reads a string, whose quote is next.
func (r *bsonReader) quoted() string {
	quote := r.text[r.at]
	r.at++
	start := r.at
	for r.at < len(r.text) && r.text[r.at] != quote && r.text[r.at] != '\\' {
		r.at++
	}
	if r.at < len(r.text) && r.text[r.at] == quote {
		r.at++
		return r.text[start : r.at-1]
	}
	b := []byte(r.text[start:r.at])
	for r.at < len(r.text) {
		c := r.text[r.at]
		r.at++
		switch {
		case c == quote:
			return string(b)
		case c == '\\':
			b = r.escape(b)
		default:
			b = append(b, c)
		}
	}
	r.fail("the end of a string")
	return ""
}

func (r *bsonReader) escape(b []byte) []byte {
	if r.at == len(r.text) {
		return b
	}
	c := r.text[r.at]
	r.at++
	switch c {
	case '\'', '"', '\\', '/':
		return append(b, c)
	case 'b':
		return append(b, '\b')
	case 'f':
		return append(b, '\f')
	case 'n':
		return append(b, '\n')
	case 'r':
		return append(b, '\r')
	case 't':
		return append(b, '\t')
	case 'u':
		units := []uint16{r.hex()}
		for r.err == nil && strings.HasPrefix(r.text[r.at:], `\u`) {
			r.at += 2
			units = append(units, r.hex())
		}
		return append(b, javafmt.DecodeUTF16(units)...)
	}
	r.fail("an escape")
	return b
}

func (r *bsonReader) hex() uint16 {
	if r.at+4 <= len(r.text) {
		if n, err := strconv.ParseUint(r.text[r.at:r.at+4], 16, 16); err == nil {
			r.at += 4
			return uint16(n)
		}
	}
	r.fail("four hexadecimal digits")
	return utf8.RuneError
}

// word reads a number or a literal.
func (r *bsonReader) word() *bsonValue {
	start := r.at
	for r.at < len(r.text) && (isWord(r.text[r.at]) || strings.IndexByte("+-.", r.text[r.at]) >= 0) {
		r.at++
	}
	switch word := r.text[start:r.at]; word {
	case "true":
		return &bsonValue{kind: bsonBoolean, n: 1}
	case "false":
		return &bsonValue{kind: bsonBoolean}
	case "null":
		return &bsonValue{}
	case "undefined":
		return &bsonValue{kind: bsonUndefined}
	case "NaN":
		return &bsonValue{kind: bsonDouble, float: math.NaN()}
	case "Infinity":
		return &bsonValue{kind: bsonDouble, float: math.Inf(1)}
	case "-Infinity":
		return &bsonValue{kind: bsonDouble, float: math.Inf(-1)}
	case "":
		return r.fail("a value")
	default:
		return r.number(word)
	}
}

func (r *bsonReader) number(word string) *bsonValue {
	if c := word[len(word)-1]; word[0] != '-' && !isDigit(word[0]) || !isDigit(c) {
		return r.fail("a value")
	}
	if strings.ContainsAny(word, ".eE") {
		f, err := javafmt.ParseDouble(word)
		if err != nil {
			return r.fail("a number")
		}
		return &bsonValue{kind: bsonDouble, float: f}
	}
	n, err := javafmt.ParseLong(word)
	if err != nil {
		r.err = err
		return &bsonValue{}
	}
	if int64(int32(n)) == n {
		return &bsonValue{kind: bsonInt32, n: n}
	}
	return &bsonValue{kind: bsonInt64, n: n}
}
