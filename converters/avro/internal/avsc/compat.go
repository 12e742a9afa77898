package avsc

import "slices"

// Reads reports whether data of the schema writer can be read by the schema reader, by the rules of Avro's schema resolution; the text says where
// it cannot.
func Reads(reader, writer *Schema) (where string, ok bool) {
	c := resolver{known: map[[2]*Schema]bool{}}
	return c.reads(reader, writer, "/")
}

type resolver struct{ known map[[2]*Schema]bool }

func (c resolver) reads(r, w *Schema, at string) (where string, ok bool) {
	pair := [2]*Schema{r, w}
	if c.known[pair] {
		return "", true
	}
	c.known[pair] = true
	switch {
	case w.Type == UnionType:
		for _, t := range w.Types {
			if where, ok := c.reads(r, t, at); !ok {
				return where, false
			}
		}
		return "", true
	case r.Type == UnionType:
		for _, t := range r.Types {
			if _, ok := (resolver{cloneKnown(c.known)}).reads(t, w, at); ok {
				return "", true
			}
		}
		return at + ": no member of the reader's union takes " + w.FullName(), false
	case r.Type != w.Type:
		if promotes(w.Type, r.Type) {
			return "", true
		}
		return at + ": " + w.FullName() + " cannot be read as " + r.FullName(), false
	}
	switch r.Type {
	case ArrayType, MapType:
		return c.reads(r.Elem, w.Elem, at+"items/")
	case FixedType:
		if r.Name != w.Name || r.Size != w.Size {
			return at + ": fixed " + r.FullName() + " differs", false
		}
	case EnumType:
		if r.Name != w.Name {
			return at + ": enum " + w.FullName() + " cannot be read as " + r.FullName(), false
		}
		for _, symbol := range w.Symbols {
			if !slices.Contains(r.Symbols, symbol) && r.EnumDefault == nil {
				return at + ": the reader lacks the symbol " + symbol, false
			}
		}
	case RecordType:
		return c.fields(r, w, at)
	}
	return "", true
}

func cloneKnown(known map[[2]*Schema]bool) map[[2]*Schema]bool {
	out := make(map[[2]*Schema]bool, len(known))
	for k, v := range known {
		out[k] = v
	}
	return out
}

func (c resolver) fields(r, w *Schema, at string) (where string, ok bool) {
	sameName := r.Name == w.Name
	for _, a := range r.Aliases {
		sameName = sameName || full(a.Name, a.Space) == w.FullName()
	}
	if !sameName {
		return at + ": record " + w.FullName() + " cannot be read as " + r.FullName(), false
	}
	for _, f := range r.Fields {
		from := w.Field(f.Name)
		for _, alias := range f.Aliases {
			if from == nil {
				from = w.Field(alias)
			}
		}
		switch {
		case from != nil:
			if where, ok := c.reads(f.Schema, from.Schema, at+f.Name+"/"); !ok {
				return where, false
			}
		case f.Default == nil && !(f.Schema.Type == EnumType && f.Schema.EnumDefault != nil):
			return at + f.Name + ": the writer lacks the field, which has no default", false
		}
	}
	return "", true
}

// promotes reports whether data of one primitive type is read as another.
func promotes(from, to Type) bool {
	switch from {
	case IntType:
		return to == LongType || to == FloatType || to == DoubleType
	case LongType:
		return to == FloatType || to == DoubleType
	case FloatType:
		return to == DoubleType
	case StringType:
		return to == BytesType
	case BytesType:
		return to == StringType
	}
	return false
}
