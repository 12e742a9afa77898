package jdbc_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/data"
)

var (
	personKey = data.NewStructSchema("k", data.Field{Name: "id", Schema: data.Int32Schema}, data.Field{Name: "part", Schema: data.StringSchema}).MustBuild()
	person    = data.NewStructSchema("p", data.Field{Name: "id", Schema: data.Int32Schema}, data.Field{Name: "part", Schema: data.StringSchema},
		data.Field{Name: "name", Schema: data.OptionalStringSchema}, data.Field{Name: "n", Schema: data.OptionalInt64Schema}).MustBuild()
	personRest = data.NewStructSchema("p", data.Field{Name: "name", Schema: data.OptionalStringSchema}, data.Field{Name: "n", Schema: data.OptionalInt64Schema}).MustBuild()
)

// TestSinkModes writes random records in each mode with each kind of key, and compares the table with a map that was treated alike.
func TestSinkModes(t *testing.T) {
	seed := seedOf(t)
	eachDatabase(t, func(t *testing.T, db *database) {
		for _, mode := range []string{"insert", "upsert", "update"} {
			for _, pk := range []string{"none", "kafka", "record_key", "primitive", "record_value"} {
				if pk == "none" && mode != "insert" || pk == "kafka" && mode == "update" {
					continue // there is no key, or none that comes again
				}
				t.Run(mode+" "+pk, func(t *testing.T) { testMode(t, db, mode, pk, rand.New(rand.NewPCG(seed, 1))) })
			}
		}
	})
}

// model is what a table should hold: rows by key.
type model struct {
	mode string
	rows map[string]string
	many []string // without key
}

func testMode(t *testing.T, db *database, mode, pk string, r *rand.Rand) {
	table := "m_" + mode + "_" + pk
	props := db.config("insert.mode", mode, "pk.mode", pk, "auto.create", "true", "auto.evolve", "true")
	deletes := pk == "record_key" || pk == "primitive"
	switch pk {
	case "primitive":
		props["pk.mode"], props["pk.fields"] = "record_key", "id"
	case "record_value", "record_key":
		props["pk.fields"] = "id,part"
	}
	if deletes {
		props["delete.enabled"] = "true"
	}
	m := &model{mode: mode, rows: map[string]string{}}
	if mode == "update" {
		key, text := "~id~, ~part~", "VARCHAR(50)"
		if pk == "primitive" {
			key = "~id~"
		}
		db.exec(t, "CREATE TABLE ~"+table+"~ (~id~ INTEGER NOT NULL, ~part~ "+text+", ~name~ "+text+", ~n~ BIGINT, PRIMARY KEY ("+key+"))")
		for id := range 10 {
			db.exec(t, fmt.Sprintf("INSERT INTO ~%s~ VALUES (%d, 'a', 'old', -1)", table, id))
			m.rows[m.key(pk, id, "a", 0)] = fmt.Sprintf("%d|a|old|-1", id)
		}
	}
	w := write(t, table, false, props)
	fresh := 0
	for batch := range 8 {
		var all []message
		for range []int{1, 7, 60, 300}[batch%4] {
			id, part := r.IntN(25), []string{"a", "b", "'\"`\\"}[r.IntN(3)]
			if mode == "insert" {
				id, fresh = fresh, fresh+1
			}
			if pk == "primitive" {
				part = "a"
			}
			name, n := data.String(fmt.Sprint("name ", r.IntN(100))), data.Int64(r.Int64N(1000))
			shown := fmt.Sprintf("%d|%s|%s|%s", id, part, name, n)
			if r.IntN(5) == 0 {
				name, n = data.Null, data.Null
				shown = fmt.Sprintf("%d|%s||", id, part)
			}
			x := of(person, data.Int32(int32(id)), data.String(part), name, n)
			key := m.key(pk, id, part, w.next+int64(len(all)))
			switch pk {
			case "record_key":
				x.value, x.valueSchema = data.MustStruct(personRest, name, n).Value(), personRest
				x = x.under(personKey, data.MustStruct(personKey, data.Int32(int32(id)), data.String(part)).Value())
			case "primitive":
				x = x.under(data.Int32Schema, data.Int32(int32(id)))
			}
			if deletes && r.IntN(16) == 0 {
				x.value, x.valueSchema = data.Null, nil
				delete(m.rows, key)
			} else {
				m.set(key, shown)
			}
			all = append(all, x)
		}
		w.must(all...)
	}
	var got []string
	if text := db.text(t, "SELECT ~id~, ~part~, ~name~, ~n~ FROM ~"+table+"~"); text != "" {
		got = strings.Split(text, "\n")
	}
	want := slices.Clone(m.many)
	for _, row := range m.rows {
		want = append(want, row)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d rows, want %d; the first that differ: %s", len(got), len(want), firstDifference(got, want))
	}
}

// key is what a row is found by.
func (m *model) key(pk string, id int, part string, offset int64) string {
	switch pk {
	case "none":
		return ""
	case "kafka":
		return fmt.Sprint(offset)
	case "primitive":
		return fmt.Sprint(id)
	}
	return fmt.Sprint(id, part)
}

func (m *model) set(key, row string) {
	if key == "" {
		m.many = append(m.many, row)
		return
	}
	if _, there := m.rows[key]; there || m.mode != "update" {
		m.rows[key] = row
	}
}

func firstDifference(a, b []string) string {
	for i := range max(len(a), len(b)) {
		var x, y string
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return fmt.Sprintf("%q and %q", x, y)
		}
	}
	return "none"
}
