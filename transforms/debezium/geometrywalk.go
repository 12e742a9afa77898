package debezium

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// geometryWalk finds the geometries in a struct. Debezium puts every field it has looked at back into the struct, by which nulls become their
// fields' defaults.
type geometryWalk struct {
	arena *data.Arena
	// geometry returns what becomes of a geometry.
	geometry func(*data.Struct) (data.Value, error)
	// collections says that lists and maps are looked into.
	collections bool
}

// walk returns the struct with its geometries changed, s itself where nothing changes.
func (w *geometryWalk) walk(s *data.Struct) (*data.Struct, error) {
	var b data.StructBuilder
	row, changed := s.Row(), false
	for i := range s.Len() {
		schema := s.Schema().Fields()[i].Schema
		null := row.IsNull(i)
		_, hasDefault := schema.Default()
		switch {
		case null && schema.Optional() && !hasDefault:
			continue
		case !null && !w.looksInto(schema):
			continue
		}
		v, err := w.field(s.Get(i), schema)
		if err != nil {
			return nil, err
		}
		if !changed {
			b, changed = w.arena.Struct(s.Schema()), true
			b.CopyRange(0, row, 0, s.Len())
		}
		b.Set(i, v)
	}
	if !changed {
		return s, nil
	}
	return b.BuildPartial()
}

func (w *geometryWalk) looksInto(s *data.Schema) bool {
	switch s.Kind() {
	case data.StructKind:
		return true
	case data.ListKind, data.MapKind:
		return w.collections
	}
	return false
}

func (w *geometryWalk) field(v data.Value, schema *data.Schema) (data.Value, error) {
	if v.IsNull() || schema == nil {
		return v, nil
	}
	switch kind := schema.Kind(); {
	case kind == data.StructKind:
		s, err := castStruct(v)
		if err != nil {
			return v, err
		}
		if schema.Name() == geometryName {
			return w.geometry(s)
		}
		out, err := w.walk(s)
		return out.Value(), err
	case kind == data.ListKind && w.collections:
		return w.list(v.List(), schema.Elem())
	case kind == data.MapKind && w.collections:
		return w.mapping(v.Map(), schema)
	}
	return v, nil
}

func (w *geometryWalk) list(list *data.List, elem *data.Schema) (data.Value, error) {
	b := w.arena.List(list.Len())
	b.JavaClass("java.util.ImmutableCollections$ListN")
	for _, v := range list.All() {
		out, err := w.field(v, elem)
		if err != nil {
			return data.Null, err
		}
		b.Append(out)
	}
	return b.Build().Value(), nil
}

func (w *geometryWalk) mapping(m *data.Map, schema *data.Schema) (data.Value, error) {
	b := w.arena.Map(m.Len())
	b.JavaHashMap(0)
	for _, i := range m.JavaOrder() {
		k, err := w.field(m.Key(i), schema.Key())
		if err != nil {
			return data.Null, err
		}
		v, err := w.field(m.At(i), schema.Elem())
		if err != nil {
			return data.Null, err
		}
		if v.IsNull() {
			return data.Null, smt.NullPointer("Collectors.toMap takes no null")
		}
		b.Put(k, v)
	}
	return b.Build().Value(), nil
}
