package protobuf

import (
	"testing"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/protobuf/internal/protofile"
)

var fuzzSchemas = []string{
	`syntax = "proto3"; import "google/protobuf/wrappers.proto"; import "google/type/date.proto"; import "confluent/type/decimal.proto";
message M { string a = 1; repeated int32 b = 2; map<string, M> c = 3; oneof o { int64 d = 4; M e = 5; } M f = 6; google.protobuf.StringValue g = 7;
google.type.Date h = 8; confluent.type.Decimal i = 9; enum E { A = 0; B = 2; } repeated E j = 10; optional sint64 k = 11; bytes l = 12; double m = 13; }`,
	`message M { required int32 a = 1; optional string b = 2 [default = "x"]; repeated fixed64 c = 3; enum E { A = 1; } optional E d = 4; repeated E e = 5;
repeated KvEntry kv = 6; message KvEntry { optional int32 key = 1; optional M value = 2; } }`,
}

// FuzzDecode reads any bytes as data of several messages; what can be read is written again and read once more to the same value.
func FuzzDecode(f *testing.F) {
	type codec struct {
		plan, again *ReadPlan
		write       *WritePlan
	}
	var codecs []codec
	d := NewData(Options{Optional: true})
	for _, text := range fuzzSchemas {
		file, err := protofile.ParseAll(text, nil)
		if err != nil {
			f.Fatal(err)
		}
		m := file.Messages[0]
		s, err := d.ConnectSchema(m, nil)
		if err != nil {
			f.Fatal(err)
		}
		c := codec{plan: d.ReadPlan(m, s)}
		if own, err := d.ProtobufSchema(s); err == nil {
			c.write, c.again = d.WritePlan(s, own), d.ReadPlan(own.Root, s)
		}
		codecs = append(codecs, c)
	}
	f.Add([]byte{0x0a, 1, 'x', 0x12, 2, 1, 2, 0x1a, 5, 0x0a, 1, 'k', 0x12, 0, 0x20, 3, 0x32, 2, 0x0a, 0, 0x42, 4, 8, 1, 0x10, 1})
	f.Add([]byte{0x08, 1, 0x22, 0, 0x32, 4, 0x08, 2, 0x12, 0, 0x1a, 8, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Add([]byte{0x2a, 0xff, 0xff, 0xff, 0xff, 0x07, 0x13, 0x14})
	f.Add([]byte{0x4a, 6, 0x0a, 2, 1, 0, 0x10, 1})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var d Decoder
		for _, c := range codecs {
			v, _, err := d.Decode(c.plan, data.NewArena(), raw)
			if err != nil || c.write == nil {
				continue
			}
			out, err := c.write.Append(nil, v)
			if err != nil {
				continue
			}
			if again, _, err := d.Decode(c.again, data.NewArena(), out); err != nil || valueText(again) != valueText(v) {
				t.Errorf("%x read as %s, written as %x, read as %s, %v", raw, valueText(v), out, valueText(again), err)
			}
		}
	})
}

// FuzzSchema parses any text as a schema; what is one makes Connect schemas or errors, and its text is one again.
func FuzzSchema(f *testing.F) {
	for _, text := range fuzzSchemas {
		f.Add(text)
	}
	f.Add(twoMessages)
	f.Add("CgdkZWZhdWx0Eg4KAU0SCQoBYRgBIAEoBWIGcHJvdG8z")
	f.Add(`syntax = "proto3"; message A { A a = 1; repeated A b = 2; map<int32, A> c = 3; oneof o { A d = 4; } int32 e = 5 [(confluent.field_meta) = { params: [{ key: "connect.type", value: "int8" }] }]; }`)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := protofile.ParseAll(text, nil)
		if err != nil {
			return
		}
		d := NewData(Options{})
		for _, m := range file.Messages {
			s, err := d.ConnectSchema(m, nil)
			if err != nil {
				continue
			}
			plan := d.ReadPlan(m, s)
			var decoder Decoder
			_, _, _ = decoder.Decode(plan, data.NewArena(), []byte{8, 1, 0x12, 2, 8, 1})
			if own, err := d.ProtobufSchema(s); err == nil {
				d.WritePlan(s, own)
				if _, err := protofile.ParseAll(own.Text, nil); err != nil {
					t.Errorf("%s is written as %s: %v", text, own.Text, err)
				}
			}
		}
	})
}
