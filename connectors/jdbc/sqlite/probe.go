package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Probe implements dialect.Prober: Open makes a file that is missing, and may change its journal.
func (d Dialect) Probe(ctx context.Context, t dialect.Target) (err error) {
	if _, _, err := dsn(t); err != nil {
		return err
	}
	path, query, _ := strings.Cut(strings.TrimPrefix(t.URL.Rest, "file:"), "?")
	if path == "" || path == ":memory:" {
		return nil
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		params, _ := url.ParseQuery(query) // dsn has read it
		if mode := params.Get("mode"); mode == "ro" || mode == "rw" {
			return fmt.Errorf("mode=%s makes no file: %w", mode, err)
		}
		_, err = os.Stat(filepath.Dir(path))
		return err
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&_pragma=busy_timeout(3000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var version int
	return db.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&version)
}

var _ dialect.Prober = Dialect{}
