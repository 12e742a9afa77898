package debezium

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/moldau/moldau/internal/javafmt"
)

// bsonKind is a type of BSON (org.bson.BsonType).
type bsonKind uint8

const (
	bsonNull bsonKind = iota
	bsonString
	bsonJavaScript
	bsonJavaScriptWithScope
	bsonObjectID
	bsonDecimal128
	bsonDouble
	bsonBinary
	bsonInt32
	bsonInt64
	bsonDateTime
	bsonTimestamp
	bsonBoolean
	bsonRegex
	bsonDocument
	bsonArray
	bsonSymbol
	bsonDBPointer
	bsonUndefined
	bsonMinKey
	bsonMaxKey
)

// String returns the name of the type in Java.
func (k bsonKind) String() string {
	return [...]string{"NULL", "STRING", "JAVASCRIPT", "JAVASCRIPT_WITH_SCOPE", "OBJECT_ID", "DECIMAL128", "DOUBLE", "BINARY", "INT32", "INT64", "DATE_TIME",
		"TIMESTAMP", "BOOLEAN", "REGULAR_EXPRESSION", "DOCUMENT", "ARRAY", "SYMBOL", "DB_POINTER", "UNDEFINED", "MIN_KEY", "MAX_KEY"}[k]
}

// bsonValue is a value of BSON.
type bsonValue struct {
	kind bsonKind
	// text is a string, code, symbol, decimal or pattern, or the collection of a pointer.
	text string
	// more is the options of a pattern.
	more string
	// data is that of a binary or the bytes of an object's ID.
	data []byte
	// n is an integer, a date in milliseconds, a timestamp, a boolean or the subtype of a binary.
	n     int64
	float float64
	// items are those of an array or document, which has names for them; or the one scope of code.
	items []*bsonValue
	names []string
}

func (v *bsonValue) index(name string) int { return slices.Index(v.names, name) }

// set sets a member of a document; one that is there keeps its place.
func (v *bsonValue) set(name string, item *bsonValue) {
	if i := v.index(name); i >= 0 {
		v.items[i] = item
		return
	}
	v.names, v.items = append(v.names, name), append(v.items, item)
}

func (v *bsonValue) remove(name string) {
	if i := v.index(name); i >= 0 {
		v.names, v.items = slices.Delete(v.names, i, i+1), slices.Delete(v.items, i, i+1)
	}
}

func (v *bsonValue) equal(o *bsonValue) bool {
	return v.kind == o.kind && v.text == o.text && v.more == o.more && string(v.data) == string(o.data) && v.n == o.n &&
		javafmt.CompareDoubles(v.float, o.float) == 0 && slices.Equal(v.names, o.names) &&
		slices.EqualFunc(v.items, o.items, func(a, b *bsonValue) bool { return a.equal(b) })
}

// String returns toString of the Java object, which messages have.
func (v *bsonValue) String() string {
	switch v.kind {
	case bsonNull:
		return "BsonNull"
	case bsonString:
		return "BsonString{value='" + v.text + "'}"
	case bsonInt32:
		return "BsonInt32{value=" + strconv.FormatInt(v.n, 10) + "}"
	case bsonInt64:
		return "BsonInt64{value=" + strconv.FormatInt(v.n, 10) + "}"
	case bsonDateTime:
		return "BsonDateTime{value=" + strconv.FormatInt(v.n, 10) + "}"
	case bsonBoolean:
		return "BsonBoolean{value=" + strconv.FormatBool(v.n != 0) + "}"
	case bsonDouble:
		return "BsonDouble{value=" + javafmt.FormatDouble(v.float) + "}"
	case bsonDecimal128:
		return "BsonDecimal128{value=" + v.text + "}"
	case bsonObjectID:
		return "BsonObjectId{value=" + hex.EncodeToString(v.data) + "}"
	case bsonBinary:
		parts := make([]string, len(v.data))
		for i, b := range v.data {
			parts[i] = strconv.Itoa(int(int8(b)))
		}
		return fmt.Sprintf("BsonBinary{type=%d, data=[%s]}", v.n, strings.Join(parts, ", "))
	case bsonTimestamp:
		return fmt.Sprintf("Timestamp{value=%d, seconds=%d, inc=%d}", v.n, int32(v.n>>32), int32(v.n))
	case bsonRegex:
		return "BsonRegularExpression{pattern='" + v.text + "', options='" + v.more + "'}"
	case bsonJavaScript:
		return "BsonJavaScript{code='" + v.text + "'}"
	}
	return "Bson" + v.kind.String()
}
