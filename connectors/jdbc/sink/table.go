package sink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// table is a table that records are written to, as it was when it was last looked at.
type table struct {
	id        dialect.TableID
	name      string // for messages
	quoted    string
	described *dialect.Table
	shapes    map[schemas]*shape
	// last is the shape that was asked for last: mostly it is the next one too.
	last   *shape
	lastOf schemas
	noBulk atomic.Bool // the fast way is closed
	// loose and looseKey are the types of records and keys without schema, nil where such are refused.
	loose, looseKey *looseTypes
}

// schemas identify a plan. They are interned, so that their pointers do.
type schemas struct {
	key, value *data.Schema // value is that of the row
	op         action
	inside     int16  // the field of a change event that holds the row, -1 where the value is the row
	topic      string // where fields are chosen by it
	// looseKey and looseValue say that the record has none, and that these were worked out.
	looseKey, looseValue bool
}

// shape is a plan matched to a table.
type shape struct {
	table *table
	plan  *plan
	write dialect.Write // without rows
	// keys are the indexes of the key's columns by name: schemas may have them in any order, and a key is the same in all of them.
	keys []int
	// distinct says that keys which differ for Kafka were equal for the database.
	distinct atomic.Bool
	mu       sync.Mutex // of texts: several lanes write one shape
	texts    map[int]string
}

// mostShapes bounds what is kept for topics whose schemas change all the time.
const mostShapes = 200

// errTable is a table that cannot take the records; it is not tried again (TableAlterOrCreateException in Java).
type errTable struct{ error }

func (e errTable) Unwrap() error { return e.error }

// shapeFor returns how records of the schemas are written, after creating or changing the table where that is asked for; nil where there is no table to
// delete from.
func (s *settings) shapeFor(ctx context.Context, c dialect.Conn, t *table, k schemas) (*shape, error) {
	if t.last != nil && t.lastOf == k {
		return t.last, nil
	}
	if sh, ok := t.shapes[k]; ok {
		t.last, t.lastOf = sh, k
		return sh, nil
	}
	p, err := newPlan(s, t.name, k)
	if err != nil {
		return nil, errRecord{err}
	}
	if p.keys == 0 && (s.mode != dialect.Insert || k.op == deletes) {
		return nil, errRecord{fmt.Errorf("the record for table %s has no primary key left, which %s=%s needs: %s and the lists of fields leave none", t.name, s.words.insertMode, s.mode, s.words.pkFields)}
	}
	for i := range p.fields {
		if err := s.checkName("column", p.fields[i].Name); err != nil {
			return nil, errRecord{err}
		}
	}
	there, err := s.describe(ctx, c, t)
	if err != nil {
		return nil, err
	}
	if !there {
		if k.op == deletes {
			return nil, nil
		}
		if err := s.createTable(ctx, c, t, p); err != nil {
			return nil, err
		}
	}
	if kind := t.described.Kind; kind != "" && !slices.ContainsFunc(s.tableTypes, func(x string) bool { return strings.EqualFold(x, kind) }) {
		return nil, errTable{fmt.Errorf("%s %s exists, and %s names only %s", kind, t.name, keyTableTypes, strings.Join(s.tableTypes, ", "))}
	}
	if err := s.evolveTable(ctx, c, t, p); err != nil {
		return nil, err
	}
	if len(t.shapes) >= mostShapes {
		t.forget()
	}
	sh := &shape{table: t, plan: p, texts: map[int]string{}}
	sh.write = dialect.Write{Op: s.mode, Table: t.quoted, Name: t.name, Keys: p.keys, Lasting: t.described.Lasting, Holdlock: s.holdlock}
	if k.op == deletes {
		sh.write.Op = dialect.Delete
	}
	for i := range p.fields {
		col := *t.described.Column(p.fields[i].Name)
		if j := slices.IndexFunc(sh.write.Columns, func(c dialect.Column) bool { return c.Name == col.Name }); j >= 0 {
			return nil, errTable{fmt.Errorf("the fields %s and %s are both written to column %s of table %s", p.fields[j].source, p.fields[i].source, col.Name, t.name)}
		}
		p.fields[i].convert = s.converter(&p.fields[i], &col)
		sh.write.Columns = append(sh.write.Columns, col)
		name := col.Name
		if !s.quote {
			name = p.fields[i].Name
		}
		sh.write.Quoted = append(sh.write.Quoted, s.quoteName(name))
	}
	for i := range p.keys {
		sh.keys = append(sh.keys, i)
	}
	slices.SortFunc(sh.keys, func(i, j int) int { return strings.Compare(sh.write.Columns[i].Name, sh.write.Columns[j].Name) })
	if sh.write.Op == dialect.Update && len(p.fields) == p.keys {
		return nil, errTable{fmt.Errorf("records for table %s have no fields but their key: there is nothing to update", t.name)}
	}
	t.shapes[k] = sh
	return sh, nil
}

// forget drops what was worked out for records of the table.
func (t *table) forget() {
	clear(t.shapes)
	t.last = nil
}

// describe looks at a table, unless it was before, and reports whether it is there.
func (s *settings) describe(ctx context.Context, c dialect.Conn, t *table) (bool, error) {
	var err error
	if t.described == nil {
		t.described, err = s.Dialect.Describe(ctx, c, s.folded(t.id))
	}
	return t.described != nil, err
}

// passing reports whether DDL failed for a reason that has nothing to do with the table and may be gone soon, such as a lock that somebody else
// holds: records must neither fail the task nor be reported for it.
func (s *settings) passing(c dialect.Conn, failure error) bool {
	if failure == nil {
		return false
	}
	fault := s.Dialect.Classify(failure)
	return fault == dialect.Busy || fault == dialect.Network || fault == dialect.Login || !c.Alive()
}

// createTable makes a table for records of a plan, or finds that another task has.
func (s *settings) createTable(ctx context.Context, c dialect.Conn, t *table, p *plan) error {
	if !s.create {
		return errTable{fmt.Errorf("Table %s is missing and auto-creation is disabled", t.name)}
	}
	var lines, keys []string
	for _, i := range p.created {
		line, err := s.columnDDL(&p.fields[i], false)
		if err != nil {
			return errTable{err}
		}
		lines = append(lines, line)
	}
	for i := range p.fields[:p.keys] {
		keys = append(keys, s.quoteName(p.fields[i].Name))
	}
	if len(keys) > 0 {
		lines = append(lines, "PRIMARY KEY("+strings.Join(keys, ",")+")")
	}
	_, failure := c.Exec(ctx, "CREATE TABLE "+t.quoted+" (\n"+strings.Join(lines, ",\n")+")")
	var err error
	if s.passing(c, failure) {
		return failure
	}
	if t.described, err = s.Dialect.Describe(ctx, c, s.folded(t.id)); err != nil {
		return err
	}
	if t.described == nil {
		if failure == nil {
			failure = errors.New("the table is not there after it was created")
		}
		return errTable{fmt.Errorf("creating table %s: %w", t.name, failure)}
	}
	return nil
}

// columnDDL is the line of a column: a default, or whether it may be null.
func (s *settings) columnDDL(f *field, added bool) (string, error) {
	kind, err := s.columnType(f)
	if err != nil {
		return "", err
	}
	line := s.quoteName(f.Name) + " " + kind
	v, hasDefault := f.Schema.Default()
	if hasDefault {
		if text := s.types.Default(f.NewColumn, v); text != "" {
			line += " DEFAULT " + text
			if !s.keysFirst {
				return line, nil
			}
			added = false // the rows that are there get the default
		}
	}
	// A column that is added must have something for the rows that are there.
	if (f.Schema.Optional() || added) && !f.Key {
		return line + " NULL", nil
	}
	return line + " NOT NULL", nil
}

// evolveTable adds the columns that a plan needs and the table lacks.
func (s *settings) evolveTable(ctx context.Context, c dialect.Conn, t *table, p *plan) error {
	missing := func() (list []int) {
		for _, i := range p.created {
			if t.described.Column(p.fields[i].Name) == nil {
				list = append(list, i)
			}
		}
		return list
	}
	lacking := missing()
	if len(lacking) == 0 {
		return nil
	}
	var names, lines []string
	for _, i := range lacking {
		f := &p.fields[i]
		names = append(names, f.Name)
		if _, hasDefault := f.Schema.Default(); s.evolve && !hasDefault && !f.Schema.Optional() {
			return errTable{fmt.Errorf("Cannot ALTER TABLE %s to add missing field %s, as the field is not optional and does not have a default value", t.name, f.Name)}
		}
		line, err := s.columnDDL(f, true)
		if err != nil {
			return errTable{err}
		}
		lines = append(lines, line)
	}
	if !s.evolve {
		return errTable{fmt.Errorf("Table %s is missing fields (%s) and auto-evolution is disabled", t.name, strings.Join(names, ", "))}
	}
	failure := s.addColumns(ctx, c, s.Dialect.AddColumns(t.quoted, lines))
	if s.passing(c, failure) {
		return failure
	}
	described, err := s.Dialect.Describe(ctx, c, s.folded(t.id))
	if err != nil {
		return err
	}
	if described != nil {
		t.described = described
		t.forget()
	}
	if described == nil || len(missing()) > 0 {
		if described != nil && len(missing()) < len(lacking) { // another task has added some of them
			return s.evolveTable(ctx, c, t, p)
		}
		if failure == nil {
			failure = errors.New("the columns are not there after they were added")
		}
		return errTable{fmt.Errorf("adding columns to table %s: %w", t.name, failure)}
	}
	return nil
}

// addColumns runs the statements that add columns, all or none.
func (s *settings) addColumns(ctx context.Context, c dialect.Conn, statements []string) error {
	if len(statements) > 1 {
		if _, err := c.Exec(ctx, s.Dialect.BeginWrite()); err != nil {
			return err
		}
		statements = append(statements, "COMMIT")
	}
	for _, sql := range statements {
		if _, err := c.Exec(ctx, sql); err != nil {
			if len(statements) > 1 {
				err = errors.Join(err, rollback(ctx, c))
			}
			return err
		}
	}
	return nil
}
