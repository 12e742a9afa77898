package dialect

import "strings"

// TableID names a table. Catalog and Schema may be empty.
type TableID struct{ Catalog, Schema, Name string }

// String is the name without quotes, as source offsets have it: catalog.schema.table.
func (t TableID) String() string { return t.join(func(s string) string { return s }) }

// Quoted is the name for a statement.
func (t TableID) Quoted(quote func(string) string) string { return t.join(quote) }

func (t TableID) join(quote func(string) string) string {
	var parts []string
	for _, p := range []string{t.Catalog, t.Schema, t.Name} {
		if p != "" {
			parts = append(parts, quote(p))
		}
	}
	return strings.Join(parts, ".")
}

// ParseTableID reads a name of one to three parts divided by dots; parts may be quoted by quotation marks, backticks or brackets. A name
// with more dots has them in its last part.
func ParseTableID(name string) TableID {
	var parts []string
	for rest := name; ; {
		part, after, more := cutPart(rest, len(parts) == 2)
		parts = append(parts, part)
		if !more {
			break
		}
		rest = after
	}
	switch len(parts) {
	case 1:
		return TableID{Name: parts[0]}
	case 2:
		return TableID{Schema: parts[0], Name: parts[1]}
	}
	return TableID{Catalog: parts[0], Schema: parts[1], Name: parts[2]}
}

func cutPart(s string, last bool) (part, rest string, more bool) {
	closing := map[byte]string{'"': `"`, '`': "`", '[': "]"}
	if s != "" && closing[s[0]] != "" {
		end := closing[s[0]]
		var b strings.Builder
		for i := 1; i < len(s); i++ {
			if s[i:i+1] != end {
				b.WriteByte(s[i])
				continue
			}
			if strings.HasPrefix(s[i+1:], end) {
				b.WriteByte(s[i])
				i++
				continue
			}
			if i+1 == len(s) {
				return b.String(), "", false
			}
			if s[i+1] == '.' && !last {
				return b.String(), s[i+2:], true
			}
			break
		}
	}
	if last {
		return s, "", false
	}
	return strings.Cut(s, ".")
}

// Table is a table as the database describes it.
type Table struct {
	ID      TableID
	Columns []Column
	Kind    string // TABLE, VIEW, PARTITIONED TABLE
	// Lasting says that what is written to it may not be undone: its engine knows no transactions.
	Lasting bool
	// Mistakes says that an upsert takes any row with an equal value of a unique index for the one that it is to change, not only one of its key, and
	// that there are several such indexes.
	Mistakes bool
}

// Column returns the column of a name: exactly, or else the only one that differs in case, as Java's sink finds it.
func (t *Table) Column(name string) *Column {
	var found *Column
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Name == name {
			return c
		}
		if strings.EqualFold(c.Name, name) {
			if found != nil {
				return nil
			}
			found = c
		}
	}
	return found
}

// Column is a column of a table or of a result.
type Column struct {
	Name string
	// Type is the database's name of the type, without length.
	Type string
	JDBC JDBC
	// Precision and Scale are those of decimals and of fractions of a second; -1 where there are none.
	Precision, Scale int
	Unsigned         bool
	Nullable         bool
	Default          bool // it has one
	Auto             bool // the database counts it up
	Key              bool // part of the primary key
	Generated        bool // computed, never written
	Elem             *Column
}

// JDBC is a type of java.sql.Types, as far as a source tells them apart.
type JDBC uint8

// The types that have a place in Connect's data.
const (
	Other JDBC = iota
	Boolean
	Bit
	TinyInt
	SmallInt
	Integer
	BigInt
	Real
	Float
	Double
	Decimal
	Numeric
	Varchar
	Binary
	Date
	Time
	Timestamp
	Array
)

// Temporal reports whether the type is a point in time for timestamp modes.
func (j JDBC) Temporal() bool { return j == Timestamp || j == Date }

// Whole reports whether the type is one of whole numbers.
func (j JDBC) Whole() bool { return j == TinyInt || j == SmallInt || j == Integer || j == BigInt }
