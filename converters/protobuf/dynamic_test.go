package protobuf

import (
	"math"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/protobuf/internal/protofile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"pgregory.net/rapid"
)

// Random structs are written by a plan and read by Go's library, and what that writes is read by a plan again.
func TestDynamic(t *testing.T) {
	t.Parallel()
	kinds := []data.Kind{data.BoolKind, data.Int32Kind, data.Int64Kind, data.Float32Kind, data.Float64Kind, data.StringKind, data.BytesKind}
	types := map[data.Kind][]string{data.Int32Kind: {"int32", "sint32", "sfixed32"}, data.Int64Kind: {"int64", "uint32", "fixed32", "uint64", "sint64", "fixed64", "sfixed64"}}
	rapid.Check(t, func(t *rapid.T) {
		d := NewData(Options{})
		n := rapid.IntRange(1, 12).Draw(t, "fields")
		b := data.NewStructSchema("p.M")
		for i := range n {
			kind := rapid.SampledFrom(kinds).Draw(t, "kind")
			x := data.NewSchema(kind)
			if all := types[kind]; all != nil {
				x.Param(typeParam, rapid.SampledFrom(all).Draw(t, "type"))
			}
			s := x.MustBuild()
			if rapid.Bool().Draw(t, "list") {
				s = data.NewListSchema(s).MustBuild()
			}
			b.Field("f"+strings.Repeat("x", i), s)
		}
		s := b.MustBuild()
		own, err := d.ProtobufSchema(s)
		if err != nil {
			t.Fatal(err)
		}
		file, err := protodesc.NewFile(own.File.Proto, nil)
		if err != nil {
			t.Fatalf("%v: %s", err, own.Text)
		}
		v := drawStruct(t, s)
		raw, err := d.WritePlan(s, own).Append(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		m := dynamicpb.NewMessage(file.Messages().Get(0))
		if err := proto.Unmarshal(raw, m); err != nil {
			t.Fatal(err)
		}
		again, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil || string(again) != string(raw) {
			t.Fatalf("%s written %x, by Go's library %x, %v", own.Text, raw, again, err)
		}
		parsed, err := protofile.ParseAll(own.Text, nil)
		if err != nil {
			t.Fatal(err)
		}
		connect, err := d.ConnectSchema(parsed.Messages[0], nil)
		if err != nil {
			t.Fatal(err)
		}
		var decoder Decoder
		back, _, err := decoder.Decode(d.ReadPlan(parsed.Messages[0], connect), data.NewArena(), again)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range s.Fields() {
			field := m.Descriptor().Fields().ByName(protoreflect.Name(f.Name))
			got := back.Struct().At(i)
			if f.Schema.Kind() == data.ListKind {
				list := m.Get(field).List()
				if got.List().Len() != list.Len() {
					t.Fatalf("%s: %v of %v", f.Name, got, list)
				}
				for j := range list.Len() {
					same(t, f.Name, got.List().At(j), field, list.Get(j))
				}
				continue
			}
			same(t, f.Name, got, field, m.Get(field))
		}
	})
}

func same(t *rapid.T, name string, got data.Value, f protoreflect.FieldDescriptor, want protoreflect.Value) {
	ok := false
	switch f.Kind() {
	case protoreflect.BoolKind:
		b, _ := got.Bool()
		ok = b == want.Bool()
	case protoreflect.StringKind:
		s, _ := got.Text()
		ok = s == want.String()
	case protoreflect.BytesKind:
		b, _ := got.Bytes()
		ok = string(b) == string(want.Bytes())
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		x, _ := got.Float64()
		ok = math.Float64bits(x) == math.Float64bits(want.Float())
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		n, _ := got.Int64()
		ok = uint64(n) == want.Uint()
	default:
		n, _ := got.Int64()
		ok = n == want.Int()
	}
	if !ok {
		t.Fatalf("%s: %v, want %v", name, got, want)
	}
}

func drawStruct(t *rapid.T, s *data.Schema) data.Value {
	b := data.NewStruct(s)
	for i, f := range s.Fields() {
		if f.Schema.Kind() != data.ListKind {
			b.Set(i, drawScalar(t, f.Schema))
			continue
		}
		var l []data.Value
		for range rapid.IntRange(0, 40).Draw(t, "length") {
			l = append(l, drawScalar(t, f.Schema.Elem()))
		}
		b.Set(i, data.ListOf(l...))
	}
	return b.MustBuild().Value()
}

func drawScalar(t *rapid.T, s *data.Schema) data.Value {
	switch s.Kind() {
	case data.BoolKind:
		return data.Bool(rapid.Bool().Draw(t, "bool"))
	case data.Int32Kind:
		return data.Int32(rapid.Int32().Draw(t, "int32"))
	case data.Int64Kind:
		n := rapid.Int64().Draw(t, "int64")
		if x, _ := s.Param(typeParam); x == "uint32" || x == "fixed32" {
			n = int64(uint32(n))
		}
		return data.Int64(n)
	case data.Float32Kind:
		return data.Float32(rapid.Float32().Draw(t, "float"))
	case data.Float64Kind:
		return data.Float64(rapid.Float64().Draw(t, "double"))
	case data.StringKind:
		return data.String(rapid.String().Draw(t, "text"))
	}
	return data.BytesOf(rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "bytes"))
}
