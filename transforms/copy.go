package transforms

import "github.com/moldau/moldau/connect/data"

// copyMap starts a map with the entries of m and room for more, standing for Java's new HashMap<>(m).
func copyMap(a *data.Arena, m *data.Map, more int) data.MapBuilder {
	b := a.Map(m.Len() + more)
	if n := m.Len(); n > 0 {
		b.JavaHashMap(int(float32(n)/0.75 + 1))
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
