package data

import (
	"testing"

	"github.com/moldau/moldau/internal/slots"
)

func TestRawRows(t *testing.T) {
	t.Parallel()
	in := slots.Inside{}
	s := NewStructSchema("S").Field("a", StringSchema).Field("l", NewListSchema(Int64Schema).MustBuild()).Field("n", OptionalInt32Schema).MustBuild()
	buf := []byte("some text")
	for range 2 {
		a := NewArena()
		a.View(buf)
		base := a.RawRef(in, buf)
		x, first := a.RawStruct(in, s.Layout())
		*slots.At(first, 0) = slots.Slot{N: base + 5, M: slots.Tag(uint8(StringKind), slots.Refers, 4)}
		l, elements := a.RawList(in, 2)
		*slots.At(elements, 0) = a.RawSlot(in, Int64(7))
		*slots.At(elements, 1) = a.RawSlot(in, Int64(8))
		*slots.At(first, 1) = a.RawChild(in, ListKind, l.Row())
		if got := x.String(); got != "Struct{a=text,l=[7, 8]}" {
			t.Errorf("got %s", got)
		}
		if err := ValidateField("x", s, x.Value()); err != nil {
			t.Error(err)
		}
		want := MustStruct(s, String("text"), ListOf(Int64(7), Int64(8)), Null)
		if !x.Value().Equal(want.Value()) {
			t.Errorf("%v is not %v", x, want)
		}
		slot, table := x.Row().Raw(in)
		if got := string(table.Bytes(slot.N, slots.High(slot.M))); got != "text" {
			t.Errorf("read %q", got)
		}
		if inner := x.Row().RawChild(in, slots.At(slot, 1)); inner != l.Row() {
			t.Errorf("the list is %v", inner)
		}
	}
}
