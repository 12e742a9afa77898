package data

import (
	"hash/maphash"
	"runtime"
	"sync"
	"weak"
)

// schemas holds the interned schemas by hash. It refers to them weakly: a schema nobody uses any more goes away.
var schemas = struct {
	sync.Mutex
	byHash map[[2]uint64][]weak.Pointer[Schema]
}{byHash: map[[2]uint64][]weak.Pointer[Schema]{}}

// intern returns the schema that is identical to s in everything, order of parameters and bits of defaults included, s itself where there is
// none yet.
func intern(s *Schema) *Schema {
	s.cyclic = s.cyclic || refersToCycle(s)
	if s.cyclic {
		return s
	}
	s.hash = schemaHash(s)
	schemas.Lock()
	defer schemas.Unlock()
	list := schemas.byHash[s.hash]
	for _, w := range list {
		if t := w.Value(); t != nil && schemasEqual(s, t, true, nil) {
			return t
		}
	}
	schemas.byHash[s.hash] = append(list, weak.Make(s))
	runtime.AddCleanup(s, forget, s.hash)
	return s
}

// forget takes the schemas out of the table that are gone.
func forget(hash [2]uint64) {
	schemas.Lock()
	defer schemas.Unlock()
	var left []weak.Pointer[Schema]
	for _, w := range schemas.byHash[hash] {
		if w.Value() != nil {
			left = append(left, w)
		}
	}
	if left == nil {
		delete(schemas.byHash, hash)
		return
	}
	schemas.byHash[hash] = left
}

func refersToCycle(s *Schema) bool {
	if s.key != nil && s.key.cyclic || s.elem != nil && s.elem.cyclic {
		return true
	}
	for _, f := range s.Fields() {
		if f.Schema.cyclic {
			return true
		}
	}
	return false
}

var seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

// schemaHash covers what Equal compares, so the order of parameters does not count, and of defaults only their presence and kind do.
func schemaHash(s *Schema) [2]uint64 {
	var h [2]uint64
	for i, seed := range seeds {
		h[i] = hashWith(seed, i, s)
	}
	return h
}

func hashWith(seed maphash.Seed, which int, s *Schema) uint64 {
	var m maphash.Hash
	m.SetSeed(seed)
	bit := func(b bool) {
		if b {
			m.WriteByte(1)
		} else {
			m.WriteByte(0)
		}
	}
	word := func(x uint64) { maphash.WriteComparable(&m, x) }
	str := func(t string) {
		word(uint64(len(t)))
		m.WriteString(t)
	}
	m.WriteByte(byte(s.kind))
	bit(s.optional)
	bit(s.hasName)
	str(s.name)
	bit(s.hasVersion)
	word(uint64(s.version))
	bit(s.hasDoc)
	str(s.doc)
	bit(s.hasParams)
	sum := uint64(len(s.params))
	for _, p := range s.params {
		sum += maphash.Comparable(seed, p)
	}
	word(sum)
	m.WriteByte(byte(s.def.Kind()))
	for _, f := range s.Fields() {
		str(f.Name)
		word(f.Schema.hash[which])
	}
	for _, t := range []*Schema{s.key, s.elem} {
		if bit(t != nil); t != nil {
			word(t.hash[which])
		}
	}
	return m.Sum64()
}

// schemaPair is a pair of schemas that is being compared already; inside a cycle it counts as equal.
type schemaPair struct{ a, b *Schema }

func schemasEqual(a, b *Schema, strict bool, seen map[schemaPair]bool) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || a.kind != b.kind || a.optional != b.optional || a.hasName != b.hasName || a.name != b.name ||
		a.hasVersion != b.hasVersion || a.version != b.version || a.hasDoc != b.hasDoc || a.doc != b.doc {
		return false
	}
	if a.cyclic || b.cyclic {
		if seen[schemaPair{a, b}] {
			return true
		}
		if seen == nil {
			seen = map[schemaPair]bool{}
		}
		seen[schemaPair{a, b}] = true
	}
	if a.hasDefault != b.hasDefault || !a.def.equal(b.def, strict) || !paramsEqual(a, b, strict) {
		return false
	}
	af, bf := a.Fields(), b.Fields()
	if len(af) != len(bf) {
		return false
	}
	for i := range af {
		if af[i].Name != bf[i].Name || !schemasEqual(af[i].Schema, bf[i].Schema, strict, seen) {
			return false
		}
	}
	return schemasEqual(a.key, b.key, strict, seen) && schemasEqual(a.elem, b.elem, strict, seen)
}

func paramsEqual(a, b *Schema, strict bool) bool {
	if a.hasParams != b.hasParams || len(a.params) != len(b.params) {
		return false
	}
	for i, p := range a.params {
		if strict {
			if b.params[i] != p {
				return false
			}
			continue
		}
		found := false
		for _, q := range b.params {
			found = found || q == p
		}
		if !found {
			return false
		}
	}
	return true
}
