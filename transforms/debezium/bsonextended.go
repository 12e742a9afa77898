package debezium

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
)

// extended returns the value that a document such as {"$oid": "..."} stands for; documents of other members stay what they are.
func extended(v *bsonValue) (*bsonValue, error) {
	first := v.items[0]
	switch v.names[0] {
	case "$oid":
		return objectID(first)
	case "$numberInt", "$numberLong":
		return extendedInteger(v.names[0], first)
	case "$numberDouble":
		return extendedDouble(first)
	case "$numberDecimal":
		return extendedDecimal(first)
	case "$date":
		return extendedDate(first)
	case "$binary":
		return extendedBinary(v)
	case "$uuid":
		return extendedUUID(first)
	case "$timestamp":
		if t, i := first.index("t"), first.index("i"); t >= 0 && i >= 0 {
			return &bsonValue{kind: bsonTimestamp, n: int64(int32(first.items[t].n))<<32 | int64(uint32(first.items[i].n))}, nil
		}
		return nil, badExtended("$timestamp")
	case "$regex":
		if i := v.index("$options"); i == 1 && first.kind == bsonString && v.items[1].kind == bsonString {
			return regex(first.text, v.items[1].text), nil
		}
	case "$regularExpression":
		if p, o := first.index("pattern"), first.index("options"); p >= 0 && o >= 0 {
			return regex(first.items[p].text, first.items[o].text), nil
		}
		return nil, badExtended("$regularExpression")
	case "$code":
		if i := v.index("$scope"); i == 1 {
			return &bsonValue{kind: bsonJavaScriptWithScope, text: first.text, items: v.items[1:]}, nil
		}
		return &bsonValue{kind: bsonJavaScript, text: first.text}, nil
	case "$symbol":
		return &bsonValue{kind: bsonSymbol, text: first.text}, nil
	case "$undefined":
		return &bsonValue{kind: bsonUndefined}, nil
	case "$minKey":
		return &bsonValue{kind: bsonMinKey}, nil
	case "$maxKey":
		return &bsonValue{kind: bsonMaxKey}, nil
	case "$dbPointer":
		return extendedPointer(first)
	}
	return v, nil
}

func badExtended(name string) error {
	return javafmt.NewException("org.bson.json.JsonParseException", "JSON reader found no proper value of "+name, nil)
}

func objectID(v *bsonValue) (*bsonValue, error) {
	id, err := hex.DecodeString(v.text)
	if v.kind != bsonString || err != nil || len(id) != 12 {
		return nil, illegalArgument("invalid hexadecimal representation of an ObjectId: [" + v.text + "]")
	}
	return &bsonValue{kind: bsonObjectID, data: id}, nil
}

func extendedInteger(name string, v *bsonValue) (*bsonValue, error) {
	if v.kind != bsonString {
		return nil, badExtended(name)
	}
	kind, bits := bsonInt64, 64
	if name == "$numberInt" {
		kind, bits = bsonInt32, 32
	}
	n, err := strconv.ParseInt(v.text, 10, bits)
	if err != nil {
		return nil, javafmt.NewException("org.bson.json.JsonParseException", fmt.Sprintf("Exception converting value '%s' to type %s", v.text, strings.ToLower(kind.String())), err)
	}
	return &bsonValue{kind: kind, n: n}, nil
}

func extendedDouble(v *bsonValue) (*bsonValue, error) {
	if v.kind != bsonString {
		return nil, badExtended("$numberDouble")
	}
	f, err := javafmt.ParseDouble(v.text)
	return &bsonValue{kind: bsonDouble, float: f}, err
}

func extendedDecimal(v *bsonValue) (*bsonValue, error) {
	if v.kind != bsonString {
		return nil, badExtended("$numberDecimal")
	}
	switch strings.ToLower(v.text) {
	case "nan", "-nan":
		return &bsonValue{kind: bsonDecimal128, text: "NaN"}, nil
	case "infinity", "inf", "+infinity", "+inf":
		return &bsonValue{kind: bsonDecimal128, text: "Infinity"}, nil
	case "-infinity", "-inf":
		return &bsonValue{kind: bsonDecimal128, text: "-Infinity"}, nil
	}
	d, err := javafmt.ParseDecimal(v.text)
	if err != nil {
		return nil, err
	}
	text := d.String()
	if d.Unscaled.Sign() == 0 && strings.HasPrefix(v.text, "-") {
		text = "-" + text // a decimal of MongoDB's has a negative zero
	}
	return &bsonValue{kind: bsonDecimal128, text: text}, nil
}

func extendedDate(v *bsonValue) (*bsonValue, error) {
	switch v.kind {
	case bsonInt32, bsonInt64:
		return &bsonValue{kind: bsonDateTime, n: v.n}, nil
	case bsonString:
		if t, err := time.Parse(time.RFC3339Nano, v.text); err == nil {
			return &bsonValue{kind: bsonDateTime, n: t.UnixMilli()}, nil
		}
	}
	return nil, badExtended("$date")
}

// extendedBinary reads the present form and the older one with $type beside it. A document that is neither stays one.
func extendedBinary(v *bsonValue) (*bsonValue, error) {
	text, kind := v.items[0], (*bsonValue)(nil)
	if text.kind == bsonDocument {
		b, s := text.index("base64"), text.index("subType")
		if b < 0 || s < 0 {
			return v, nil
		}
		text, kind = text.items[b], text.items[s]
	} else if i := v.index("$type"); i == 1 {
		kind = v.items[1]
	}
	if kind == nil || text.kind != bsonString {
		return v, nil
	}
	data, err := base64.StdEncoding.DecodeString(text.text)
	if err != nil {
		return nil, illegalArgument("invalid base64 in a binary")
	}
	subtype := kind.n
	if kind.kind == bsonString {
		n, err := strconv.ParseUint(kind.text, 16, 8)
		if err != nil {
			return nil, badExtended("$type")
		}
		subtype = int64(n)
	}
	return &bsonValue{kind: bsonBinary, data: data, n: int64(int8(subtype))}, nil
}

func extendedUUID(v *bsonValue) (*bsonValue, error) {
	data, err := hex.DecodeString(strings.ReplaceAll(v.text, "-", ""))
	if v.kind != bsonString || err != nil || len(data) != 16 {
		return nil, badExtended("$uuid")
	}
	return &bsonValue{kind: bsonBinary, data: data, n: 4}, nil
}

func extendedPointer(v *bsonValue) (*bsonValue, error) {
	ref, id := v.index("$ref"), v.index("$id")
	if ref < 0 || id < 0 || v.items[id].kind != bsonObjectID {
		return nil, badExtended("$dbPointer")
	}
	return &bsonValue{kind: bsonDBPointer, text: v.items[ref].text, data: v.items[id].data}, nil
}

// regex returns a pattern, whose options are in alphabetic order.
func regex(pattern, options string) *bsonValue {
	sorted := []byte(options)
	slices.Sort(sorted)
	return &bsonValue{kind: bsonRegex, text: pattern, more: string(sorted)}
}

// seconds returns the seconds of a timestamp.
func (v *bsonValue) seconds() int64 { return int64(int32(v.n >> 32)) }
