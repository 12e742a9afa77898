package data

import (
	"math/big"
	"reflect"
	"testing"
	"unsafe"
)

func TestValueIsThreeWords(t *testing.T) {
	if n := unsafe.Sizeof(Value{}); n != 24 {
		t.Errorf("a Value has %d bytes", n)
	}
	// More than four fields would keep the compiler from holding a Value in registers.
	if n := reflect.TypeFor[Value]().NumField(); n > 4 {
		t.Errorf("a Value has %d fields", n)
	}
}

func TestBuildAndRead(t *testing.T) {
	inner := NewStructSchema("inner", Field{Name: "x", Schema: Int32Schema}).MustBuild()
	schema := NewStructSchema("s", Field{Name: "id", Schema: Int64Schema}, Field{Name: "name", Schema: OptionalStringSchema},
		Field{Name: "in", Schema: inner}, Field{Name: "l", Schema: NewListSchema(StringSchema).MustBuild()},
		Field{Name: "d", Schema: DecimalSchema(2)}, Field{Name: "n", Schema: NewSchema(Int32Kind).Default(Int32(7)).MustBuild()}).MustBuild()
	a := NewArena()
	in := a.Struct(inner)
	in.Int32(0, 5)
	s := a.Struct(schema)
	s.Int64(0, -3).Text(1, "héllo").Set(2, in.MustBuild().Value()).Set(3, ListOf(String("a"), String("b"))).Decimal(4, big.NewInt(1234), 2)
	st, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := st.String(); got != "Struct{id=-3,name=héllo,in=Struct{x=5},l=[a, b],d=12.34}" {
			t.Error(got)
		}
		if n, _ := st.Field("n").Int32(); n != 7 || !st.Raw("n").IsNull() {
			t.Error("default")
		}
		st = st.Value().Detach().Struct()
	}
	o := a.Struct(schema)
	o.CopyRange(0, st.Row(), 0, st.Len()).Text(1, "x")
	if got := o.MustBuild().String(); got != "Struct{id=-3,name=x,in=Struct{x=5},l=[a, b],d=12.34}" {
		t.Error(got)
	}
	if schema.Builder().MustBuild() != schema {
		t.Error("schemas are not interned")
	}
}
