package data

import (
	"strconv"
	"testing"
)

var flat10 = func() *Schema {
	b := NewStructSchema("flat10")
	for i := range 4 {
		b.Field("long"+strconv.Itoa(i), Int64Schema)
	}
	for i := range 4 {
		b.Field("text"+strconv.Itoa(i), OptionalStringSchema)
	}
	return b.Field("float", Float64Schema).Field("flag", BoolSchema).MustBuild()
}()

var flatNames = func() (names []string) {
	for _, f := range flat10.Fields() {
		names = append(names, f.Name)
	}
	return names
}()

func fillFlat(a *Arena, i int64) *Struct {
	b := a.Struct(flat10)
	b.Int64(0, i).Int64(1, 2).Int64(2, 3).Int64(3, 4).Text(4, "first text").Text(5, "second").Text(6, "third").Text(7, "the fourth text")
	b.Float64(8, 1.5).Bool(9, true)
	s, err := b.Build()
	if err != nil {
		panic(err)
	}
	return s
}

// records is how many records share an arena, as in a batch.
const records = 500

func BenchmarkBuild10(b *testing.B) {
	b.ReportAllocs()
	var a *Arena
	for i := range b.N {
		if i%records == 0 {
			a = NewArena()
		}
		fillFlat(a, int64(i))
	}
}

func BenchmarkBuild10Reset(b *testing.B) {
	b.ReportAllocs()
	a := NewArena()
	for i := range b.N {
		if i%records == 0 {
			a.Reset()
		}
		fillFlat(a, int64(i))
	}
}

func BenchmarkBuild10ByName(b *testing.B) {
	b.ReportAllocs()
	var a *Arena
	text := String("some text")
	for i := range b.N {
		if i%records == 0 {
			a = NewArena()
		}
		s := a.Struct(flat10)
		for j := range 4 {
			s.Put(flatNames[j], Int64(int64(j)))
		}
		for j := range 4 {
			s.Put(flatNames[4+j], text)
		}
		s.Put("float", Float64(1)).Put("flag", Bool(true))
		if _, err := s.Build(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuild10Object(b *testing.B) {
	b.ReportAllocs()
	var a *Arena
	text := String("some text")
	for i := range b.N {
		if i%records == 0 {
			a = NewArena()
		}
		m := a.Map(10)
		for _, name := range flatNames {
			m.Set(name, text)
		}
		m.Build()
	}
}

func read(v Value) int {
	switch v.Kind() {
	case Int64Kind:
		n, _ := v.Int64()
		return int(n)
	case StringKind:
		s, _ := v.Text()
		return len(s)
	case Float64Kind:
		f, _ := v.Float64()
		return int(f)
	}
	return 1
}

func BenchmarkRead10Index(b *testing.B) {
	b.ReportAllocs()
	s := fillFlat(NewArena(), 1)
	sum := 0
	for range b.N {
		for j := range s.Len() {
			sum += read(s.At(j))
		}
	}
	_ = sum
}

func BenchmarkRead10Name(b *testing.B) {
	b.ReportAllocs()
	s := fillFlat(NewArena(), 1)
	sum := 0
	for range b.N {
		for _, name := range flatNames {
			sum += read(s.Field(name))
		}
	}
	_ = sum
}

func BenchmarkCopyWithEdits(b *testing.B) {
	b.ReportAllocs()
	var a *Arena
	var s *Struct
	for i := range b.N {
		if i%records == 0 {
			a = NewArena()
			s = fillFlat(a, 1)
		}
		c := a.Fill(s.Row().Layout())
		c.CopyRange(0, s.Row(), 0, s.Len()).Int64(0, 7).Text(4, "masked")
		if _, err := c.Build(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCopyToOtherArena(b *testing.B) {
	b.ReportAllocs()
	s := fillFlat(NewArena(), 1)
	var a *Arena
	for i := range b.N {
		if i%records == 0 {
			a = NewArena()
		}
		c := a.Fill(s.Row().Layout())
		c.CopyRange(0, s.Row(), 0, s.Len())
		if _, err := c.Build(); err != nil {
			b.Fatal(err)
		}
	}
}
