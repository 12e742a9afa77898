package dialect

import (
	"fmt"
	"strings"
	"time"

	"github.com/moldau/moldau/connect/data"
)

// Op is what is done with rows.
type Op uint8

// The ways rows are written.
const (
	Insert Op = iota
	Upsert
	Update
	Delete
)

func (o Op) String() string { return [...]string{"insert", "upsert", "update", "delete"}[o] }

// Write is rows on their way into a table, in order. Names are quoted where they have to be.
type Write struct {
	Op    Op
	Table string
	// Name is the name of the table for messages.
	Name string
	// Columns begin with the keys; there are no others in a Delete.
	Columns []Column
	Quoted  []string
	Keys    int
	Rows    int
	// Arg returns a value; the row counts from 0. Errors are the fault of that row.
	Arg func(row, column int) (Arg, error)
	// Distinct says that several rows may have one key for the database, though they differ for Kafka; the last of them counts.
	Distinct bool
	// Lasting is Table.Lasting.
	Lasting bool
	// Holdlock asks SQL Server for MERGE ... WITH (HOLDLOCK).
	Holdlock bool
}

// Slice returns a Write of rows i to j only.
func (w *Write) Slice(i, j int) *Write {
	part := *w
	part.Rows = j - i
	part.Arg = func(row, column int) (Arg, error) { return w.Arg(i+row, column) }
	return &part
}

// Arg is a value for a column. Kind is what the value is, NullKind for null; temporal ones have Time only, in the zone whose calendar and
// clock are written.
type Arg struct {
	Kind  data.Kind
	Value data.Value
	Time  time.Time
}

// Unsupported is the error of Bind for a value without a type.
func (a Arg) Unsupported(database string) error {
	return fmt.Errorf("a value of type %s has no column type in %s", a.Kind, database)
}

// Moment is a point in time with all its digits.
type Moment struct {
	Millis int64
	Nanos  int // of the second
	Zone   *time.Location
}

// Time returns the moment in its zone.
func (m Moment) Time() time.Time {
	s := m.Millis / 1000
	if m.Millis%1000 < 0 {
		s--
	}
	return time.Unix(s, int64(m.Nanos)).In(m.Zone)
}

// Infinite and InfinitePast are the milliseconds since 1970 that pgjdbc gives for PostgreSQL's infinity and -infinity, and writes as such
// (PGStatement.DATE_POSITIVE_INFINITY).
const (
	Infinite     = 9223372036825200000
	InfinitePast = -9223372036832400000
)

// NewColumn is a column that a sink creates.
type NewColumn struct {
	Name   string
	Schema *data.Schema
	Key    bool
	// Timestamp says that the field is in timestamp.fields.list; Nanos that it counts nanoseconds.
	Timestamp, Nanos bool
}

// Unsupported is the error of TypeFor for a schema without a type.
func (f NewColumn) Unsupported(dialect string) error {
	return fmt.Errorf("field %s has schema %s, for which %s has no column type", f.Name, describe(f.Schema), dialect)
}

func describe(s *data.Schema) string {
	if s.HasName() {
		return s.Name() + " (" + s.Kind().String() + ")"
	}
	return s.Kind().String()
}

// Tuples appends n tuples of that many placeholders: (?,?),(?,?).
func Tuples(dst []byte, n, columns int, placeholder func(int) string) []byte {
	for row := range n {
		if row > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '(')
		for i := range columns {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, placeholder(row*columns+i+1)...)
		}
		dst = append(dst, ')')
	}
	return dst
}

// Assign lists assignments of columns to what is before and behind their names: a=EXCLUDED.a,b=EXCLUDED.b.
func Assign(columns []string, before, behind string) string {
	var b strings.Builder
	for i, c := range columns {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(c + "=" + before + c + behind)
	}
	return b.String()
}

// OnConflict is the end of an INSERT that changes rows whose keys exist.
func OnConflict(w *Write) string {
	sql := " ON CONFLICT (" + strings.Join(w.Quoted[:w.Keys], ",") + ") DO "
	if len(w.Quoted) == w.Keys {
		return sql + "NOTHING"
	}
	return sql + "UPDATE SET " + Assign(w.Quoted[w.Keys:], "EXCLUDED.", "")
}

// Question is the placeholder of most databases.
func Question(int) string { return "?" }

// UpdateOne is the UPDATE of one row by its keys.
func UpdateOne(w *Write, placeholder func(int) string) string {
	var b strings.Builder
	b.WriteString("UPDATE " + w.Table + " SET ")
	n := 1
	for i, name := range w.Quoted[w.Keys:] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(name + " = " + placeholder(n))
		n++
	}
	b.WriteString(" WHERE ")
	for i, name := range w.Quoted[:w.Keys] {
		if i > 0 {
			b.WriteString(" AND ")
		}
		b.WriteString(name + " = " + placeholder(n))
		n++
	}
	return b.String()
}

// DeleteSome is the DELETE of n rows by their keys.
func DeleteSome(w *Write, n int, placeholder func(int) string) string {
	keys := strings.Join(w.Quoted[:w.Keys], ",")
	if w.Keys > 1 {
		keys = "(" + keys + ")"
		return string(append(Tuples([]byte("DELETE FROM "+w.Table+" WHERE "+keys+" IN ("), n, w.Keys, placeholder), ')'))
	}
	list := Tuples(nil, 1, n, placeholder)
	return "DELETE FROM " + w.Table + " WHERE " + keys + " IN " + string(list)
}

// InsertSome is the INSERT of n rows.
func InsertSome(w *Write, n int, placeholder func(int) string) string {
	return string(Tuples([]byte("INSERT INTO "+w.Table+" ("+strings.Join(w.Quoted, ",")+") VALUES "), n, len(w.Columns), placeholder))
}

// WritesKeysLast reports whether the arguments of a row have the keys behind the others.
func (o Op) WritesKeysLast() bool { return o == Update }
