package dialect

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// Usual is what most databases have in common. A dialect embeds it and declares what is different there.
type Usual struct{}

// Fold implements Catalog: names stay as they are written.
func (Usual) Fold(name string) string { return name }

// Placeholder implements Reader.
func (Usual) Placeholder(int) string { return "?" }

// TimeColumn implements Reader.
func (Usual) TimeColumn(quoted string) string { return quoted }

// Compared implements Reader.
func (Usual) Compared(t time.Time) time.Time { return t }

// BeginWrite implements Writer.
func (Usual) BeginWrite() string { return "BEGIN" }

// Savepoint implements Writer.
func (Usual) Savepoint() (set, back, release string) {
	return "SAVEPOINT moldau", "ROLLBACK TO SAVEPOINT moldau", "RELEASE SAVEPOINT moldau"
}

// Can implements Writer.
func (Usual) Can(Op) bool { return true }

// AddColumns implements Writer. IF NOT EXISTS is left out: the sink looks at the table again when another task was first.
func (Usual) AddColumns(table string, columns []string) []string {
	return []string{"ALTER TABLE " + table + " ADD " + strings.Join(columns, ", ADD ")}
}

// QuoteWith encloses an identifier in quotation marks; those within it are doubled.
func QuoteWith(mark, name string) string {
	return mark + strings.ReplaceAll(name, mark, mark+mark) + mark
}

// OneOf reports whether a kind of tables, such as VIEW, is among those asked for.
func OneOf(kinds []string, kind string) bool {
	return slices.ContainsFunc(kinds, func(k string) bool { return strings.EqualFold(k, kind) })
}

// Isolation returns the level that a transaction.isolation.mode stands for in the words of the SQL standard, "" for the default. The keys'
// values are misspelled in Java; both spellings are taken.
func Isolation(database, mode string) (string, error) {
	switch mode {
	case "", "DEFAULT":
		return "", nil
	case "READ_UNCOMMITED", "READ_UNCOMMITTED":
		return "READ UNCOMMITTED", nil
	case "READ_COMMITED", "READ_COMMITTED":
		return "READ COMMITTED", nil
	case "REPEATABLE_READ":
		return "REPEATABLE READ", nil
	case "SERIALIZABLE":
		return "SERIALIZABLE", nil
	}
	return "", errors.New(database + " has no transaction.isolation.mode=" + mode)
}

// Levels makes the statement of BeginRead where a database has all levels of the SQL standard and one statement sets them.
func Levels(database, mode, statement string) (string, error) {
	level, err := Isolation(database, mode)
	if level == "" {
		return "", err
	}
	return statement + " " + level, nil
}

// MostRows is the most rows of a statement that takes so many rows and so many parameters.
func MostRows(op Op, columns, rows, parameters int) int {
	if op == Update {
		return 1
	}
	return max(1, min(rows, parameters/max(1, columns)))
}

// OffsetColumns are the columns of the table of offsets, made of four types: a text of 255 characters, one of 249, which is the longest name
// of a topic, and whole numbers of 32 and 64 bits. Texts must compare by their bytes.
func OffsetColumns(text, topic, number, long string) string {
	return "(connector " + text + " NOT NULL, topic " + topic + " NOT NULL, kafka_partition " + number + " NOT NULL, epoch " + long + " NOT NULL, next_offset " + long +
		", PRIMARY KEY (connector, topic, kafka_partition))"
}
