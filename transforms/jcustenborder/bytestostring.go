package jcustenborder

import (
	"context"
	"errors"
	"slices"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	text "github.com/moldau/moldau/converters/string"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// bytesToString decodes bytes to text (BytesToString).
type bytesToString struct {
	part    smt.Part
	decoder connect.Converter
	fields  []string
	schemas smt.SchemaCache
}

var bytesToStringKeys = config.NewDef(
	config.Key{Name: "charset", Type: config.String, Default: "UTF-8", Importance: config.High,
		Doc: "Character set of the bytes, by a name that Java knows, such as UTF-8, UTF-16 or ISO-8859-1."},
	config.Key{Name: "fields", Type: config.List, Default: []string{}, Importance: config.High,
		Doc: "Names of the fields to decode, where the record holds a struct. They must be of the type BYTES and not null."},
)

func bytesToStringPlugins() []connect.Plugin {
	return smt.Both(classPrefix+"BytesToString", "Decodes bytes, or fields that hold bytes, to text.", bytesToStringKeys,
		func(p smt.Part) connect.Transformation { return &bytesToString{part: p} })
}

func (x *bytesToString) Configure(props map[string]string) error {
	values, err := bytesToStringKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.fields = values.List("fields")
	charset := values.String("charset")
	if !legalCharset(charset) {
		return javafmt.NewException("java.nio.charset.IllegalCharsetNameException", charset, nil)
	}
	x.decoder = text.Plugins()[0].NewConverter()
	err = x.decoder.Configure(map[string]string{"converter.encoding": charset, "converter.type": "value"}, false)
	var unsupported *javafmt.Exception
	if errors.As(err, &unsupported) {
		return javafmt.NewException("java.nio.charset.UnsupportedCharsetException", charset, nil)
	}
	return err
}

// legalCharset reports whether a name may be that of a character set (Charset.checkName).
func legalCharset(name string) bool {
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case i > 0 && (c == '-' || c == '+' || c == ':' || c == '_' || c == '.'):
		default:
			return false
		}
	}
	return name != ""
}

func (x *bytesToString) Apply(_ context.Context, r *connect.Record) (bool, error) {
	err := process{bytes: x.decode, structs: x.decodeFields}.apply(r, x.part)
	return err == nil, err
}

func (x *bytesToString) decode(a *data.Arena, s *data.Schema, v data.Value) (*data.Schema, data.Value, error) {
	if v.Buffer() != nil {
		return nil, data.Null, smt.CastError(v, "[B")
	}
	b, ok := v.Bytes()
	if !ok {
		return nil, data.Null, smt.NullPointer("The bytes are null")
	}
	out, err := x.textOf(a, b)
	return data.StringSchema.AsOptional(s.Optional()), out, err
}

func (x *bytesToString) textOf(a *data.Arena, b []byte) (data.Value, error) {
	if b == nil {
		b = []byte{}
	}
	_, v, err := x.decoder.ToConnect(a, "", nil, b)
	return v, err
}

func (x *bytesToString) decodeFields(a *data.Arena, schema *data.Schema, s *data.Struct) (*data.Schema, data.Value, error) {
	out, err := x.schemas.Get(schema, x.schema)
	if err != nil {
		return nil, data.Null, err
	}
	if s == nil {
		return nil, data.Null, smt.NullPointer("The struct is null")
	}
	b := a.Struct(out)
	for i, f := range out.Fields() {
		if !slices.Contains(x.fields, f.Name) {
			smt.CopyField(&b, i, s, i, true)
			continue
		}
		v, err := s.LookupAs(f.Name, data.BytesKind)
		if err != nil {
			return nil, data.Null, err
		}
		raw, ok := v.Bytes()
		if buffer := v.Buffer(); buffer != nil {
			raw, ok = buffer.Array, true // as in Java the whole array, whatever part of it counts
		}
		switch {
		case v.IsNull():
			return nil, data.Null, smt.NullPointer("The field " + f.Name + " is null")
		case !ok:
			return nil, data.Null, smt.CastError(v, "[B")
		}
		if v, err = x.textOf(a, raw); err != nil {
			return nil, data.Null, err
		}
		b.Set(i, v)
	}
	built, err := b.BuildPartial()
	return out, built.Value(), err
}

func (x *bytesToString) schema(s *data.Schema) (*data.Schema, error) {
	b := sameNamed(s)
	for _, f := range s.Fields() {
		if slices.Contains(x.fields, f.Name) {
			f.Schema = data.StringSchema.AsOptional(f.Schema.Optional())
		}
		b.Field(f.Name, f.Schema)
	}
	return b.Build()
}

func (x *bytesToString) Close() error { return nil }
