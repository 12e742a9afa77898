package transforms

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// copyMap starts a map with the entries of m and room for more, standing for Java's new HashMap<>(m).
func copyMap(a *data.Arena, m *data.Map, more int) data.MapBuilder {
	b := a.Map(m.Len() + more)
	if n := m.Len(); n > 0 {
		b.JavaHashMap(javafmt.CopyCapacity(n))
	}
	for i := range m.Len() {
		b.Put(m.Key(i), m.At(i))
	}
	return b
}

// copyFields sets the first fields of a new struct to those of s, in their order. Nulls become their fields' defaults where
// replace.null.with.default asks for it (KIP-1040).
func copyFields(b *data.StructBuilder, s *data.Struct, replaceNulls bool) {
	row := s.Row()
	for i := range s.Len() {
		switch v := s.At(i); {
		case !v.IsNull():
			b.Copy(i, row, i)
		case replaceNulls:
			b.Set(i, s.Get(i))
		default:
			b.Set(i, v) // refused for a required field, as by Java's put
		}
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
