package data

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

type base struct {
	ID int64 `connect:"id"`
}

type line struct {
	SKU   string `connect:"sku"`
	Count uint8  `connect:"count"`
}

type order struct {
	base
	Name    string
	Note    *string            `connect:"note"`
	Total   Decimal            `connect:"total,scale=2"`
	At      time.Time          `connect:"at"`
	Day     time.Time          `connect:"day,date"`
	Lines   []line             `connect:"lines"`
	Scores  map[string]float64 `connect:"scores"`
	Raw     []byte             `connect:"raw,optional"`
	Skipped chan int           `connect:"-"`
}

func sampleOrder() *order {
	total, _ := ParseDecimal("12.50")
	at := time.Date(2024, 2, 29, 12, 30, 0, 5e6, time.UTC)
	return &order{base: base{7}, Name: "bob", Total: total, At: at, Day: at.Truncate(24 * time.Hour), Lines: []line{{"a", 2}, {"b", 200}},
		Scores: map[string]float64{"x": 1.5}, Raw: []byte{1, 2}}
}

func TestMarshalAndInto(t *testing.T) {
	s := MustSchemaOf[order]("shop.Order")
	if s != MustSchemaOf[order]("shop.Order") {
		t.Error("the schema is not interned")
	}
	st, err := Marshal(s, sampleOrder())
	if err != nil {
		t.Fatal(err)
	}
	raw := st.Raw("raw").String()
	want := "Struct{id=7,Name=bob,total=12.50,at=" + st.Raw("at").String() + ",day=" + st.Raw("day").String() +
		",lines=[Struct{sku=a,count=2}, Struct{sku=b,count=200}],scores={x=1.5},raw=" + raw + "}"
	if got := st.String(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if k := st.Raw("day").Kind(); k != DateKind {
		t.Error(k)
	}
	var back order
	if err := st.Into(&back); err != nil {
		t.Fatal(err)
	}
	if sampled := sampleOrder(); !back.Total.Equal(sampled.Total) {
		t.Error(back.Total)
	} else if back.Total = sampled.Total; !reflect.DeepEqual(&back, sampled) {
		t.Errorf("%+v", back)
	}
	// A schemaless object goes the same way.
	v, err := FromAny(map[string]any{"id": int8(3), "Name": "x", "other": 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Into(&back); err != nil || back.ID != 3 || back.Name != "x" {
		t.Error(back, err)
	}
}

func TestIntoErrors(t *testing.T) {
	for _, c := range []struct {
		v    Value
		dst  any
		want string
	}{
		{Null, new(int), "a null does not fit the Go type int; use a pointer"},
		{Int64(300), new(int8), "300 does not fit the Go type int8"},
		{Int64(-1), new(uint64), "-1 does not fit the Go type uint64"},
		{String("1"), new(int), "a value of kind STRING does not fit the Go type int"},
		{ListOf(Int8(1), Null), new([]int), "element 1: a null does not fit the Go type int; use a pointer"},
		{MapOf(String("id"), String("x")), new(order), "field id: a value of kind STRING does not fit the Go type int64"},
		{MapOf(ListOf(), Null), new(map[any]any), "key []: it cannot be the key of a Go map"},
		{Int64(1), 5, "a value cannot be stored in a int: it is no pointer"},
	} {
		if err := c.v.Into(c.dst); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func TestSchemaOfErrors(t *testing.T) {
	type decimal struct{ D Decimal }
	type unknown struct {
		X int `connect:"x,odd"`
	}
	type recursive struct{ R []recursive }
	_, e1 := SchemaOf[decimal]("")
	_, e2 := SchemaOf[unknown]("")
	_, e3 := SchemaOf[recursive]("")
	_, e4 := SchemaOf[struct{ C chan int }]("")
	for i, c := range []struct {
		err  error
		want string
	}{{e1, "needs the option scale"}, {e2, `unknown option "odd"`}, {e3, "contains itself"}, {e4, "has no schema"}} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Error(i, c.err)
		}
	}
}

type flat struct {
	L0 int64   `connect:"long0"`
	L1 int64   `connect:"long1"`
	L2 int64   `connect:"long2"`
	L3 int64   `connect:"long3"`
	T0 string  `connect:"text0"`
	T1 string  `connect:"text1"`
	T2 string  `connect:"text2"`
	T3 string  `connect:"text3"`
	F  float64 `connect:"float"`
	B  bool    `connect:"flag"`
}

func BenchmarkMarshal10(b *testing.B) {
	b.ReportAllocs()
	x := &flat{1, 2, 3, 4, "first text", "second", "third", "the fourth text", 1.5, true}
	var a *Arena
	for i := range b.N {
		if i%records == 0 {
			a = NewArena()
		}
		if _, err := a.Marshal(flat10, x); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInto10(b *testing.B) {
	b.ReportAllocs()
	s := fillFlat(NewArena(), 1)
	var x flat
	for range b.N {
		if err := s.Into(&x); err != nil {
			b.Fatal(err)
		}
	}
}
