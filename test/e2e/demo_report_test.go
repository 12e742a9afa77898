//go:build unix

package e2e

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	_ "modernc.org/sqlite" // reads what the demo wrote
)

// sqlite opens a file of the demo for reading.
func sqlite(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&_pragma=busy_timeout(60000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// lines returns what a query finds, one line a row.
func lines(db *sql.DB, query string, args ...any) (list []string, err error) {
	rows, err := db.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		list = append(list, line)
	}
	return list, rows.Err()
}

// reported returns the newest event that the demo's report shows; it is 0 before there is one.
func (d *dev) reported() (newest int) {
	d.t.Helper()
	db := sqlite(d.t, filepath.Join(d.data, "demo", "report.db"))
	defer db.Close()
	_ = db.QueryRow(`SELECT max(last_event) FROM report`).Scan(&newest) // there is no file or no table yet
	return newest
}

// reports waits until the report shows an event after the given one.
func (d *dev) reports(after int) {
	d.t.Helper()
	d.awaitLong(fmt.Sprint("event ", after+1, " in the report"), func() error {
		if newest := d.reported(); newest <= after {
			return fmt.Errorf("the newest event is %d", newest)
		}
		return nil
	})
}

// TestDemoReport checks that the report of the demo is what the events of its orders come to, also after a kill: one row an order, its last
// state, names changed, mail addresses hidden and points in time written out.
func TestDemoReport(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	newest := 0
	for _, end := range []func(d *dev){
		func(d *dev) { d.Kill() },
		func(d *dev) { d.stop(syscall.SIGINT) },
		func(d *dev) { d.stop(syscall.SIGINT) },
	} {
		d := startDev(t, data, "--demo", "--rate", "1000")
		if !strings.Contains(d.prints(`(?s)(Databases: .*Ctrl-C)`)[1], filepath.Join(data, "demo", "report.db")) {
			t.Error("it does not say where the report is")
		}
		d.rest.running("demo-orders")
		d.rest.running("demo-report")
		d.reports(newest + 100)
		newest = d.reported()
		end(d)
	}
	events, report := sqlite(t, filepath.Join(data, "demo", "orders.db")), sqlite(t, filepath.Join(data, "demo", "report.db"))
	if err := report.QueryRow(`SELECT max(last_event) FROM report`).Scan(&newest); err != nil {
		t.Fatal(err)
	}
	const row = ` || '|' || customer || '|' || product || '|' || quantity || '|' || cents || '|' || state || '|' || `
	want, err := lines(events, `SELECT order_no || '|' || id`+row+`strftime('%Y-%m-%d %H:%M:%S', at / 1000, 'unixepoch') || '|(hidden)' FROM order_events
		WHERE id IN (SELECT max(id) FROM order_events WHERE id <= ? GROUP BY order_no) ORDER BY order_no`, newest)
	if err != nil {
		t.Fatal(err)
	}
	got, err := lines(report, `SELECT order_no || '|' || last_event`+row+`changed || '|' || email FROM report ORDER BY order_no`)
	if err != nil {
		t.Fatal(err)
	}
	if len(want) == 0 || len(want) >= newest {
		t.Fatalf("%d orders after %d events", len(want), newest)
	}
	for i := range max(len(want), len(got)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("%d orders, want %d; the %dth differs:\ngot  %v\nwant %v", len(got), len(want), i+1, at(got, i), at(want, i))
		}
	}
	if count, err := lines(events, `SELECT count(*) - max(id) FROM order_events`); err != nil || count[0] != "0" {
		t.Errorf("events are missing: %v %v", count, err)
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "none"
}
