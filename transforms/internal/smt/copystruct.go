package smt

import "github.com/moldau/moldau/connect/data"

// CopyFields sets the first fields of a new struct, which are those of s, in their order. Nulls become their fields' defaults where
// replace.null.with.default asks for it (KIP-1040).
func CopyFields(b *data.StructBuilder, s *data.Struct, replaceNulls bool) {
	CopyRun(b, 0, s, 0, s.Len(), replaceNulls)
}

// CopyRun sets n fields that follow each other to n such fields of s from one index on, which have the same schemas.
func CopyRun(b *data.StructBuilder, to int, s *data.Struct, from, n int, replaceNulls bool) {
	row, done := s.Row(), 0
	for i := range n {
		if row.IsNull(from + i) {
			b.CopyRange(to+done, row, from+done, i-done)
			CopyField(b, to+i, s, from+i, replaceNulls)
			done = i + 1
		}
	}
	b.CopyRange(to+done, row, from+done, n-done)
}

// CopyField sets a field to field j of s, as it is stored. A null is refused for a required field, as by Java's put.
func CopyField(b *data.StructBuilder, i int, s *data.Struct, j int, replaceNull bool) {
	row := s.Row()
	switch {
	case !row.IsNull(j):
		b.Copy(i, row, j)
	case replaceNull:
		b.Set(i, s.Get(j))
	default:
		b.Null(i)
	}
}

// FieldOf returns a field of s, with its default for a null where that is wanted.
func FieldOf(s *data.Struct, i int, replaceNull bool) data.Value {
	if replaceNull {
		return s.Get(i)
	}
	return s.At(i)
}

// WithFields adds the fields of s to b.
func WithFields(b *data.SchemaBuilder, s *data.Schema) *data.SchemaBuilder {
	for _, f := range s.Fields() {
		b.Field(f.Name, f.Schema)
	}
	return b
}

// ArenaText returns a copy of text in the arena.
func ArenaText(a *data.Arena, text []byte) data.Value {
	stored, _ := a.Bytes(text).Bytes()
	return data.TextOf(stored)
}
