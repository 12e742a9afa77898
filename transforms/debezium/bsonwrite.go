package debezium

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"unicode"

	"github.com/moldau/moldau/internal/javafmt"
)

// bsonWriter writes extended JSON with line breaks (org.bson.json.JsonWriter in the mode EXTENDED with indent).
type bsonWriter struct {
	out    []byte
	indent int
}

// extendedJSON returns the text of a document.
func extendedJSON(v *bsonValue) string {
	var w bsonWriter
	w.value(v)
	return string(w.out)
}

func (w *bsonWriter) line() {
	w.out = append(w.out, '\n')
	for range w.indent {
		w.out = append(w.out, "  "...)
	}
}

// list writes n things between brackets, each on a line of its own.
func (w *bsonWriter) list(brackets string, n int, item func(int)) {
	w.out = append(w.out, brackets[0])
	w.indent++
	for i := range n {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.line()
		item(i)
	}
	w.indent--
	if n > 0 {
		w.line()
	}
	w.out = append(w.out, brackets[1])
}

// member is a name and what writes its value.
type member struct {
	name  string
	value func()
}

func (w *bsonWriter) object(members ...member) {
	w.list("{}", len(members), func(i int) {
		w.text(members[i].name)
		w.out = append(w.out, ": "...)
		members[i].value()
	})
}

func (w *bsonWriter) string(name, text string) member { return member{name, func() { w.text(text) }} }

func (w *bsonWriter) raw(name, text string) member {
	return member{name, func() { w.out = append(w.out, text...) }}
}

func (w *bsonWriter) value(v *bsonValue) {
	switch v.kind {
	case bsonNull:
		w.out = append(w.out, "null"...)
	case bsonString:
		w.text(v.text)
	case bsonBoolean:
		w.out = strconv.AppendBool(w.out, v.n != 0)
	case bsonArray:
		w.list("[]", len(v.items), func(i int) { w.value(v.items[i]) })
	case bsonDocument:
		members := make([]member, len(v.items))
		for i := range members {
			members[i] = member{v.names[i], func() { w.value(v.items[i]) }}
		}
		w.object(members...)
	default:
		w.object(w.members(v)...)
	}
}

// members returns what stands for a value that JSON does not have.
func (w *bsonWriter) members(v *bsonValue) []member {
	one := func(m member) []member { return []member{m} }
	switch v.kind {
	case bsonInt32:
		return one(w.string("$numberInt", strconv.FormatInt(v.n, 10)))
	case bsonInt64:
		return one(w.string("$numberLong", strconv.FormatInt(v.n, 10)))
	case bsonDouble:
		return one(w.string("$numberDouble", javafmt.FormatDouble(v.float)))
	case bsonDecimal128:
		return one(w.string("$numberDecimal", v.text))
	case bsonObjectID:
		return one(w.string("$oid", hex.EncodeToString(v.data)))
	case bsonDateTime:
		return one(member{"$date", func() { w.object(w.string("$numberLong", strconv.FormatInt(v.n, 10))) }})
	case bsonTimestamp:
		return one(member{"$timestamp", func() {
			w.object(w.raw("t", strconv.FormatUint(uint64(uint32(v.n>>32)), 10)), w.raw("i", strconv.FormatUint(uint64(uint32(v.n)), 10)))
		}})
	case bsonBinary:
		return one(member{"$binary", func() {
			w.object(w.string("base64", base64.StdEncoding.EncodeToString(v.data)), w.string("subType", fmt.Sprintf("%02X", uint8(v.n))))
		}})
	case bsonRegex:
		return one(member{"$regularExpression", func() { w.object(w.string("pattern", v.text), w.string("options", v.more)) }})
	case bsonJavaScript:
		return one(w.string("$code", v.text))
	case bsonJavaScriptWithScope:
		return []member{w.string("$code", v.text), {"$scope", func() { w.value(v.items[0]) }}}
	case bsonSymbol:
		return one(w.string("$symbol", v.text))
	case bsonDBPointer:
		return one(member{"$dbPointer", func() {
			w.object(w.string("$ref", v.text), member{"$id", func() { w.object(w.string("$oid", hex.EncodeToString(v.data))) }})
		}})
	case bsonMinKey:
		return one(w.raw("$minKey", "1"))
	case bsonMaxKey:
		return one(w.raw("$maxKey", "1"))
	}
	return one(w.raw("$undefined", "true"))
}

// printable are the kinds of characters that are not written as escapes. Characters outside the basic plane are, for Java looks at their halves.
var printable = []*unicode.RangeTable{unicode.Lu, unicode.Ll, unicode.Lt, unicode.Lo, unicode.Nd, unicode.Nl, unicode.No, unicode.P, unicode.Zs, unicode.S}

func (w *bsonWriter) text(s string) {
	w.out = append(w.out, '"')
	for _, c := range javafmt.EncodeUTF16(s) {
		switch c {
		case '"', '\\':
			w.out = append(w.out, '\\', byte(c))
		case '\b':
			w.out = append(w.out, `\b`...)
		case '\f':
			w.out = append(w.out, `\f`...)
		case '\n':
			w.out = append(w.out, `\n`...)
		case '\r':
			w.out = append(w.out, `\r`...)
		case '\t':
			w.out = append(w.out, `\t`...)
		default:
			if unicode.In(rune(c), printable...) {
				w.out = append(w.out, string(rune(c))...)
			} else {
				w.out = fmt.Appendf(w.out, `\u%04x`, c)
			}
		}
	}
	w.out = append(w.out, '"')
}
