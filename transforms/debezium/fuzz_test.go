package debezium

import (
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/data"
)

func FuzzBSON(f *testing.F) {
	for _, s := range []string{`{}`, `{"a": {"$numberLong": "5"}, "b": [1, [2.5, "x"], {"c": null}]}`, `{"$oid": "596e275826f08b2730779e1f"}`, `{'a': NaN, b: -Infinity}`,
		`{"d": {"$date": 5}, "r": {"$regex": "a", "$options": "i"}, "t": {"$timestamp": {"t": 1, "i": 2}}, "x": {"$binary": "AQ==", "$type": "00"}}`,
		`{"k": {"$code": "f", "$scope": {}}, "m": {"$minKey": 1}, "s": "\u00e9\ud83d\ude00"}`, strings.Repeat("[", 2000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := parseBSON(text)
		if err != nil {
			return
		}
		_ = doc.String()
		// What the writer writes, the reader reads as the same; a number of an element may print a digit more or less only for NaN.
		if doc.kind == bsonDocument {
			again, err := parseBSON(extendedJSON(doc))
			if err == nil && extendedJSON(again) != extendedJSON(doc) {
				t.Errorf("%s became %s", extendedJSON(doc), extendedJSON(again))
			}
		}
		for _, structs := range []bool{false, true} {
			c := mongoConverter{arraysAreStructs: structs}
			shape, err := c.shape(doc)
			if err != nil {
				continue
			}
			b := &openStruct{name: "t", named: true}
			if c.addDocument(shape, b) != nil {
				continue
			}
			schema, err := b.build()
			if err != nil {
				continue
			}
			s := data.NewStruct(schema)
			if c.setDocument(s, schema, doc) == nil {
				_, _ = s.BuildPartial()
			}
		}
	})
}

func FuzzJSONExpansion(f *testing.F) {
	for _, s := range []string{`{"a": 1, "b": [1, 2], "c": [{"d": null}, {"d": "x"}], "e": 12345678901, "f": 1e400, "g": []}`, `[1, "a"]`, `{"a": 01}`, `{"a": {"a": {}}} x`} {
		f.Add(s, true)
	}
	f.Fuzz(func(_ *testing.T, text string, nulls bool) {
		tree, err := readTree([]byte(text))
		if err != nil {
			return
		}
		x := jsonExpansion{nullsAreBytes: nulls}
		schema, err := x.schema("p", &tree)
		if err == nil {
			_, _ = structOf(data.NewArena(), &tree, schema)
		}
	})
}

func FuzzGeometry(f *testing.F) {
	f.Add([]byte{1, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1})
	f.Add(append([]byte{0, 0xe0, 0, 0, 1, 0, 0, 0x10, 0xe6}, make([]byte, 32)...))
	f.Add([]byte{1, 3, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, wkb []byte) {
		if swapped, err := swapCoordinates(wkb); err == nil && len(swapped) > len(wkb) {
			t.Errorf("%d bytes became %d", len(wkb), len(swapped))
		}
		extended, err := toExtended(wkb, 1)
		if err == nil && !isExtended(wkb) {
			if back, err := fromExtended(extended); err != nil || string(back) != string(wkb) {
				t.Errorf("%x became %x", wkb, back)
			}
		}
	})
}

func FuzzExpression(f *testing.F) {
	for _, s := range []string{"value.op == 'u' && value.before.id == 1", "keySchema.field('id') != null", "header.h?.value + topic", "value.after.name in ['a', 'b']",
		"topic.substring(1, 3)", "((", "value[0]", "1..3", "map(1..1000000, # * 2)", "value.op matches '(a+)+$'", "value.fields()[0].schema().name()"} {
		f.Add(s)
	}
	row := data.MustStruct(testRow, data.Int32(1), data.String("Anna")).Value()
	f.Fuzz(func(_ *testing.T, source string) {
		s, err := compileScript(source)
		if err == nil {
			if out, err := s.eval(event(testRow, "u", row, row)()); err == nil {
				_ = scriptText(out)
			}
		}
	})
}
