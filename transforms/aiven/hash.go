package aiven

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"hash"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// hashText replaces text by its hash (Hash).
type hashText struct {
	part     smt.Part
	field    string
	skip     bool
	digest   hash.Hash
	sum, hex []byte
}

var hashKeys = config.NewDef(
	config.Key{Name: "field.name", Type: config.String, Default: nil, Importance: config.High,
		Doc: "Name of the field with the text, in a struct. Without it the whole key or value is hashed, which must be a STRING."},
	config.Key{Name: "skip.missing.or.null", Type: config.Boolean, Default: false, Importance: config.Low,
		Doc: "Whether a record without such a field, or with a null there, is left alone. With false that is an error."},
	config.Key{Name: "function", Type: config.String, Default: config.NoDefault, Validator: config.ValidString("md5", "sha1", "sha256"), Importance: config.High,
		Doc: "Which hash of the text's UTF-8 bytes to take: md5, sha1 or sha256. It is written in hexadecimal digits."},
)

func hashPlugins() []connect.Plugin {
	return smt.Both(classPrefix+"Hash", "Replaces text by its hash. A schema is required.", hashKeys,
		func(p smt.Part) connect.Transformation { return &hashText{part: p} })
}

func (x *hashText) Configure(props map[string]string) error {
	values, err := hashKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.field, x.skip = values.String("field.name"), values.Bool("skip.missing.or.null")
	switch values.String("function") {
	case "md5":
		x.digest = md5.New()
	case "sha1":
		x.digest = sha1.New()
	default:
		x.digest = sha256.New()
	}
	return nil
}

func (x *hashText) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema, v := x.part.Of(r)
	if schema == nil {
		return false, recordError(x.part.String()+" schema can't be null", r)
	}
	if x.field != "" {
		return true, x.ofField(r, schema, v)
	}
	if schema.Kind() != data.StringKind {
		return false, recordError(x.part.String()+" schema type must be STRING if field name is not specified", r)
	}
	if v.IsNull() {
		return true, x.none(r, x.part.String()+" can't be null")
	}
	x.part.Set(r, schema, x.hash(r.Arena(), v.String()))
	return true, nil
}

// none is the outcome where there is nothing to hash.
func (x *hashText) none(r *connect.Record, problem string) error {
	if x.skip {
		return nil
	}
	return recordError(problem, r)
}

func (x *hashText) ofField(r *connect.Record, schema *data.Schema, v data.Value) error {
	part := x.part.String()
	if schema.Kind() != data.StructKind {
		return recordError(part+" schema type must be STRUCT if field name is specified", r)
	}
	if v.IsNull() {
		return recordError(part+" can't be null if field name is specified", r)
	}
	f, ok := schema.Field(x.field)
	if !ok {
		return x.none(r, x.field+" in "+part+" schema can't be missing")
	}
	if f.Schema.Kind() != data.StringKind {
		return recordError(x.field+" schema type in "+part+" must be STRING", r)
	}
	s := v.Struct()
	if s == nil {
		return smt.CastError(v, "org.apache.kafka.connect.data.Struct")
	}
	text, err := s.LookupAs(x.field, data.StringKind)
	if err != nil {
		return err
	}
	if text.IsNull() {
		return x.none(r, x.field+" in "+part+" can't be null")
	}
	f, _ = s.Schema().Field(x.field)
	out, err := withField(r.Arena(), s, f.Index, x.hash(r.Arena(), text.String()))
	if err != nil {
		return err
	}
	x.part.Set(r, schema, out.Value())
	return nil
}

func (x *hashText) hash(a *data.Arena, text string) data.Value {
	x.digest.Reset()
	// A hash never returns an error.
	_, _ = x.digest.Write([]byte(text))
	x.sum = x.digest.Sum(x.sum[:0])
	x.hex = hex.AppendEncode(x.hex[:0], x.sum)
	return smt.ArenaText(a, x.hex)
}

func (x *hashText) Close() error { return nil }
