package data

import "github.com/moldau/moldau/internal/javafmt"

// ValidateValue is ConnectSchema.validateValue(schema, value) in Java: it fails where the schema does not accept the value.
func ValidateValue(s *Schema, v Value) error { return validate("value", s, v) }

// fits reports whether a schema accepts a value without any doubt. Of others validate says what is wrong, if anything is.
func fits(s *Schema, v Value) bool {
	switch {
	case s == nil || !accepts(s, v):
		return s != nil && s.optional && v.IsNull()
	case v.Kind() == StructKind:
		x := v.Struct()
		return x.layout.schema == s && x.Validate() == nil
	case v.Kind() == ListKind:
		l := v.List()
		for i := range l.Len() {
			if e := l.At(i); !plainly(s.elem, e) && !fits(s.elem, e) {
				return false
			}
		}
	case v.Kind() == MapKind:
		m := v.Map()
		for i := range m.Len() {
			if !plainly(s.key, m.Key(i)) || !plainly(s.elem, m.At(i)) && !fits(s.elem, m.At(i)) {
				return false
			}
		}
	}
	return true
}

// ValidateField is ConnectSchema.validateValue(name, schema, value) in Java: ValidateValue that names the field in its error.
func ValidateField(field string, s *Schema, v Value) error {
	if fits(s, v) {
		return nil
	}
	return validate("field: \""+field+"\"", s, v)
}

func validate(place string, s *Schema, v Value) error {
	if s == nil {
		return &javafmt.Exception{Class: javafmt.NullPointerException, Message: "there is no schema for the " + place}
	}
	if v.IsNull() {
		if !s.optional {
			return dataException("Invalid value: null used for required " + place + ", schema type: " + s.kind.String())
		}
		return nil
	}
	if !accepts(s, v) {
		m := "Invalid Java object for schema"
		if s.hasName {
			m += " \"" + s.name + "\""
		}
		return dataException(m + " with type " + s.kind.String() + ": class " + v.JavaClass() + " for " + place)
	}
	switch v.Kind() {
	case StructKind:
		if !v.Struct().Schema().Equal(s) {
			return dataException("Struct schemas do not match.")
		}
		return v.Struct().Validate()
	case ListKind:
		l := v.List()
		for i := range l.Len() {
			// The text for an error is made for values that need a closer look only.
			if e := l.At(i); !plainly(s.elem, e) {
				if err := validate("element of array "+place, s.elem, e); err != nil {
					return err
				}
			}
		}
	case MapKind:
		m := v.Map()
		for i := range m.Len() {
			if k := m.Key(i); !plainly(s.key, k) {
				if err := validate("key of map "+place, s.key, k); err != nil {
					return err
				}
			}
			if e := m.At(i); !plainly(s.elem, e) {
				if err := validate("value of map "+place, s.elem, e); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// plainly reports whether a schema accepts a value without any further look: a scalar of its kind.
func plainly(s *Schema, v Value) bool {
	return s != nil && v.Kind() == s.valueKind && (v.Kind() < ListKind || v.Kind() > StructKind) && v.Kind() != NullKind
}

// accepts compares kinds only. Java holds the three kinds of dates in one class.
func accepts(s *Schema, v Value) bool {
	k := v.Kind()
	return k == s.valueKind || k.IsTemporal() && s.valueKind.IsTemporal()
}
