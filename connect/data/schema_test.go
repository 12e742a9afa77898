package data

import (
	"runtime"
	"strconv"
	"testing"
)

func TestSchemasAreInterned(t *testing.T) {
	first, second := DecimalSchema(2), DecimalSchema(2)
	if outerSchema.Builder().MustBuild() != outerSchema || first != second || StringSchema != NewSchema(StringKind).MustBuild() {
		t.Error("equal schemas are not the same")
	}
	if OptionalStringSchema.AsOptional(false) != StringSchema {
		t.Error("AsOptional")
	}
	ab := NewSchema(StringKind).Param("a", "1").Param("b", "2").MustBuild()
	ba := NewSchema(StringKind).Param("b", "2").Param("a", "1").MustBuild()
	if ab == ba || !ab.Equal(ba) {
		t.Error("the order of parameters is kept and does not count")
	}
	if NewSchema(StringKind).EmptyParams().MustBuild().Equal(StringSchema) {
		t.Error("no parameters are not an empty list of them")
	}
}

func TestForgottenSchemasGoAway(t *testing.T) {
	count := func() int {
		schemas.Lock()
		defer schemas.Unlock()
		return len(schemas.byHash)
	}
	before := count()
	for i := range 1000 {
		NewSchema(StringKind).Name("forgotten" + strconv.Itoa(i)).MustBuild()
	}
	for range 100 {
		if runtime.GC(); count() <= before+10 {
			return
		}
	}
	t.Errorf("%d schemas are left", count()-before)
}

// tree returns the schema of a node with children of its own kind.
func tree(t *testing.T, name string) *Schema {
	t.Helper()
	s, err := Recursive(func(self *Schema) *SchemaBuilder {
		return NewStructSchema(name).Field("v", Int32Schema).Field("children", NewListSchema(self).Optional().MustBuild())
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRecursiveSchema(t *testing.T) {
	s, same, other := tree(t, "node"), tree(t, "node"), tree(t, "other")
	if !s.Equal(same) || s.Equal(other) || !s.Cyclic() {
		t.Error("equality of recursive schemas")
	}
	f, _ := s.Field("children")
	if f.Schema.Elem() != s {
		t.Error("the schema does not contain itself")
	}
	leaf := MustStruct(s, Int32(1))
	root := MustStruct(same, Int32(0), ListOf(leaf.Value(), leaf.Value()))
	if got := root.String(); got != "Struct{v=0,children=[Struct{v=1}, Struct{v=1}]}" {
		t.Error(got)
	}
	if _, err := StructOf(other, Int32(0), ListOf(leaf.Value())); err == nil || err.Error() != "Struct schemas do not match." {
		t.Error(err)
	}
}

func TestSchemaBuilderKeepsFirstError(t *testing.T) {
	_, err := NewSchema(Int32Kind).Name("a").Name("b").Field("x", StringSchema).Build()
	if err == nil || err.Error() != "Invalid SchemaBuilder call: name has already been set." {
		t.Error(err)
	}
}

func TestStructAsDefault(t *testing.T) {
	b := NewStructSchema("s").Field("a", Int32Schema)
	plain := NewStructSchema("s").Field("a", Int32Schema).MustBuild()
	s, err := b.Default(MustStruct(plain, Int32(4)).Value()).Build()
	if err != nil {
		t.Fatal(err)
	}
	if d, ok := s.Default(); !ok || d.String() != "Struct{a=4}" {
		t.Error(d, ok)
	}
}

func TestManyFields(t *testing.T) {
	b := NewStructSchema("")
	for i := range 200 {
		b.Field("f"+strconv.Itoa(i), OptionalInt32Schema)
	}
	s := b.MustBuild()
	for i := range 200 {
		if f, ok := s.Field("f" + strconv.Itoa(i)); !ok || f.Index != i {
			t.Fatal(i, f)
		}
	}
	if _, err := b.Field("f7", StringSchema).Build(); err == nil {
		t.Error("a name twice")
	}
}
