package transforms

import (
	"fmt"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// mostNames bounds how many names of flat fields a Flatten remembers.
const mostNames = 4096

// flatNames remembers the names of the fields of flat maps, so that a record like those before it needs no new texts.
type flatNames struct {
	root  *flatName
	count int
}

// flatName is a name of a flat field. Where a map stood there it knows the names below it.
type flatName struct {
	name string
	// null says that the key of the map itself is null, which has no name.
	null bool
	// layout and order are those of the map seen last at this place, and entries the names of its entries in that order.
	layout  *data.Layout
	order   uint16
	entries []flatEntry
	all     map[string]*flatName
}

// flatEntry is an entry of a map by its index.
type flatEntry struct {
	index int
	name  *flatName
}

func (x *flatten) flattenMap(r *connect.Record, v data.Value) error {
	m, err := smt.RequireMap(v, flattenPurpose)
	if err != nil {
		return err
	}
	if x.names.root == nil || x.names.count >= mostNames {
		x.names = flatNames{root: new(flatName)}
	}
	b := r.Arena().Map(m.Len())
	b.JavaLinkedHashMap()
	if err := x.flattenEntries(&b, x.names.root, m); err != nil {
		return err
	}
	x.part.Set(r, nil, b.Build().Value())
	return nil
}

// flattenEntries puts the entries of a map at a place, in the order in which Java iterates over them.
func (x *flatten) flattenEntries(b *data.MapBuilder, at *flatName, m *data.Map) error {
	row := m.Row()
	if row == nil || at.null {
		return x.flattenPlain(b, at, m)
	}
	if at.layout != row.Layout() || at.order != m.JavaOrderID() {
		x.learn(at, m, row)
	}
	for _, e := range at.entries {
		if err := x.flattenEntry(b, e.name, m, row, e.index); err != nil {
			return err
		}
	}
	return nil
}

// flattenPlain is flattenEntries for a map whose keys form no shape, and are not remembered.
func (x *flatten) flattenPlain(b *data.MapBuilder, at *flatName, m *data.Map) error {
	if at.null {
		return javafmt.NewException(javafmt.NullPointerException, "Flatten cannot name the entries of a map whose own key is null", nil)
	}
	for _, i := range m.JavaOrder() {
		key, ok := m.Key(i).Text()
		if m.Key(i).IsNull() {
			key, ok = "null", true
		}
		if !ok {
			return javafmt.NewException(javafmt.ClassCastException, "class "+smt.JavaClass(m.Key(i))+" cannot be cast to class java.lang.String", nil)
		}
		name := &flatName{name: joinName(at.name, x.delimiter, key), null: at.name == "" && m.Key(i).IsNull()}
		if err := x.flattenEntry(b, name, m, nil, i); err != nil {
			return err
		}
	}
	return nil
}

func (x *flatten) flattenEntry(b *data.MapBuilder, at *flatName, m *data.Map, row *data.Row, i int) error {
	switch v := m.At(i); v.Kind() {
	case data.MapKind:
		return x.flattenEntries(b, at, v.Map())
	case data.StructKind:
		return smt.DataError(fmt.Sprintf("Flatten transformation does not support class %s for record without schemas (for field %s).", v.JavaClass(), at.name))
	case data.DecimalKind, data.DateKind, data.TimeKind, data.TimestampKind, data.ForeignKind:
		return smt.DataError("Flatten transformation was passed a value of type class " + v.JavaClass() + " which is not supported by Connect's data API")
	default:
		switch {
		case row != nil:
			b.Copy(at.name, row, i)
		case at.null:
			b.Put(data.Null, v)
		default:
			b.Set(at.name, v)
		}
	}
	return nil
}

// learn works out the names of a map's entries at a place.
func (x *flatten) learn(at *flatName, m *data.Map, row *data.Row) {
	at.layout, at.order = row.Layout(), m.JavaOrderID()
	entries := make([]flatEntry, 0, m.Len())
	for _, i := range m.JavaOrder() {
		key := at.layout.Name(i)
		below := at.all[key]
		if below == nil {
			below = &flatName{name: joinName(at.name, x.delimiter, key)}
			if at.all == nil {
				at.all = map[string]*flatName{}
			}
			at.all[key] = below
			x.names.count++
		}
		entries = append(entries, flatEntry{i, below})
	}
	at.entries = entries
}
