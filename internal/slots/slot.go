// Package slots is the storage below connect/data: pointer-free 16-byte slots cut from slabs, one table of pointers that slots refer to by
// number, and a byte arena. It knows nothing of schemas; kinds are small numbers to it.
//
// A slot is two words. M holds kind (bits 0-7), flags (bits 8-15) and a 32-bit number (bits 32-63: a length or a decimal scale). N holds the
// scalar's bits or, where the kind refers to memory, a Ref. The garbage collector never looks into a slab of slots; what the slots refer to
// is kept alive by the Table of their arena.
package slots

import "unsafe"

// Slot is one stored value.
type Slot struct{ N, M uint64 }

// Tag packs kind, flags and the high number into the second word of a slot.
func Tag(kind, flags uint8, high uint32) uint64 {
	return uint64(kind) | uint64(flags)<<8 | uint64(high)<<32
}

// Kind returns the kind of a second word.
func Kind(m uint64) uint8 { return uint8(m) }

// Flags returns the flags of a second word.
func Flags(m uint64) uint8 { return uint8(m >> 8) }

// High returns the high number of a second word.
func High(m uint64) uint32 { return uint32(m >> 32) }

// Ref packs the number of a pointer in a Table and an offset from it into the first word of a slot.
func Ref(pointer, offset uint32) uint64 { return uint64(pointer)<<32 | uint64(offset) }

// SplitRef is the inverse of Ref.
func SplitRef(n uint64) (pointer, offset uint32) { return uint32(n >> 32), uint32(n) }

// Run returns the n slots that begin at first.
func Run(first *Slot, n int) []Slot { return unsafe.Slice(first, n) }

// At returns the slot i after first; i is within the run that first began.
func At(first *Slot, i int) *Slot {
	return (*Slot)(unsafe.Add(unsafe.Pointer(first), uintptr(i)*unsafe.Sizeof(Slot{})))
}

// slabSlots is the size of a usual slab: 16 KiB, so that a record that is kept pins little else.
const slabSlots = 1024

// firstSlots is the size of an arena's first slab, small so that an arena for one struct is cheap.
const firstSlots = 16

// Slab cuts runs of slots from slabs. The zero Slab is ready.
type Slab struct {
	// slab is the open one. Of it used slots were taken, those from last on in the last run. Numbers take no write barrier, as pointers would.
	slab       []Slot
	used, last int
	next       int
	// full are the slabs of usual size that were begun, the open one included; spare are those that wait to be used again.
	full, spare [][]Slot
}

// Take returns n zero slots in one run.
func (s *Slab) Take(n int) *Slot {
	if uint(n-1) >= uint(len(s.slab)-s.used) {
		return s.takeElsewhere(n)
	}
	s.last = s.used
	s.used += n
	return &s.slab[s.last]
}

// takeElsewhere is Take where the open slab does not do.
func (s *Slab) takeElsewhere(n int) *Slot {
	switch {
	case n <= 0:
		return nil
	case n > slabSlots/4:
		// A long list gets its own slab: the rest of the open one stays usable.
		return &make([]Slot, n)[0]
	}
	s.open(n)
	return s.Take(n)
}

func (s *Slab) open(n int) {
	if last := len(s.spare) - 1; last >= 0 {
		s.slab, s.spare, s.used = s.spare[last], s.spare[:last], 0
		clear(s.slab)
		s.full = append(s.full, s.slab)
		return
	}
	if s.next == 0 {
		s.next = firstSlots
	}
	s.slab, s.used = make([]Slot, max(s.next, n)), 0
	if len(s.slab) == slabSlots {
		s.full = append(s.full, s.slab)
	}
	s.next = min(s.next*4, slabSlots)
}

// Reset makes the slabs taken so far free again. Nothing may refer to their slots any more. Half of those that were not needed since the last time
// are given up, so that an arena that was large once does not stay so.
func (s *Slab) Reset() {
	s.spare = Recycle(s.spare, s.full)
	if s.slab == nil && len(s.spare) == 0 {
		s.next = 0
	}
	s.full, s.slab, s.used, s.last = s.full[:0], nil, 0, 0
}

// Whole makes all slabs of usual size, which Overwrite reaches.
func (s *Slab) Whole() { s.next = slabSlots }

// Overwrite makes nulls of what is in the slabs of usual size.
func (s *Slab) Overwrite() {
	for _, slab := range s.full {
		clear(slab)
	}
}

// Recycle returns what waits to be used again: all slabs that were in use, and half of those that were not.
func Recycle[T any](spare, full [][]T) [][]T {
	kept := len(spare) / 2
	clear(spare[kept:])
	spare = append(spare[:kept], full...)
	clear(full)
	return spare
}

// Grow returns a run of n slots that begins with the old slots of run: run itself where it was the last one taken and there is room.
func (s *Slab) Grow(run *Slot, old, n int) *Slot {
	if run != nil && s.last < len(s.slab) && run == &s.slab[s.last] && n-old <= len(s.slab)-s.used {
		s.used += n - old
		return run
	}
	fresh := s.Take(n)
	if old > 0 {
		copy(Run(fresh, n), Run(run, old))
	}
	return fresh
}
