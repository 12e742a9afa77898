package sink

import (
	"encoding/binary"

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
	table   *table
	deletes group
	groups  []*group
	open    map[*shape]int // the group to which rows of a shape are added
	places  map[string]place
}

// place is where the last record of a key stands.
type place struct {
	group, row int // -1 where there is no row
	deleted    int // its row in deletes, -1 where there is none
}

func newTableWork(t *table) *tableWork {
	return &tableWork{table: t, open: map[*shape]int{}, places: map[string]place{}}
}

// add takes a record. With a key, only what its last records leave behind is kept, so that alternating writes and deletes of one key need no more
// statements than others (Java's sink flushes at each change). key is nil where there is nothing to reduce by.
func (w *tableWork) add(s *settings, sh *shape, r *connect.Record, key []byte) {
	if key == nil {
		w.append(sh, r, 0)
		return
	}
	at, seen := w.places[string(key)]
	if !seen {
		at = place{-1, -1, -1}
	}
	if sh.write.Op == dialect.Delete {
		w.drop(&at)
		if at.deleted < 0 {
			w.deletes.shape = sh
			at.deleted = len(w.deletes.rows)
			w.deletes.rows = append(w.deletes.rows, r)
		}
		w.places[string(key)] = at
		return
	}
	if s.mode == dialect.Update && at.deleted >= 0 {
		return // the row to update is gone
	}
	least := 0
	if at.group >= 0 {
		// An insert on top of one is an error, which the database shall find.
		if s.mode != dialect.Insert && sh.plan.covers(w.groups[at.group].shape.plan) {
			w.drop(&at)
		} else {
			least = at.group
			if w.groups[least].shape == sh { // not twice in one statement
				least++
			}
		}
	}
	at.group, at.row = w.append(sh, r, least)
	w.places[string(key)] = at
}

func (w *tableWork) drop(at *place) {
	if at.group >= 0 {
		w.groups[at.group].rows[at.row] = nil
		at.group, at.row = -1, -1
	}
}

// append adds a row to a group from least on.
func (w *tableWork) append(sh *shape, r *connect.Record, least int) (int, int) {
	n, ok := w.open[sh]
	if !ok || n < least {
		n = len(w.groups)
		w.groups = append(w.groups, &group{shape: sh})
		w.open[sh] = n
	}
	g := w.groups[n]
	g.rows = append(g.rows, r)
	return n, len(g.rows) - 1
}

// appendKey appends the key of a record, different for different keys; null says that a part of it is null.
func appendKey(dst []byte, s *settings, sh *shape, r *connect.Record) (key []byte, null string) {
	for i := range sh.plan.keys {
		v := sh.plan.value(s, r, i)
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
