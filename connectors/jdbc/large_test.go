package jdbc_test

import (
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// TestPacketLimit writes values that are larger than max_allowed_packet of MySQL and MariaDB, which the others have no like of: each alone is refused, with
// the name of the limit. Rows that are only too large together are written.
func TestPacketLimit(t *testing.T) {
	serverEach(t, func(t *testing.T, db *database) {
		if !db.is("MySql") {
			return
		}
		former := db.text(t, "SELECT @@GLOBAL.max_allowed_packet")
		db.exec(t, "SET GLOBAL max_allowed_packet = 1048576")
		defer db.exec(t, "SET GLOBAL max_allowed_packet = "+former)
		for _, mode := range []string{"insert", "upsert"} {
			db.exec(t, "DROP TABLE IF EXISTS ~t~", "CREATE TABLE ~t~ (~id~ BIGINT NOT NULL PRIMARY KEY, ~text~ LONGTEXT)")
			props := db.config("insert.mode", mode, "pk.mode", "record_value", "pk.fields", "id", "max.retries", "2", "retry.backoff.ms", "1")
			row := func(id int64, size int) message {
				return of(numbered, data.Int64(id), data.String(strings.Repeat("x", size)))
			}
			var together []message
			for id := range int64(60) {
				together = append(together, row(id, 100_000))
			}
			w := write(t, "t", false, props)
			w.must(together...)
			for _, size := range []int{1_040_000, 1_048_570, 1_100_000, 3_000_000, 20_000_000} { // up to the limit, it may pass
				w := write(t, "t", false, props)
				w.next = 200
				err := w.put(row(100, 10), row(101, size), row(102, 10))
				if size <= 1_048_576 && err == nil {
					db.exec(t, "DELETE FROM ~t~ WHERE ~id~ >= 100")
					continue
				}
				if err == nil || connect.ClassOf(err) == connect.Retriable || w.retried > 0 {
					t.Fatalf("%s of %d bytes: %v after %d tries: %v", mode, size, err, w.retried, w.reason)
				}
				for _, want := range []string{"topic t, partition 0, offset 201: ", "table t", "max_allowed_packet"} {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%s of %d bytes: the error does not say %q: %v", mode, size, want, err)
					}
				}
				t.Logf("%s of %d bytes: %v", mode, size, err)
			}
			tolerant := write(t, "t", true, props)
			tolerant.must(row(100, 10), row(101, 3_000_000), row(102, 10))
			if len(tolerant.letters.offsets) != 1 || tolerant.letters.offsets[0] != 1 {
				t.Errorf("dead letters %v: %v", tolerant.letters.offsets, tolerant.letters.errs)
			}
			if got := db.text(t, "SELECT count(*), sum(length(~text~)) FROM ~t~"); got != "62|6000020" {
				t.Errorf("the table holds %s", got)
			}
		}
	})
}
