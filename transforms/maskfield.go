package transforms

import (
	"cmp"
	"context"
	"errors"
	"math/big"
	"slices"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connect/data/values"
	"github.com/moldau/moldau/connect/fuse"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// maskField replaces the values of fields by nothing-saying ones of the same type (MaskField).
type maskField struct {
	part         smt.Part
	fields       []string
	replacement  data.Value // null: the type's zero value
	replaceNulls bool
	masked       smt.BySchema[[]int] // indexes of the fields to mask
	maps         smt.MapCopier
}

var maskFieldKeys = config.NewDef(
	config.Key{Name: "fields", Type: config.List, Default: config.NoDefault, Validator: config.AnyNonDuplicateValues(false, false), Importance: config.High,
		Doc: "Names of the fields to mask."},
	config.Key{Name: "replacement", Type: config.String, Default: nil, Validator: config.NonEmptyString(), Importance: config.Low,
		Doc: "Text or number to put in the fields instead of their type's zero value; only for numbers and text."},
	replaceNull(),
)

func maskFieldPlugins() []connect.Plugin {
	return both("MaskField", "Masks fields with zero, an empty text or list, false, or a replacement.", maskFieldKeys,
		func(p smt.Part) connect.Transformation { return &maskField{part: p} })
}

func (x *maskField) Configure(props map[string]string) error {
	parsed, err := maskFieldKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.fields, x.replaceNulls = hashSetOrder(parsed.List("fields")), parsed.Bool(replaceNullKey)
	if parsed.IsSet("replacement") {
		x.replacement = data.String(parsed.String("replacement"))
	}
	return nil
}

const maskPurpose = "mask fields"

func (x *maskField) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema, v := x.part.Of(r)
	if schema == nil {
		m, err := smt.RequireMap(v, maskPurpose)
		if err != nil {
			return false, err
		}
		b := x.maps.Copy(r.Arena(), m, len(x.fields))
		for _, name := range x.fields {
			masked, err := x.mask(m.Field(name))
			if err != nil {
				return false, err
			}
			b.Set(name, masked)
		}
		x.part.Set(r, nil, b.Build().Value())
		return true, nil
	}
	s, err := smt.RequireStruct(v, maskPurpose)
	if err != nil {
		return false, err
	}
	masked, err := x.masked.Get(s.Schema(), x.indexes)
	if err != nil {
		return false, err
	}
	b, next := r.Arena().Struct(s.Schema()), 0
	for _, i := range masked {
		smt.CopyRun(&b, next, s, next, i-next, x.replaceNulls)
		out, err := x.mask(smt.FieldOf(s, i, x.replaceNulls))
		if err != nil {
			return false, cmp.Or(b.Err(), err)
		}
		b.Set(i, out)
		next = i + 1
	}
	smt.CopyRun(&b, next, s, next, s.Len()-next, x.replaceNulls)
	out, err := b.BuildPartial()
	if err != nil {
		return false, err
	}
	x.part.Set(r, schema, out.Value())
	return true, nil
}

// indexes returns which fields of a struct are masked.
func (x *maskField) indexes(s *data.Schema) (masked []int, _ error) {
	for _, f := range s.Fields() {
		if slices.Contains(x.fields, f.Name) {
			masked = append(masked, f.Index)
		}
	}
	return masked, nil
}

// mask returns what stands for v; a null stays a null.
func (x *maskField) mask(v data.Value) (data.Value, error) {
	switch {
	case v.IsNull():
		return v, nil
	case !x.replacement.IsNull():
		return x.replace(v)
	}
	switch v.Kind() {
	case data.BoolKind:
		return data.Bool(false), nil
	case data.Int8Kind:
		return data.Int8(0), nil
	case data.Int16Kind:
		return data.Int16(0), nil
	case data.Int32Kind:
		return data.Int32(0), nil
	case data.Int64Kind:
		return data.Int64(0), nil
	case data.Float32Kind:
		return data.Float32(0), nil
	case data.Float64Kind:
		return data.Float64(0), nil
	case data.DecimalKind:
		return data.DecimalOf(new(big.Int), 0), nil
	case data.DateKind, data.TimeKind, data.TimestampKind:
		return data.TemporalMillis(v.Kind(), 0), nil
	case data.StringKind:
		return data.String(""), nil
	case data.ForeignKind:
		if v.JavaClass() == bigInteger {
			return integerOf("0")
		}
	case data.ListKind:
		return data.ListOf(), nil
	case data.MapKind:
		return data.MapOf(), nil
	}
	return data.Null, smt.DataError("Cannot mask value of type: class " + v.JavaClass())
}

// replace returns the replacement as a value of v's type. Narrow types take the low bits of larger numbers, as Values.convertToByte does.
func (x *maskField) replace(v data.Value) (data.Value, error) {
	var out data.Value
	var err error
	switch v.Kind() {
	case data.Int8Kind:
		out, err = values.ToInt8(nil, x.replacement)
	case data.Int16Kind:
		out, err = values.ToInt16(nil, x.replacement)
	case data.Int32Kind:
		out, err = values.ToInt32(nil, x.replacement)
	case data.Int64Kind:
		out, err = values.ToInt64(nil, x.replacement)
	case data.Float32Kind:
		out, err = values.ToFloat32(nil, x.replacement)
	case data.Float64Kind:
		out, err = values.ToFloat64(nil, x.replacement)
	case data.DecimalKind:
		text, _ := x.replacement.Text()
		var d javafmt.Decimal
		if d, err = javafmt.ParseDecimal(text); err == nil {
			out = data.DecimalOf(d.Unscaled, d.Scale)
		} else {
			return out, smt.DataError("Unable to convert " + text + " (class java.lang.String) to number")
		}
	case data.StringKind:
		return x.replacement, nil
	case data.ForeignKind:
		if v.JavaClass() == bigInteger {
			text, _ := x.replacement.Text()
			return integerOf(text)
		}
		return data.Null, smt.DataError("Cannot mask value of type class " + v.JavaClass() + " with custom replacement.")
	default:
		return data.Null, smt.DataError("Cannot mask value of type class " + v.JavaClass() + " with custom replacement.")
	}
	if err != nil {
		var data *javafmt.Exception
		if errors.As(err, &data) && data.Class == javafmt.DataException {
			return out, err
		}
		text, _ := x.replacement.Text()
		return out, smt.DataError("Unable to convert " + text + " (class java.lang.String) to a number")
	}
	return out, nil
}

// bigInteger is no Connect data, but MaskField accepts it in data without schema.
const bigInteger = "java.math.BigInteger"

func integerOf(text string) (data.Value, error) {
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return data.Null, smt.DataError("Unable to convert " + text + " (class java.lang.String) to number")
	}
	return data.ForeignOf(&data.Foreign{Class: bigInteger, Text: n.String(), Number: data.NewDecimal(n, 0)}), nil
}

func (x *maskField) Part() connect.Part { return x.part }

func (x *maskField) Fuse(p *fuse.Plan) bool {
	mask := func(_ *data.Arena, v data.Value) (data.Value, error) { return x.mask(v) }
	if m := p.Object(); m != nil {
		b := x.maps.Copy(p.Arena(), m, len(x.fields))
		for _, name := range x.fields {
			b.Set(name, p.Hold(p.Then(p.Entry(name), mask)))
		}
		p.SetObject(b.Build())
		return true
	}
	masked, err := x.masked.Get(p.Schema(), x.indexes)
	if err != nil {
		return false
	}
	fields := make([]fuse.Expr, len(p.Schema().Fields()))
	for i := range fields {
		if slices.Contains(masked, i) {
			fields[i] = p.Then(p.Read(i, x.replaceNulls), mask)
		} else {
			fields[i] = p.Copy(i, x.replaceNulls)
		}
	}
	p.SetStruct(p.Schema(), fields)
	return true
}

func (x *maskField) Close() error { return nil }
