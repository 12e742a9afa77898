// Package sqlite is the dialect of SQLite files, in the process itself. Values are stored as the Java driver stores them: points in time
// as milliseconds since 1970, decimals as texts that the column's affinity turns into numbers.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	engine "modernc.org/sqlite"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Dialect is the dialect of SQLite.
type Dialect struct{ dialect.Usual }

// Name implements dialect.Dialect.
func (Dialect) Name() string { return "SqliteDatabaseDialect" }

// Protocols implements dialect.Dialect.
func (Dialect) Protocols() []string { return []string{"sqlite"} }

// Quote implements dialect.Catalog.
func (Dialect) Quote(name string) string { return dialect.QuoteWith(`"`, name) }

// MaxIdentifier implements dialect.Catalog.
func (Dialect) MaxIdentifier() (int, bool) { return 0, false }

// pragmas are parameters of the Java driver that are pragmas of SQLite.
var pragmas = []string{"busy_timeout", "journal_mode", "foreign_keys", "synchronous", "cache_size", "temp_store", "locking_mode", "recursive_triggers", "case_sensitive_like",
	"journal_size_limit", "page_size", "secure_delete", "max_page_count", "mmap_size", "auto_vacuum", "encoding"}

var idle = map[string]string{"date_class": "points in time are written as milliseconds, and read in any form", "date_precision": "points in time are written as milliseconds",
	"date_string_format": "texts are read in the usual forms", "transaction_mode": "a sink's transactions are IMMEDIATE", "shared_cache": "a task has one connection",
	"user": "SQLite has no users", "password": "SQLite has no users", "open_mode": ""}

// Check implements dialect.Dialect.
func (d Dialect) Check(t dialect.Target) ([]string, error) {
	_, notes, err := dsn(t)
	return notes, err
}

// dsn returns the name under which the engine opens the file.
func dsn(t dialect.Target) (string, []string, error) {
	path, query, _ := strings.Cut(strings.TrimPrefix(t.URL.Rest, "file:"), "?")
	if strings.HasPrefix(path, ":resource:") {
		return "", nil, errors.New("connection.url: a database within a jar cannot be opened; give the path of a file, as in jdbc:sqlite:/data/shop.db")
	}
	if path == "" {
		path = ":memory:"
	}
	params, err := url.ParseQuery(query)
	if err != nil {
		return "", nil, fmt.Errorf("connection.url: the parameters behind ? cannot be read: %w", err)
	}
	var p dialect.Params
	for k := range params {
		p.Set(k, params.Get(k))
	}
	p.SetAll(t.Properties)
	q := url.Values{}
	if p.Take("busy_timeout") == "" {
		p.Set("busy_timeout", "3000") // as the Java driver has it
	}
	for _, name := range pragmas {
		if v := p.Take(name); v != "" {
			if strings.ContainsAny(v, "();'\" ") {
				return "", nil, fmt.Errorf("the parameter %s of the connection has a value that is no word or number", name)
			}
			q.Add("_pragma", name+"("+v+")")
		}
	}
	for _, name := range []string{"mode", "cache", "vfs", "immutable"} {
		if v := p.Take(name); v != "" {
			q.Set(name, v)
		}
	}
	file := (&url.URL{Path: path}).EscapedPath()
	return "file:" + file + "?" + q.Encode(), p.Rest(idle), nil
}

// Open implements dialect.Dialect.
func (d Dialect) Open(ctx context.Context, t dialect.Target) (dialect.Conn, error) {
	name, _, err := dsn(t)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	return dialect.OverSQL(ctx, db, dialect.TypeByValue(typeOf))
}

// typeOf names the type of a column that has none in the schema, such as count(*), by its first value; a null has none.
func typeOf(c dialect.Cell) string {
	if c.Null {
		return ""
	}
	switch c.Value.(type) {
	case int64:
		return "BIGINT"
	case float64:
		return "DOUBLE"
	}
	return "TEXT"
}

// Classify implements dialect.Dialect by the result code.
func (Dialect) Classify(err error) dialect.Fault {
	var e *engine.Error
	if !errors.As(err, &e) {
		if errors.Is(err, fs.ErrNotExist) {
			return dialect.Absent
		}
		if dialect.IsNetwork(err) {
			return dialect.Network
		}
		return dialect.Unknown
	}
	switch e.Code() {
	case 787: // SQLITE_CONSTRAINT_FOREIGNKEY
		return dialect.Parent
	case 1555, 2067, 2579: // SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE, _ROWID
		return dialect.Unique
	}
	switch e.Code() & 0xff {
	case 5, 6, 13: // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL
		return dialect.Busy
	case 18, 19, 20: // SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH
		return dialect.Row
	case 14: // SQLITE_CANTOPEN
		return dialect.Absent
	case 1:
		if text := e.Error(); strings.Contains(text, "no such table") || strings.Contains(text, "no such column") || strings.Contains(text, "has no column") {
			return dialect.Changed
		}
	}
	return dialect.Unknown
}

var (
	_ dialect.Dialect   = Dialect{}
	_ dialect.OneWriter = Dialect{}
)
