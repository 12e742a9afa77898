package transforms

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// copyFields sets the first fields of a new struct, which are those of s, in their order. Nulls become their fields' defaults where
// replace.null.with.default asks for it (KIP-1040).
func copyFields(b *data.StructBuilder, s *data.Struct, replaceNulls bool) {
	copyRun(b, 0, s, 0, s.Len(), replaceNulls)
}

// copyRun sets n fields that follow each other to n such fields of s from one index on, which have the same schemas.
func copyRun(b *data.StructBuilder, to int, s *data.Struct, from, n int, replaceNulls bool) {
	row, done := s.Row(), 0
	for i := range n {
		if row.IsNull(from + i) {
			b.CopyRange(to+done, row, from+done, i-done)
			copyField(b, to+i, s, row, from+i, replaceNulls)
			done = i + 1
		}
	}
	b.CopyRange(to+done, row, from+done, n-done)
}

// copyField sets a field to field j of s, whose row is given, as it is stored. A null is refused for a required field, as by Java's put.
func copyField(b *data.StructBuilder, i int, s *data.Struct, row *data.Row, j int, replaceNull bool) {
	switch {
	case !row.IsNull(j):
		b.Copy(i, row, j)
	case replaceNull:
		b.Set(i, s.Get(j))
	default:
		b.Null(i)
	}
}

// fieldOf returns a field of s, with its default for a null where that is wanted.
func fieldOf(s *data.Struct, i int, replaceNull bool) data.Value {
	if replaceNull {
		return s.Get(i)
	}
	return s.At(i)
}

// hashSetOrder returns names in the order of Java's new HashSet<>(names).
func hashSetOrder(names []string) []string {
	order := javafmt.HashOrder(names, javafmt.SetCapacity(len(names)))
	out := make([]string, len(order))
	for i, n := range order {
		out[i] = names[n]
	}
	return out
}

// arenaText returns a copy of text in the arena.
func arenaText(a *data.Arena, text []byte) data.Value {
	stored, _ := a.Bytes(text).Bytes()
	return data.TextOf(stored)
}
