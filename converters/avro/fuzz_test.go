package avro

import (
	"bytes"
	"testing"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/avro/internal/avsc"
)

var fuzzSchemas = []string{
	`{"type":"record","name":"R","fields":[{"name":"a","type":["null","string"]},{"name":"b","type":{"type":"array","items":["null","long",{"type":"map","values":"bytes"}]}},` +
		`{"name":"c","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},{"name":"d","type":{"type":"enum","name":"E","symbols":["A","B"]}},` +
		`{"name":"e","type":{"type":"fixed","name":"F","size":3}},{"name":"n","type":["null","R"]},{"name":"t","type":{"type":"int","logicalType":"time-millis"}}]}`,
	`{"type":"array","items":{"type":"record","name":"Empty","fields":[]}}`,
	`{"type":"array","items":{"type":"record","name":"MapEntry","namespace":"io.confluent.connect.avro","fields":[{"name":"key","type":"int"},{"name":"value","type":"double"}]}}`,
	`{"type":"record","name":"S","fields":[{"name":"a","type":"long"},{"name":"b","type":["null","int"]},{"name":"c","type":["string","null"]},{"name":"d","type":"double"},` +
		`{"name":"e","type":["null","float"]},{"name":"f","type":"boolean"},{"name":"g","type":{"type":"array","items":["null","string"]}},` +
		`{"name":"h","type":["null",{"type":"int","logicalType":"date"}]},{"name":"i","type":{"type":"long","logicalType":"timestamp-millis"}},` +
		`{"name":"j","type":{"type":"array","items":{"type":"record","name":"T","fields":[{"name":"x","type":"string"},{"name":"y","type":["null","S"]}]}}},` +
		`{"name":"k","type":{"type":"bytes","logicalType":"decimal","precision":20,"scale":3}}]}`,
	`["null","int","string",{"type":"array","items":"float"},"bytes",{"type":"fixed","name":"G","size":2}]`,
}

// FuzzDecode reads any bytes as data of several schemas; what can be read is written again and read once more to the same value.
func FuzzDecode(f *testing.F) {
	type codec struct {
		data  *Data
		avro  *avsc.Schema
		conn  *data.Schema
		plan  *ReadPlan
		write *WritePlan
		// slow and slowWrite do without steps.
		slow      *ReadPlan
		slowWrite *WritePlan
	}
	var codecs []codec
	for _, text := range append(fuzzSchemas, anything.String()) {
		d := NewData(Options{Enhanced: true})
		a, err := ParseSchema(text)
		if err != nil {
			f.Fatal(err)
		}
		s, err := d.ConnectSchema(a, nil)
		if err != nil {
			f.Fatal(err)
		}
		c := codec{data: d, avro: a, conn: s, plan: d.ReadPlan(a, s, nil), slow: d.ReadPlan(a, s, nil)}
		unlinkRead(c.slow.root, map[*readPlan]bool{})
		if own, err := d.AvroSchema(s); err == nil {
			c.write, c.slowWrite = d.WritePlan(s, own, a), d.WritePlan(s, own, a)
			unlinkWrite(c.slowWrite.root, map[*writePlan]bool{})
		}
		codecs = append(codecs, c)
	}
	f.Add([]byte{0, 0, 2, 1, 0, 1, 2, 3, 0, 0})
	f.Add([]byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add([]byte{2, 2, 'a', 4, 2, 4, 4, 2, 2, 'k', 2, 1, 0, 0, 2, 5, 2, 1, 2, 3, 0, 10})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var d Decoder
		for _, c := range codecs {
			v, malformed, err := d.Decode(c.plan, data.NewArena(), raw)
			want, wantMalformed, wantErr := d.Decode(c.slow, data.NewArena(), raw)
			if malformed != wantMalformed || !sameError(err, wantErr) || !v.Equal(want) {
				t.Errorf("%s: %x read as %v, %v; without steps as %v, %v", c.avro, raw, v, err, want, wantErr)
			}
			if err == nil && c.conn != nil {
				if err := data.ValidateField("value", c.conn, v); err != nil && !v.IsNull() {
					t.Errorf("%s: %x read as %v: %v", c.avro, raw, v, err)
				}
			}
			if err != nil || c.write == nil {
				continue
			}
			out, err := c.write.Append(nil, v)
			if slow, slowErr := c.slowWrite.Append(nil, v); !sameError(err, slowErr) || err == nil && !bytes.Equal(slow, out) {
				t.Errorf("%s: %v written as %x, %v; without steps as %x, %v", c.avro, v, out, err, slow, slowErr)
			}
			if err != nil {
				// A null of a union with null at its top, or data without schema that has no place in it, is not written.
				continue
			}
			again, _, err := d.Decode(c.plan, data.NewArena(), out)
			if err != nil || !again.Equal(v) {
				t.Errorf("%s: %x read as %v, written as %x, read as %v, %v", c.avro, raw, v, out, again, err)
			}
		}
	})
}

// FuzzSchema parses any text as a schema; what is one keeps its printed form, and makes a Connect schema or an error.
func FuzzSchema(f *testing.F) {
	for _, text := range fuzzSchemas {
		f.Add(text)
	}
	f.Add(`{"type":"record","name":"a.b","fields":[{"name":"x","type":"a.b","default":{"x":1e400}}],"p":{"q":[1,2.5,"\u00e9"]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		a, err := avsc.Parse(text)
		if err != nil {
			return
		}
		printed := a.String()
		again, err := avsc.Parse(printed)
		if err == nil && again.String() != printed {
			t.Errorf("%s is printed as %s", printed, again)
		}
		d := NewData(Options{})
		if s, err := d.ConnectSchema(a, nil); err == nil && s != nil {
			d.ReadPlan(a, s, nil)
			if own, err := d.AvroSchema(s); err == nil {
				d.WritePlan(s, own, own)
			}
		}
	})
}
