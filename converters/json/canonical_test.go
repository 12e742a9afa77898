package json

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// TestCanonicalFloats checks that Java's algorithm of JDK 17, which does not always print the shortest text, gives the text back.
func TestCanonicalFloats(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 6))
	accepted := 0
	for range 200000 {
		text := strconv.FormatFloat(rng.Float64()*[]float64{0.01, 1, 1000, 1e7}[rng.IntN(4)], 'f', 1+rng.IntN(17), 64)
		if rng.IntN(4) == 0 {
			text = "-" + text
		}
		doc := []byte(text + ",")
		if canonicalFloat(doc, 0, 15) == len(text) {
			accepted++
			if got := javafmt.FormatDouble(parseFloat([]byte(text), 64)); got != text {
				t.Fatalf("double %s is written as %s", text, got)
			}
		}
		if canonicalFloat(doc, 0, 6) == len(text) {
			if got := javafmt.FormatFloat(float32(parseFloat([]byte(text), 32))); got != text {
				t.Fatalf("float %s is written as %s", text, got)
			}
		}
	}
	if accepted < 50000 {
		t.Fatalf("only %d are canonical", accepted)
	}
}

func TestCanonicalFloatForms(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"0.0": true, "-0.0": false, "0.001": true, "0.0009": false, "1.0": true, "1.00": false, "1.50": false, "01.5": false, "9999999.5": true, "10000000.5": false,
		"1": false, "1.": false, ".5": false, "1.5e3": false, "-0.5": true, "-1.0": true, "123456.7890123456": false, "0.00": false, "-": false, "0.01": true,
	} {
		if got := canonicalFloat([]byte(text), 0, 15) == len(text); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// TestSpans checks that values kept as text are read, copied and written as if they had been built.
func TestSpans(t *testing.T) {
	t.Parallel()
	c := newConverter(t)
	for _, k := range recordKinds {
		for _, doc := range documents(t, k.name, c) {
			s, v, err := c.ToConnect(data.NewArena(), "t", nil, doc)
			if err != nil {
				t.Fatal(err)
			}
			_, want, err := c.readTree(data.NewArena(), doc)
			if err != nil {
				t.Fatal(err)
			}
			if !v.Equal(want) || !v.Detach().Equal(want) {
				t.Fatalf("%s: %s", doc, v)
			}
			b := data.NewArena().Struct(s)
			for i := range s.Fields() {
				b.Copy(i, v.Struct().Row(), i)
			}
			out, _, err := c.FromConnect(nil, "t", nil, s, b.MustBuild().Value())
			if err != nil || string(out) != string(doc) {
				t.Fatalf("%s becomes %s, %v", doc, out, err)
			}
		}
	}
}

// TestTextOfStructs checks that a struct which was read from a span is written as one that was built.
func TestTextOfStructs(t *testing.T) {
	t.Parallel()
	reader := newConverter(t)
	writers := []*Converter{newConverter(t, "schemas.enable", "false"), newConverter(t, "schemas.enable", "false", "decimal.format", "NUMERIC")}
	kept := 0
	for _, k := range recordKinds {
		for _, doc := range documents(t, k.name, reader) {
			arena := data.NewArena()
			s, v, err := reader.ToConnect(arena, "t", nil, doc)
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range s.Fields() {
				x := v.Struct().Row().AtIn(arena, i)
				if x.Struct() == nil {
					continue
				}
				if _, ok := x.Struct().Row().Text(); ok {
					kept++
				}
				if _, ok := x.Detach().Struct().Row().Text(); ok {
					t.Fatal("a detached struct refers to its text")
				}
				for _, w := range writers {
					got, _, err := w.FromConnect(nil, "t", nil, f.Schema, x)
					want, _, wantErr := w.FromConnect(nil, "t", nil, f.Schema, x.Detach())
					if err != nil || wantErr != nil || string(got) != string(want) {
						t.Fatalf("%s is written as %s, want %s; %v, %v", x, got, want, err, wantErr)
					}
				}
			}
		}
	}
	if kept == 0 {
		t.Error("no struct kept its text")
	}
}
