package data

import "github.com/moldau/moldau/internal/javafmt"

// ValidateValue is ConnectSchema.validateValue(schema, value) in Java: it fails where the schema does not accept the value.
func ValidateValue(s *Schema, v Value) error { return validate("value", s, v) }

// ValidateField is ConnectSchema.validateValue(name, schema, value) in Java: ValidateValue that names the field in its error.
func ValidateField(field string, s *Schema, v Value) error {
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
		for _, e := range v.List().All() {
			if err := validate("element of array "+place, s.elem, e); err != nil {
				return err
			}
		}
	case MapKind:
		for k, e := range v.Map().All() {
			if err := validate("key of map "+place, s.key, k); err != nil {
				return err
			}
			if err := validate("value of map "+place, s.elem, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// accepts compares kinds only. Java holds the three kinds of dates in one class.
func accepts(s *Schema, v Value) bool {
	k := v.Kind()
	return k == s.valueKind || k.IsTemporal() && s.valueKind.IsTemporal()
}
