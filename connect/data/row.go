package data

import (
	"iter"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/slots"
)

// Row is the common storage of structs, maps and lists: slots of an arena. Transformations read structs and schemaless objects alike through
// it; they get one from Struct.Row and Map.Row.
type Row struct {
	// layout is nil for lists and for maps without a shape; the slots of such a map are keys and values in turn.
	layout *Layout
	arena  *Arena
	first  *slots.Slot
	index  *keyIndex
	// n counts fields, elements or entries.
	n uint32
	// class says which Java collection a map or list stands for; see Map.JavaClass.
	class uint8
	// buckets is one more than the binary logarithm of the table size of a new Java HashMap, 0 for the default.
	buckets uint8
	// complete is set where every required field of a struct has a value or a default.
	complete bool
	// texted is set where the slot behind the fields holds the text that the struct was read from; see FillText.
	texted bool
}

// Struct is a struct with a schema. It never changes. The methods of a nil Struct give nulls.
type Struct Row

// Map is a map, or a schemaless object. It never changes. The methods of a nil Map give nulls.
type Map Row

// List is a list. It never changes. The methods of a nil List give nulls.
type List Row

// Layout returns the names of the slots.
func (r *Row) Layout() *Layout { return r.layout }

// Len returns how many slots there are.
func (r *Row) Len() int { return int(r.n) }

// At returns the value of a slot as it is stored, without default.
func (r *Row) At(i int) Value {
	if uint(i) >= uint(r.n) {
		panic("data: index of a field out of range")
	}
	return r.value(i)
}

func (r *Row) value(i int) Value {
	s := slots.At(r.first, i)
	if slots.Flags(s.M)&refFlag == 0 {
		return Value{n: s.N, m: s.M}
	}
	if Kind(slots.Kind(s.M)) == spanKind {
		// Another goroutine may be building in the row's arena.
		return r.decodeSpan(nil, i, s)
	}
	return Value{p: r.arena.table.Resolve(s.N), m: s.M}
}

// AtIn is At for a caller that may build in a: what is not decoded yet is decoded there, without memory of its own.
func (r *Row) AtIn(a *Arena, i int) Value {
	s := slots.At(r.first, i)
	if Kind(slots.Kind(s.M)) == spanKind {
		return r.decodeSpan(a, i, s)
	}
	return r.At(i)
}

// IsNull reports whether a slot is null, without decoding a span.
func (r *Row) IsNull(i int) bool { return Kind(slots.Kind(slots.At(r.first, i).M)) == NullKind }

// schemaAt returns the schema of a slot, nil where there is none.
func (r *Row) schemaAt(i int) *Schema {
	if r.layout == nil {
		return nil
	}
	return r.layout.fields[i].Schema
}

// slotCount returns how many slots the row has: two for each entry of a map without shape.
func (r *Row) slotCount() int {
	if r.class&plainMap != 0 {
		return 2 * int(r.n)
	}
	return int(r.n)
}

// Struct returns the struct the row is of, nil for a schemaless object.
func (r *Row) Struct() *Struct {
	if r == nil || r.layout == nil || r.layout.schema == nil {
		return nil
	}
	return (*Struct)(r)
}

// Row returns the storage of the struct, nil for a nil struct.
func (s *Struct) Row() *Row { return (*Row)(s) }

// Value returns the struct as a value; a nil struct is null.
func (s *Struct) Value() Value { return rowValue(StructKind, (*Row)(s)) }

// Schema returns the schema of the struct.
func (s *Struct) Schema() *Schema {
	if s == nil {
		return nil
	}
	return s.layout.schema
}

// Len returns how many fields there are.
func (s *Struct) Len() int {
	if s == nil {
		return 0
	}
	return int(s.n)
}

// Name returns the name of a field.
func (s *Struct) Name(i int) string { return s.layout.fields[i].Name }

// At returns the value of the field as it is stored, without default.
func (s *Struct) At(i int) Value { return (*Row)(s).At(i) }

// Get returns the value of a field or, where it is null, the default of the field, as Struct.get(Field) in Java.
func (s *Struct) Get(i int) Value {
	v := (*Row)(s).At(i)
	if v.IsNull() {
		if d, ok := s.layout.fields[i].Schema.Default(); ok {
			return d
		}
	}
	return v
}

// Field returns the value of a field, or its default where it is null; null where there is no such field.
func (s *Struct) Field(name string) Value {
	if s == nil {
		return Null
	}
	i := s.layout.Index(name)
	if i < 0 {
		return Null
	}
	return s.Get(i)
}

// Raw returns the value of a field without default; null where there is no such field.
func (s *Struct) Raw(name string) Value {
	if s == nil {
		return Null
	}
	i := s.layout.Index(name)
	if i < 0 {
		return Null
	}
	return (*Row)(s).value(i)
}

// Lookup is Struct.get(String) in Java: Field with Java's error where there is no such field.
func (s *Struct) Lookup(name string) (Value, error) {
	i, err := s.index1(name)
	if err != nil {
		return Null, err
	}
	return s.Get(i), nil
}

// LookupRaw is Struct.getWithoutDefault in Java: Raw with Java's error where there is no such field.
func (s *Struct) LookupRaw(name string) (Value, error) {
	i, err := s.index1(name)
	if err != nil {
		return Null, err
	}
	return s.At(i), nil
}

func (s *Struct) index1(name string) (int, error) {
	i := s.layout.Index(name)
	if i < 0 {
		return 0, dataException(name + " is not a valid field name")
	}
	return i, nil
}

// LookupAs is Struct.getInt8 to Struct.getStruct in Java: LookupRaw that fails where the field's schema is not of the kind.
func (s *Struct) LookupAs(name string, k Kind) (Value, error) {
	i, err := s.index1(name)
	if err != nil {
		return Null, err
	}
	if s.layout.fields[i].Schema.kind != k {
		return Null, dataException("Field '" + name + "' is not of type " + k.String())
	}
	v := s.At(i)
	if !v.IsNull() && v.Kind() != k {
		// The host value of a logical type: Java compares the type of the schema and then casts.
		have := v.JavaClass()
		return Null, &javafmt.Exception{Class: javafmt.ClassCastException, Message: "class " + have + " cannot be cast to class " + kindClass(k)}
	}
	return v, nil
}

// All yields the names and values of the fields, without defaults.
func (s *Struct) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for i := range s.Len() {
			if !yield(s.layout.fields[i].Name, (*Row)(s).value(i)) {
				return
			}
		}
	}
}

// Len returns how many elements there are.
func (l *List) Len() int {
	if l == nil {
		return 0
	}
	return int(l.n)
}

// At returns an element.
func (l *List) At(i int) Value { return (*Row)(l).At(i) }

// Value returns the list as a value; a nil list is null.
func (l *List) Value() Value { return rowValue(ListKind, (*Row)(l)) }

// All yields the elements.
func (l *List) All() iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
		for i := range l.Len() {
			if !yield(i, (*Row)(l).value(i)) {
				return
			}
		}
	}
}

// Complete reports whether it is known that no required field without a default is null.
func (r *Row) Complete() bool { return r.complete }
