package protobuf

import (
	"encoding/binary"
	"math"

	"github.com/moldau/moldau/connect/data"
	"google.golang.org/protobuf/encoding/protowire"
)

// message appends the fields of a struct in the order of their numbers.
func (w *WritePlan) message(p *writePlan, dst []byte, s *data.Struct, depth int) ([]byte, error) {
	if s.Schema() != p.schema && !s.Schema().Equal(p.schema) {
		return dst, dataException("Mismatching struct schema")
	}
	base := len(w.active)
	if len(p.unions) > 0 {
		for i := range p.unions {
			member, err := p.unions[i].member(s)
			if err != nil {
				return dst, err
			}
			w.active = append(w.active, member)
		}
	}
	row := s.Row()
	for i := range p.fields {
		f := &p.fields[i]
		var v data.Value
		if f.union < 0 {
			v = row.At(f.source)
		} else if w.active[base+f.union] == f.source {
			u := &p.unions[f.union]
			of := row.At(u.source)
			if of.IsNull() {
				of = u.def
			}
			if v = of.Struct().At(f.source); v.IsNull() {
				v = u.defs[f.source]
			}
		} else {
			continue
		}
		if k := v.Kind(); k == f.plan.kind && len(f.key) == 1 {
			// What most fields are is written here, which saves a call with all its arguments.
			var done bool
			if dst, done = f.simple(dst, v); done {
				continue
			}
		} else if k == data.NullKind {
			if v = f.def; v.IsNull() {
				continue
			}
		}
		var err error
		if dst, err = w.field(f, dst, v, depth); err != nil {
			w.active = w.active[:base]
			return dst, err
		}
	}
	w.active = w.active[:base]
	return dst, nil
}

// simple appends a field of one of the usual types; done is false for others.
func (f *writeField) simple(dst []byte, v data.Value) (out []byte, done bool) {
	if f.plan.wrapped || f.plan.err != nil {
		return dst, false
	}
	switch f.plan.op {
	case writeText:
		s, _ := v.Text()
		if s == "" && !f.presence {
			return dst, true
		}
		return appendText(append(dst, f.key[0]), s), true
	case writeInt32, writeInt64:
		n, _ := v.Int64()
		if f.plan.op == writeInt32 {
			n = int64(int32(n))
		}
		if n == 0 && !f.presence {
			return dst, true
		}
		dst = append(dst, f.key[0])
		if uint64(n) < 0x80 {
			return append(dst, byte(n)), true
		}
		return protowire.AppendVarint(dst, uint64(n)), true
	case writeDouble:
		x, _ := v.Float64()
		b := math.Float64bits(x)
		if b == 0 && !f.presence {
			return dst, true
		}
		return binary.LittleEndian.AppendUint64(append(dst, f.key[0]), b), true
	case writeBool:
		b, _ := v.Bool()
		switch {
		case b:
			return append(dst, f.key[0], 1), true
		case f.presence:
			return append(dst, f.key[0], 0), true
		}
		return dst, true
	}
	return dst, false
}

// member returns the first member of a union that is not null, -1 where the union itself is null.
func (u *writeUnionField) member(s *data.Struct) (int, error) {
	v := s.At(u.source)
	if v.IsNull() {
		v = u.def
	}
	if v.IsNull() {
		return -1, nil
	}
	x := v.Struct()
	if x == nil {
		return -1, dataException("Invalid type for STRUCT: class " + v.JavaClass())
	}
	if x.Schema() != u.schema && !x.Schema().Equal(u.schema) {
		return -1, dataException("Mismatching struct schema")
	}
	for i := range u.defs {
		if !x.At(i).IsNull() || !u.defs[i].IsNull() {
			return i, nil
		}
	}
	return -1, dataException("Cannot find non-null field")
}
