package jsonschema

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/jsonschema/internal/everit"
)

var fuzzSchemas = []string{
	`{"type":"object","title":"R","properties":{"a":{"type":["string","null"]},"b":{"type":"array","items":{"oneOf":[{"type":"null"},{"type":"integer"},{"type":"object","connect.type":"map","additionalProperties":{"type":"string","connect.type":"bytes"}}]}},` +
		`"c":{"oneOf":[{"type":"null"},{"type":"number","connect.type":"bytes","title":"org.apache.kafka.connect.data.Decimal","connect.parameters":{"scale":"2"}}]},"d":{"enum":["A","B"]},` +
		`"n":{"oneOf":[{"type":"null"},{"$ref":"#"}]},"t":{"type":"integer","connect.type":"int32","title":"org.apache.kafka.connect.data.Time","default":5},"v":{}}}`,
	`{"type":"array","connect.type":"map","items":{"type":"object","properties":{"key":{"type":"integer","connect.type":"int8"},"value":{"type":"number","connect.type":"float32"}}}}`,
	`{"anyOf":[{"type":"integer","connect.type":"int16"},{"type":"number"},{"type":"object","properties":{"x":{"type":"integer"}}},{"type":"object","properties":{"y":{"type":"boolean"}}},{"type":"array","items":{}}]}`,
	`{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"a":{"type":["integer","string"]},"b":{"$ref":"#/$defs/B"}},"$defs":{"B":{"$anchor":"b","type":"object","properties":{"next":{"anyOf":[{"$ref":"#b"},{"type":"null"}]}}}}}`,
}

// FuzzDecode reads any bytes as data of several schemas: the fast way and the slow way give the same, and what can be read is written again and
// read once more to the same value.
func FuzzDecode(f *testing.F) {
	type codec struct {
		data  *Data
		conn  *data.Schema
		plan  *ReadPlan
		write *WritePlan
	}
	var codecs []codec
	for _, text := range fuzzSchemas {
		for _, opts := range []Options{{OptionalNonRequired: true}, {KeepAdditional: true, NumericDecimals: true}} {
			d := NewData(opts)
			js, err := ParseSchema(text, nil, false)
			if err != nil {
				f.Fatal(err)
			}
			s, err := d.ConnectSchema(js, nil)
			if err != nil {
				f.Fatal(err)
			}
			codecs = append(codecs, codec{d, s, d.ReadPlan(s), d.WritePlan(s)})
		}
	}
	for _, doc := range []string{
		`{"a":null,"b":[1,{"k":"Zm9v"},null],"c":1.50,"d":"A","n":{"a":"x"},"t":86400000,"v":{"z":[1.5,"é",null]}}`, `[{"key":1,"value":1.5}]`, `{"x":1,"y":true}`,
		`{"a":5,"b":{"next":{"next":null}},"zz":NaN}`, `12345678901234567890123`, `-1e400`, `"\ud83d"`, `{"a":"` + strings.Repeat("[", 2000),
		strings.Repeat(`{"n":`, 1200), "\xef\xbb\xbf{}",
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var d Decoder
		for _, c := range codecs {
			v, _, err := d.Decode(c.plan, data.NewArena(), raw)
			if n, parseErr := parse(raw); parseErr == nil {
				slow, slowErr := treeReader{Data: c.data, arena: data.NewArena()}.convert(c.conn, n)
				if (err == nil) != (slowErr == nil) || err == nil && !v.Equal(slow) {
					t.Errorf("%q is %v, %v the fast way and %v, %v the slow one", raw, v, err, slow, slowErr)
				}
			} else if err == nil {
				t.Errorf("%q is %v, but cannot be parsed: %v", raw, v, parseErr)
			}
			if err != nil {
				continue
			}
			out, err := c.write.Append(nil, v)
			if err != nil || c.write.Absent(v) {
				continue
			}
			if bytes.Contains(out, []byte("NaN")) || bytes.Contains(out, []byte("Infinity")) || bytes.Contains(out, []byte("null")) {
				// What is no number becomes text, and a field that is null may have a default.
				continue
			}
			again, _, err := d.Decode(c.plan, data.NewArena(), out)
			if err != nil {
				t.Errorf("%q read as %v, written as %s: %v", raw, v, out, err)
				continue
			}
			twice, err := c.write.Append(nil, again)
			if err != nil || !bytes.Equal(out, twice) {
				t.Errorf("%q is written as %s, then as %s, %v", raw, out, twice, err)
			}
		}
	})
}

// FuzzSchema parses any text as a schema; what is one makes a Connect schema or an error.
func FuzzSchema(f *testing.F) {
	for _, text := range fuzzSchemas {
		f.Add(text)
	}
	f.Add(`{"allOf":[{"$ref":"#/definitions/A"},{"not":{}},{"const":1}],"definitions":{"A":{"$ref":"#"}},"default":{"x":1e400},"connect.parameters":{"a":"b"}}`)
	f.Add(`{"$schema":"http://json-schema.org/draft-04/schema","id":"http://x/y#","$ref":"y#/id"}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, opts := range []Options{{}, {Generalized: true, OldDialects: true, KeepSingletonUnions: true, KeepAdditional: true}} {
			js, err := ParseSchema(text, map[string]string{"other.json": fuzzSchemas[0]}, opts.OldDialects)
			if err != nil {
				return
			}
			d := NewData(opts)
			s, err := d.ConnectSchema(js, nil)
			if err != nil {
				continue
			}
			d.ReadPlan(s)
			d.WritePlan(s)
			if own, err := d.JSONSchema(s); err == nil {
				printed, err := own.Canonical()
				if err != nil {
					t.Fatalf("%s: %v", own.Text(), err)
				}
				if _, err := ParseSchema(printed, nil, false); err != nil && !strings.Contains(errorText(err), "deeper") {
					t.Errorf("%s is printed as %s: %v", text, printed, errorText(err))
				}
			}
		}
	})
}

func TestHostile(t *testing.T) {
	t.Parallel()
	deep := func(open string, n int) string { return strings.Repeat(open, n) }
	// A million levels are refused, as data and as a schema.
	for _, doc := range []string{deep("[", 1e6), deep(`{"n":`, 1e6), deep(`[{"a":`, 5e5)} {
		for _, text := range fuzzSchemas {
			if _, err := readBy(t, Options{}, text, doc); err == nil {
				t.Errorf("%.20s is read", doc)
			}
		}
		if _, err := ParseSchema(doc, nil, false); err == nil {
			t.Errorf("%.20s is a schema", doc)
		}
	}
	nested := deep(`{"items":`, 900) + `{"type":"string"}` + deep(`}`, 900)
	if _, err := ParseSchema(nested, nil, false); err == nil || !strings.Contains(errorText(err), "nested deeper than 500 levels") {
		t.Errorf("900 levels: %v", errorText(err))
	}
	// Definitions that refer twice to the next one would be 2^40 schemas.
	var b strings.Builder
	b.WriteString(`{"$ref":"#/definitions/d0","definitions":{"d40":{"type":"string"}`)
	for i := range 40 {
		next := `{"$ref":"#/definitions/d` + strconv.Itoa(i+1) + `"}`
		b.WriteString(`,"d` + strconv.Itoa(i) + `":{"type":"array","items":{"oneOf":[` + next + `,` + next + `]}}`)
	}
	b.WriteString(`}}`)
	js, err := ParseSchema(b.String(), nil, false)
	if err != nil {
		t.Fatal(errorText(err))
	}
	if _, err := NewData(Options{}).ConnectSchema(js, nil); err == nil || !strings.Contains(err.Error(), "more than 100000 schemas") {
		t.Errorf("too many: %v", err)
	}
	// Data that nests as deep as a recursive schema allows is written as long as it can be read.
	v, err := readBy(t, Options{}, `{"type":"object","title":"N","properties":{"n":{"oneOf":[{"type":"null"},{"$ref":"#"}]}}}`, deep(`{"n":`, 900)+`{}`+deep(`}`, 900))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := NewData(Options{}).WritePlan(v.Struct().Schema()).Append(nil, v); err != nil || len(out) != 900*6+len(`{"n":null}`) {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

// TestLarge reads schemas of very many parts in a time that grows with their number only.
func TestLarge(t *testing.T) {
	t.Parallel()
	const n = 30_000
	var properties, definitions, doc strings.Builder
	for i := range n {
		name := `"p` + strconv.Itoa(i) + `":`
		if i > 0 {
			properties.WriteByte(',')
			definitions.WriteByte(',')
			doc.WriteByte(',')
		}
		properties.WriteString(name + `{"$ref":"#/$defs/p` + strconv.Itoa(i) + `"}`)
		definitions.WriteString(name + `{"type":"integer"}`)
		doc.WriteString(`"p` + strconv.Itoa(n-1-i) + `":` + strconv.Itoa(i))
	}
	for _, head := range []string{`{`, `{` + modernDialect} {
		text := head + `"type":"object","properties":{` + properties.String() + `},"definitions":{` + definitions.String() + `}}`
		v, err := readBy(t, Options{}, text, `{`+doc.String()+`}`)
		if err != nil || v.Struct().Field("p0").String() != strconv.Itoa(n-1) {
			t.Fatalf("%v", errorText(err))
		}
		js, err := ParseSchema(text, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		if where, ok := everit.Reads(js, js); !ok {
			t.Errorf("does not read itself: %s", where)
		}
		all, err := ParseSchema(`{"allOf":[`+text+`,`+text+`]}`, nil, false)
		if err == nil {
			_, err = NewData(Options{}).ConnectSchema(all, nil)
		}
		if err == nil || !strings.Contains(errorText(err), "refers to what is neither") {
			t.Errorf("allOf: %s", errorText(err))
		}
	}
}
