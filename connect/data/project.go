package data

import (
	"github.com/moldau/moldau/internal/javafmt"
)

func projectorError(message string, cause error) error {
	return &javafmt.Exception{Class: javafmt.SchemaProjectorExc, Message: message, Cause: cause}
}

// Project is SchemaProjector.project in Java: it makes a value of one schema fit another one that is compatible, by widening numbers, taking
// defaults for what is missing and leaving out what the target does not have.
func Project(source *Schema, v Value, target *Schema) (Value, error) {
	if source == nil || target == nil {
		return Null, &javafmt.Exception{Class: javafmt.NullPointerException, Message: "cannot project without a schema"}
	}
	return projectIn(NewArena(), source, v, target)
}

func projectIn(a *Arena, source *Schema, v Value, target *Schema) (Value, error) {
	if err := checkMaybeCompatible(source, target); err != nil {
		return Null, err
	}
	if source.optional && !target.optional {
		d, ok := target.Default()
		if !ok {
			return Null, projectorError("Writer schema is optional, however, target schema does not provide a default value.", nil)
		}
		if v.IsNull() {
			return d, nil
		}
	} else if v.IsNull() {
		return Null, nil
	}
	return projectRequired(a, source, v, target)
}

func projectRequired(a *Arena, source *Schema, v Value, target *Schema) (Value, error) {
	switch target.kind {
	case StructKind:
		return projectStruct(a, source, v.Struct(), target)
	case ListKind:
		l := v.List()
		b := a.List(l.Len())
		for _, e := range l.All() {
			p, err := projectIn(a, source.elem, e, target.elem)
			if err != nil {
				return Null, err
			}
			b.Append(p)
		}
		return b.Build().Value(), nil
	case MapKind:
		m := v.Map()
		b := a.Map(m.Len())
		for k, e := range m.All() {
			key, err := projectIn(a, source.key, k, target.key)
			if err != nil {
				return Null, err
			}
			p, err := projectIn(a, source.elem, e, target.elem)
			if err != nil {
				return Null, err
			}
			b.Put(key, p)
		}
		return b.Build().Value(), nil
	}
	return projectPrimitive(source, v, target)
}

// promotable says whether a number of one kind may be widened to another.
func promotable(from, to Kind) bool {
	return from >= Int8Kind && from <= Float64Kind && to >= from && to <= Float64Kind
}

func projectPrimitive(source *Schema, v Value, target *Schema) (Value, error) {
	if source.kind == target.kind || !promotable(source.kind, target.kind) {
		return v, nil
	}
	x, isInt := v.Int64()
	f, isFloat := v.Float64()
	switch {
	case isInt:
		f = float64(x)
	case !isFloat:
		return v, nil
	}
	switch target.kind {
	case Int16Kind:
		return Int16(int16(x)), nil
	case Int32Kind:
		return Int32(int32(x)), nil
	case Int64Kind:
		return Int64(x), nil
	case Float32Kind:
		if isInt {
			return Float32(float32(x)), nil
		}
		return Float32(float32(f)), nil
	}
	return Float64(f), nil
}

func projectStruct(a *Arena, source *Schema, s *Struct, target *Schema) (Value, error) {
	b := a.Struct(target)
	for i, f := range target.Fields() {
		from, ok := source.Field(f.Name)
		if ok {
			v, err := s.LookupRaw(f.Name)
			if err != nil {
				return Null, err
			}
			if v.IsNull() {
				v, _ = s.Lookup(f.Name)
			}
			p, err := projectIn(a, from.Schema, v, f.Schema)
			if err != nil {
				return Null, projectorError("Error projecting "+from.Name, err)
			}
			if b.Set(i, p); b.err != nil {
				return Null, b.err
			}
			continue
		}
		if f.Schema.optional {
			continue
		}
		d, has := f.Schema.Default()
		if !has {
			return Null, projectorError("Required field `"+f.Name+"` is missing from source schema: "+source.String(), nil)
		}
		b.Set(i, d)
	}
	p, err := b.BuildPartial()
	if err != nil {
		return Null, err
	}
	return p.Value(), nil
}

func checkMaybeCompatible(source, target *Schema) error {
	if source.kind != target.kind && !promotable(source.kind, target.kind) {
		return projectorError("Schema type mismatch. source type: "+source.kind.String()+" and target type: "+target.kind.String(), nil)
	}
	if source.hasName != target.hasName || source.name != target.name {
		return projectorError("Schema name mismatch. source name: "+nameOrNull(source)+" and target name: "+nameOrNull(target), nil)
	}
	if !paramsEqual(source, target, false) {
		return projectorError("Schema parameters not equal. source parameters: "+paramsText(source)+" and target parameters: "+paramsText(target), nil)
	}
	return nil
}

func nameOrNull(s *Schema) string {
	if s.hasName {
		return s.name
	}
	return "null"
}

func paramsText(s *Schema) string {
	if !s.hasParams {
		return "null"
	}
	text := "{"
	for i, p := range s.params {
		if i > 0 {
			text += ", "
		}
		value := p.Value
		if p.Null {
			value = "null"
		}
		text += p.Key + "=" + value
	}
	return text + "}"
}
