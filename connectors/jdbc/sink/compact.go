package sink

import (
	"encoding/binary"
	"slices"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// group is rows of one shape, in order. A nil row was overtaken by a later one of its key.
type group struct {
	shape *shape
	rows  []*connect.Record
}

// tableWork is what a put writes to a table: first all deletes, then the groups in order. That is the order of the records as long as each
// key has one row, for a row that follows a delete of its key follows it here too.
type tableWork struct {
	table *table
	// truncate says that the table is emptied first.
	truncate bool
	// inOrder says that nothing is reduced, and alone that each row goes by itself.
	inOrder, alone bool
	dropped        bool // rows were
	// deletes has one group for each shape: keys have schemas too, and rows come from several fields of change events.
	deletes []*group
	groups  []*group
	open    map[*shape]int // the group to which rows of a shape are added
	keys    map[string]*keyWork
	slab    []keyWork // where those of the next keys are made
	// overtaken are the records that stand for nothing any more, in order, by the one that took their place: where the database refuses that one
	// alone, they count after all. It is nil where no record may be refused alone.
	overtaken map[*connect.Record][]overtaken
}

// overtaken is a record with the shape in which it would be written.
type overtaken struct {
	shape  *shape
	record *connect.Record
}

// keyWork says where the records of a key stand.
type keyWork struct {
	rows    []place  // in order: those whose columns the later ones do not all write
	one     [1]place // what rows begins with: hardly any key needs more
	deleted place    // the row in deletes; noPlace where there is none
}

// place is a row of a group.
type place struct{ group, row int }

var noPlace = place{-1, -1}

// newTableWork returns the work for a table without rows. With alone they are written as they come, one by one. They are also written in their order,
// if many at a time, where an upsert would take a row that has a value of another one for the row itself, and nobody would hear of it.
func newTableWork(t *table, mode dialect.Op, reporting, alone bool) *tableWork {
	w := &tableWork{table: t, open: map[*shape]int{}, keys: map[string]*keyWork{}, alone: alone}
	w.inOrder = alone || mode == dialect.Upsert && t.described != nil && t.described.Mistakes
	if reporting {
		w.overtaken = map[*connect.Record][]overtaken{}
	}
	return w
}

// add takes a record. With a key, only what its last records leave behind is kept, so that alternating writes and deletes of one key need no more
// statements than others (Java's sink flushes at each change). key is nil where there is nothing to reduce by.
func (w *tableWork) add(s *settings, sh *shape, r *connect.Record, key []byte) {
	if w.inOrder {
		w.follow(sh, r)
		return
	}
	if key == nil {
		w.append(sh, r, 0)
		return
	}
	k := w.keys[string(key)]
	if k == nil {
		k = w.newKey()
		w.keys[string(key)] = k
	}
	if sh.write.Op == dialect.Delete {
		w.delete(k, sh, r)
		return
	}
	if s.mode == dialect.Update && k.deleted != noPlace { // the row to update is gone
		w.remember(w.deletes[k.deleted.group].rows[k.deleted.row], overtaken{sh, r})
		return
	}
	least := 0
	// An insert on top of one is an error, which the database shall find.
	from := len(k.rows)
	for ; from > 0 && s.mode != dialect.Insert; from-- {
		if !sh.plan.covers(w.groups[k.rows[from-1].group].shape.plan) {
			break
		}
	}
	w.drop(k, from, r)
	if from > 0 {
		least = k.rows[from-1].group
		if w.groups[least].shape == sh && s.mode != dialect.Insert { // not twice in one statement
			least++
		}
	}
	k.rows = append(k.rows, w.append(sh, r, least))
}

// follow adds a row behind all others.
func (w *tableWork) follow(sh *shape, r *connect.Record) {
	n := len(w.groups) - 1
	if n < 0 || w.alone || w.groups[n].shape != sh {
		w.groups = append(w.groups, &group{shape: sh})
		n++
	}
	w.groups[n].rows = append(w.groups[n].rows, r)
}

// reordered reports whether the rows may be written in another order than that of their records: without some that came before others, deletes first,
// shape by shape, or, of anything but inserts, as the database likes.
func (w *tableWork) reordered() bool {
	groups := len(w.groups) + len(w.deletes)
	switch {
	case w.inOrder || groups == 0:
		return false
	case w.dropped || groups > 1:
		return true
	}
	g := slices.Concat(w.groups, w.deletes)[0]
	return len(g.rows) > 1 && g.shape.write.Op != dialect.Insert
}

// newKey makes the work of a key, many at a time.
func (w *tableWork) newKey() *keyWork {
	if len(w.slab) == 0 {
		w.slab = make([]keyWork, min(max(16, len(w.keys)), 1024))
	}
	k := &w.slab[0]
	w.slab = w.slab[1:]
	k.rows, k.deleted = k.one[:0], noPlace
	return k
}

// delete takes a record that deletes the row of a key: it alone counts.
func (w *tableWork) delete(k *keyWork, sh *shape, r *connect.Record) {
	n := slices.IndexFunc(w.deletes, func(g *group) bool { return g.shape == sh })
	if n < 0 {
		n = len(w.deletes)
		w.deletes = append(w.deletes, &group{shape: sh})
	}
	g := w.deletes[n]
	switch old := k.deleted; {
	case old.group == n:
		w.inherit(r, g.rows[old.row])
		g.rows[old.row] = r
	default:
		if old != noPlace {
			w.inherit(r, w.deletes[old.group].rows[old.row])
			w.deletes[old.group].rows[old.row] = nil
		}
		k.deleted = place{n, len(g.rows)}
		g.rows = append(g.rows, r)
	}
	w.drop(k, 0, r)
}

// drop takes the rows of a key from one on out of their groups; by takes their place.
func (w *tableWork) drop(k *keyWork, from int, by *connect.Record) {
	w.dropped = w.dropped || from < len(k.rows)
	for _, at := range k.rows[from:] {
		g := w.groups[at.group]
		old := g.rows[at.row]
		w.inherit(by, old)
		w.remember(by, overtaken{g.shape, old})
		g.rows[at.row] = nil
	}
	k.rows = k.rows[:from]
}

// remember notes a record that another one overtook.
func (w *tableWork) remember(by *connect.Record, old overtaken) {
	if w.overtaken != nil {
		w.overtaken[by] = append(w.overtaken[by], old)
	}
}

// inherit moves what one record overtook to another.
func (w *tableWork) inherit(to, from *connect.Record) {
	if list, ok := w.overtaken[from]; ok {
		delete(w.overtaken, from)
		if have := w.overtaken[to]; len(have) > 0 {
			list = append(have, list...)
		}
		w.overtaken[to] = list
	}
}

// append adds a row to a group from least on.
func (w *tableWork) append(sh *shape, r *connect.Record, least int) place {
	n, ok := w.open[sh]
	if !ok || n < least {
		n = len(w.groups)
		w.groups = append(w.groups, &group{shape: sh})
		w.open[sh] = n
	}
	g := w.groups[n]
	g.rows = append(g.rows, r)
	return place{n, len(g.rows) - 1}
}

// appendKey appends the key of a record, different for different keys; null says that a part of it is null.
func appendKey(dst []byte, s *settings, sh *shape, r *connect.Record) (key []byte, null string) {
	for _, i := range sh.keys {
		v := sh.plan.value(r, i)
		if v.IsNull() {
			return dst, sh.plan.fields[i].Name
		}
		start := len(dst)
		dst = append(dst, 0, 0, 0, 0, byte(v.Kind()))
		if n, ok := v.Int64(); ok {
			dst[start+4] = 0 // equal whatever their width
			dst = binary.BigEndian.AppendUint64(dst, uint64(n))
		} else if b, ok := v.Bytes(); ok {
			dst = append(dst, b...)
		} else {
			dst = v.AppendString(dst)
		}
		binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-5))
	}
	return dst, ""
}

// compact drops the rows that were overtaken.
func (g *group) compact() {
	n := 0
	for _, r := range g.rows {
		if r != nil {
			g.rows[n] = r
			n++
		}
	}
	g.rows = g.rows[:n]
}
