package slots

import (
	"bytes"
	"reflect"
	"testing"
	"unsafe"
)

func TestSlotHasNoPointers(t *testing.T) {
	if n := unsafe.Sizeof(Slot{}); n != 16 {
		t.Errorf("a slot has %d bytes", n)
	}
	typ := reflect.TypeFor[Slot]()
	for i := range typ.NumField() {
		if k := typ.Field(i).Type.Kind(); k != reflect.Uint64 {
			t.Errorf("field %s is a %s", typ.Field(i).Name, k)
		}
	}
}

func TestTable(t *testing.T) {
	var table Table
	values := make([]int, 1000)
	for range 2 {
		for i := range values {
			if n := table.Add(unsafe.Pointer(&values[i])); n != uint32(i) {
				t.Fatalf("pointer %d got number %d", i, n)
			}
		}
		for i := range values {
			if table.Get(uint32(i)) != unsafe.Pointer(&values[i]) {
				t.Fatalf("pointer %d", i)
			}
		}
		table.Reset()
	}
}

func TestSlabGivesZeroSlots(t *testing.T) {
	var s Slab
	for range 3 {
		for _, n := range []int{1, 15, 3, 200, 255, 256, 257, 5000, 1, 64, 250, 250, 250, 250, 250} {
			for i, slot := range Run(s.Take(n), n) {
				if slot != (Slot{}) {
					t.Fatalf("slot %d of %d is %v", i, n, slot)
				}
			}
			for i := range Run(s.Take(n), n) {
				_ = i
			}
			run := Run(s.Take(n), n)
			for i := range run {
				run[i] = Slot{1, 2}
			}
		}
		s.Reset()
	}
}

func TestGrowKeepsSlots(t *testing.T) {
	for _, between := range []bool{false, true} {
		var s Slab
		run, n := s.Take(2), 2
		Run(run, 2)[1] = Slot{7, 8}
		for n < 3000 {
			if between {
				s.Take(1)
			}
			run = s.Grow(run, n, 2*n)
			n *= 2
			if got := Run(run, n); got[1] != (Slot{7, 8}) || got[n-1] != (Slot{}) {
				t.Fatalf("after growing to %d: %v %v", n, got[1], got[n-1])
			}
		}
	}
}

func TestBytes(t *testing.T) {
	var table Table
	var b Bytes
	for range 2 {
		type copied struct {
			ref  uint64
			text []byte
		}
		var all []copied
		for n := 1; n < 100_000; n += n/3 + 1 {
			text := bytes.Repeat([]byte{byte(n)}, n)
			all = append(all, copied{b.Copy(&table, text), text})
		}
		for _, c := range all {
			if got := unsafe.Slice((*byte)(table.Resolve(c.ref)), len(c.text)); !bytes.Equal(got, c.text) {
				t.Fatalf("text of %d bytes", len(c.text))
			}
		}
		b.Reset()
		table.Reset()
	}
}

func TestResetGivesUpWhatIsNotNeeded(t *testing.T) {
	var s Slab
	var y Bytes
	var table Table
	for range 20 * slabSlots / 10 {
		s.Take(10)
		y.Take(&table, 1000)
	}
	y.Take(&table, keptLarge/2)
	for len(s.spare)+len(y.spare)+len(y.spareLarge) > 0 || len(s.full) > 0 {
		before := len(s.spare) + len(y.spare) + len(y.spareLarge)
		s.Reset()
		y.Reset()
		table.Reset()
		if after := len(s.spare) + len(y.spare) + len(y.spareLarge); before > 0 && after >= before {
			t.Fatalf("%d slabs wait to be used again, %d before", after, before)
		}
	}
	if s.next != 0 || y.next != 0 {
		t.Errorf("the next slabs have %d slots and %d bytes", s.next, y.next)
	}
	for i := range table.chunks[2:] {
		if table.chunks[i+2] != nil {
			t.Errorf("chunk %d of the table is kept", i+2)
		}
	}
}
