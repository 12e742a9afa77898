//go:build unix

package e2e

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/moldau/moldau/connectors/jdbc"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/test/servers"
)

// database is where a JDBC connector reads or writes, and how a test looks at it. One goroutine uses it.
type database struct {
	dialect.Conn
	d     dialect.Dialect
	props map[string]string // its connection keys
}

// eachDatabase runs a test with SQLite always, with servers where integration tests were asked for.
func eachDatabase(t *testing.T, f func(t *testing.T, db *database)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, look(t, map[string]string{"connection.url": "jdbc:sqlite:" + filepath.Join(t.TempDir(), "test.db") + "?journal_mode=wal&busy_timeout=60000"}))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, look(t, servers.PostgreSQL(t).Database(t)))
	})
	t.Run("mariadb", func(t *testing.T) {
		t.Parallel()
		f(t, look(t, servers.MariaDB(t).Database(t)))
	})
}

// look connects to the database of the connection keys.
func look(t *testing.T, props map[string]string) *database {
	t.Helper()
	u, err := dialect.ParseURL(props["connection.url"])
	if err != nil {
		t.Fatal(err)
	}
	db := &database{props: props}
	if db.d, err = dialect.Find(jdbc.Dialects(), u, ""); err != nil {
		t.Fatal(err)
	}
	if db.Conn, err = db.d.Open(t.Context(), dialect.Target{URL: u, User: props["connection.user"], Password: props["connection.password"]}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // only this test used it
	return db
}

// config is the configuration of a connector with the keys of the database.
func (db *database) config(class string, more ...string) map[string]string {
	config := map[string]string{"connector.class": "io.confluent.connect.jdbc." + class, "connection.attempts": "1000", "connection.backoff.ms": "100"}
	for k, v := range db.props {
		config[k] = v
	}
	for i := 0; i < len(more); i += 2 {
		config[more[i]] = more[i+1]
	}
	return config
}

// exec runs statements.
func (db *database) exec(t *testing.T, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// number is what a query of one number finds, -1 where the table is not there yet.
func (db *database) number(t *testing.T, query string) int {
	found, err := dialect.Read(t.Context(), db, query)
	if err != nil {
		return -1
	}
	n, err := strconv.Atoi(found[0][0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// sorted checks that a query of one text finds exactly these, in any order.
func (db *database) sorted(t *testing.T, query string, want []string) {
	t.Helper()
	rows, err := dialect.Read(t.Context(), db, query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	var got []string
	for _, row := range rows {
		got = append(got, row[0])
	}
	want = slices.Sorted(slices.Values(want))
	slices.Sort(got)
	if slices.Equal(got, want) {
		return
	}
	var faults []error
	seen := map[string]int{}
	for _, line := range got {
		if seen[line]++; seen[line] == 2 {
			faults = append(faults, fmt.Errorf("%q is there twice", line))
		}
	}
	for _, line := range want {
		if seen[line] == 0 {
			faults = append(faults, fmt.Errorf("%q is missing", line))
		}
	}
	if len(faults) > 5 {
		faults = faults[:5]
	}
	t.Errorf("%d rows, want %d: %v", len(got), len(want), errors.Join(faults...))
}
