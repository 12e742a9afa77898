package data

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"testing"
)

var innerSchema = NewStructSchema("inner", Field{Name: "x", Schema: Int32Schema}).MustBuild()

var outerSchema = NewStructSchema("outer",
	Field{Name: "id", Schema: Int64Schema}, Field{Name: "name", Schema: OptionalStringSchema}, Field{Name: "in", Schema: innerSchema},
	Field{Name: "list", Schema: NewListSchema(StringSchema).MustBuild()}, Field{Name: "dec", Schema: DecimalSchema(2)},
	Field{Name: "def", Schema: NewSchema(Int32Kind).Default(Int32(7)).MustBuild()}).MustBuild()

const outerText = "Struct{id=-3,name=héllo,in=Struct{x=5},list=[a, b],dec=12.34}"

func buildOuter(t testing.TB, a *Arena) *Struct {
	t.Helper()
	in := a.Struct(innerSchema)
	in.Int32(0, 5)
	s := a.Struct(outerSchema)
	s.Int64(0, -3).Text(1, "héllo").Set(2, in.MustBuild().Value()).Set(3, ListOf(String("a"), String("b"))).Decimal(4, big.NewInt(1234), 2)
	built, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	return built
}

func TestStruct(t *testing.T) {
	s := buildOuter(t, NewArena())
	for range 2 {
		if got := s.String(); got != outerText {
			t.Error(got)
		}
		if n, _ := s.Field("def").Int32(); n != 7 || !s.Raw("def").IsNull() {
			t.Error("the default stands in for null in Field only")
		}
		if s.Field("nope").Kind() != NullKind {
			t.Error("an unknown field is null")
		}
		s = s.Value().Detach().Struct()
	}
}

func TestCopyWithEdits(t *testing.T) {
	a := NewArena()
	s := buildOuter(t, a)
	for _, to := range []*Arena{a, NewArena()} {
		b := to.Fill(s.Row().Layout())
		b.CopyRange(0, s.Row(), 0, s.Len()).Text(1, "x")
		if got := b.MustBuild().String(); got != strings.Replace(outerText, "héllo", "x", 1) {
			t.Error(got)
		}
	}
	w, err := s.With(Edit{"id", Int64(4)}, Edit{"name", Null})
	if err != nil || w.String() != "Struct{id=4,in=Struct{x=5},list=[a, b],dec=12.34}" {
		t.Error(w, err)
	}
	// Another schema: the types are checked.
	other := NewStructSchema("", Field{Name: "n", Schema: StringSchema}).MustBuild()
	b := a.Struct(other)
	b.Copy(0, s.Row(), 1)
	if got := b.MustBuild().String(); got != "Struct{n=héllo}" {
		t.Error(got)
	}
	b = a.Struct(other)
	b.Copy(0, s.Row(), 0)
	if _, err := b.Build(); err == nil || err.Error() != `Invalid Java object for schema with type STRING: class java.lang.Long for field: "n"` {
		t.Error(err)
	}
}

func TestBuilderErrors(t *testing.T) {
	for _, c := range []struct {
		build func(b *StructBuilder)
		want  string
	}{
		{func(b *StructBuilder) { b.Put("nope", Null) }, "nope is not a valid field name"},
		{func(b *StructBuilder) { b.Int32(0, 1) }, `Invalid Java object for schema with type INT64: class java.lang.Integer for field: "id"`},
		{func(b *StructBuilder) { b.Null(0) }, `Invalid value: null used for required field: "id", schema type: INT64`},
		{func(b *StructBuilder) { b.Int64(0, 1) }, `Invalid value: null used for required field: "in", schema type: STRUCT`},
		{func(b *StructBuilder) { b.Set(2, MapOf()) },
			`Invalid Java object for schema "inner" with type STRUCT: class java.util.HashMap for field: "in"`},
		{func(b *StructBuilder) { b.Set(3, ListOf(Null)) }, `Invalid value: null used for required element of array field: "list", schema type: STRING`},
	} {
		b := NewStruct(outerSchema)
		c.build(b)
		if _, err := b.Build(); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func TestMaps(t *testing.T) {
	for _, n := range []int{0, 1, 5, 15, 16, 17, 63, 64, 65, 66, 500} {
		a := NewArena()
		a.UseShapes(NewShapes())
		b := a.Map(0)
		for range 2 {
			for i := range n {
				b.Set("k"+strconv.Itoa(i), Int64(int64(i)))
			}
		}
		m := b.Build()
		if m.Len() != n || !m.StringKeys() {
			t.Fatalf("%d entries: %d", n, m.Len())
		}
		if (m.Row() != nil) != (n <= maxShapeKeys) {
			t.Errorf("%d entries: shape %v", n, m.Row() != nil)
		}
		for _, m := range []*Map{m, m.Value().Detach().Map()} {
			for i := range n {
				key := "k" + strconv.Itoa(i)
				if v, ok := m.Get(key); !ok || !v.Equal(Int64(int64(i))) || !m.Key(i).Equal(String(key)) {
					t.Fatalf("%d entries: %s is %v", n, key, v)
				}
			}
			if _, ok := m.Get("nope"); ok {
				t.Error("unknown key found")
			}
		}
	}
}

func TestMapOfOtherKeys(t *testing.T) {
	b := NewArena().Map(0)
	b.Set("a", Int8(1))
	b.Put(Int32(5), Int8(2))
	b.Put(Null, Int8(3))
	b.Put(Int32(5), Int8(4))
	b.Set("a", Int8(9))
	m := b.Build()
	if m.StringKeys() || m.Row() != nil || m.Len() != 3 {
		t.Fatal(m.Value())
	}
	for key, want := range map[string]Value{"a": Int8(9)} {
		if v, _ := m.Get(key); !v.Equal(want) {
			t.Error(v)
		}
	}
	if v, _ := m.Find(Int32(5)); !v.Equal(Int8(4)) {
		t.Error(v)
	}
	if v, ok := m.Find(Null); !ok || !v.Equal(Int8(3)) {
		t.Error(v)
	}
}

func TestShapesAreSharedAndBounded(t *testing.T) {
	shapes := NewShapes()
	object := func(keys ...string) *Map {
		a := NewArena()
		a.UseShapes(shapes)
		b := a.Map(0)
		for _, k := range keys {
			b.Set(k, Int8(1))
		}
		return b.Build()
	}
	first, second := object("a", "b").Row().Layout(), object("a", "b").Row().Layout()
	if first != second || shapes.Of("a", "b") != first {
		t.Error("the same keys give different layouts")
	}
	if object("a", "b").Row().Layout() == object("b", "a").Row().Layout() {
		t.Error("order does not count")
	}
	for i := range maxShapes + 10 {
		object("k" + strconv.Itoa(i))
	}
	m := object("unseen", "b")
	if m.Row() != nil || !m.Field("b").Equal(Int8(1)) || m.Len() != 2 {
		t.Error("beyond the bound objects are plain maps")
	}
}

func TestListsGrowSideBySide(t *testing.T) {
	a := NewArena()
	x, y := a.List(0), a.List(3)
	for i := range 3000 {
		x.Append(Int64(int64(i)))
		y.Append(String(strconv.Itoa(i)))
	}
	l, m := x.Build(), y.Build()
	for i := range 3000 {
		if !l.At(i).Equal(Int64(int64(i))) || !m.At(i).Equal(String(strconv.Itoa(i))) {
			t.Fatal(i, l.At(i), m.At(i))
		}
	}
}

func TestViews(t *testing.T) {
	a := NewArena()
	var kept []*List
	for i := range 100 {
		buf := []byte(fmt.Sprintf("one-%d,two-%d", i, i))
		a.View(buf)
		comma := strings.IndexByte(string(buf), ',')
		b := a.List(3)
		b.Append(TextOf(buf[:comma]))
		b.Append(TextOf(buf[comma+1:]))
		b.Append(TextOf(buf[comma:comma]))
		kept = append(kept, b.Build())
	}
	for i, l := range kept {
		if got := l.Value().String(); got != fmt.Sprintf("[one-%d, two-%d, ]", i, i) {
			t.Error(got)
		}
	}
}

// upper decodes spans to their text in upper case, with the name of the schema.
type upper struct{}

func (upper) DecodeSpan(_ *Arena, s *Schema, text []byte) Value {
	return String(s.String() + strings.ToUpper(string(text)))
}

func TestSpans(t *testing.T) {
	a := NewArena()
	a.UseSpans(upper{})
	s := NewStructSchema("", Field{Name: "x", Schema: StringSchema}, Field{Name: "y", Schema: OptionalStringSchema}).MustBuild()
	b := a.Struct(s)
	b.Span(0, []byte("abc"), true)
	st := b.MustBuild()
	if got := st.String(); got != "Struct{x=Schema{STRING}ABC}" {
		t.Error(got)
	}
	for _, to := range []*Arena{a, NewArena()} {
		c := to.Struct(s)
		c.Copy(0, st.Row(), 0)
		copied := c.MustBuild()
		if span, canonical, ok := copied.Row().Span(0); !ok || !canonical || string(span) != "abc" {
			t.Errorf("a span is not copied as it is: %q %v %v", span, canonical, ok)
		}
		// Without the schema the decoder would give something else, so the value is copied.
		m := to.Map(0)
		m.Copy("k", st.Row(), 0)
		if got := m.Build().Value().String(); got != "{k=Schema{STRING}ABC}" {
			t.Error(got)
		}
	}
	if got := st.Value().Detach().String(); got != "Struct{x=Schema{STRING}ABC}" {
		t.Error(got)
	}
}

func TestReset(t *testing.T) {
	a := NewArena()
	for range 3 {
		for range 500 {
			if got := buildOuter(t, a).String(); got != outerText {
				t.Fatal(got)
			}
		}
		a.Reset()
	}
}

// TestReadWhileBuilding is for the race detector: a sink may read a record on its own goroutine while the next ones are decoded.
func TestReadWhileBuilding(t *testing.T) {
	a := NewArena()
	var wg sync.WaitGroup
	for range 300 {
		s := buildOuter(t, a)
		wg.Go(func() {
			if got := s.String(); got != outerText {
				t.Error(got)
			}
		})
	}
	wg.Wait()
}

func TestAnyRoundTrip(t *testing.T) {
	in := map[string]any{"a": int64(1), "b": []any{"x", nil, true, 1.5}, "c": map[string]any{"d": []byte{1}}}
	v, err := FromAny(in)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(v.Any()); got != fmt.Sprint(in) {
		t.Error(got)
	}
	if _, err := FromAny(struct{}{}); err == nil {
		t.Error("a struct is not refused")
	}
}

func TestLargeMapOfOtherKeys(t *testing.T) {
	const n = 50_000
	key := func(i int) Value {
		switch i % 4 {
		case 0:
			return Int64(int64(i))
		case 1:
			return ListOf(Int32(int32(i)))
		case 2:
			return TimestampMillis(int64(i))
		}
		return String(strconv.Itoa(i))
	}
	b := NewArena().Map(0)
	for range 2 {
		for i := range n {
			b.Put(key(i), Int32(int32(i)))
		}
	}
	for _, m := range []*Map{b.Build(), b.Build().Value().Detach().Map()} {
		if m.Len() != n || m.StringKeys() {
			t.Fatal(m.Len())
		}
		for i := range n {
			if v, ok := m.Find(key(i)); !ok || !v.Equal(Int32(int32(i))) {
				t.Fatal(i, v, ok)
			}
		}
		if order := m.JavaOrder(); len(order) != n {
			t.Errorf("%d of %d entries are in the order", len(order), n)
		}
	}
}
