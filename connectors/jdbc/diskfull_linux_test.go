package jdbc_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// smallDisk is a directory with so much space that the servers may write to.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "moldau-disk-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(dir) }) // the server may have left something
	if err := errors.Join(os.Chmod(dir, 0o755), os.Mkdir(filepath.Join(dir, "d"), 0o755)); err != nil {
		t.Fatal(err)
	}
	disk := filepath.Join(dir, "d")
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size="+size+",mode=777"); errors.Is(err, unix.EPERM) {
		_ = os.Remove(disk)
		t.Skip("a small disk cannot be mounted: run this test as root, in a container with CAP_SYS_ADMIN")
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(unix.Unmount(disk, unix.MNT_DETACH), os.Remove(disk)); err != nil {
			t.Error(err)
		}
	})
	if os.Getuid() == 0 {
		const nobody = 65534 // PostgreSQL wants to own the directory of a tablespace
		if err := os.Chown(disk, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	return disk
}

// TestDiskFull writes to a table whose disk fills up: that is tried again, as Java does it, and goes on once there is space. Nothing is lost or reported.
// MariaDB does not outlive a full tmpfs; a table in memory that reaches its size has the error of a disk that is full (ER_RECORD_FILE_FULL).
func TestDiskFull(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		props := db.config("insert.mode", "upsert", "pk.mode", "record_value", "pk.fields", "id", "max.retries", "1000", "retry.backoff.ms", "1")
		columns := " (~id~ BIGINT NOT NULL PRIMARY KEY, ~text~ VARCHAR(500))"
		create := []string{"CREATE TABLE ~t~" + columns, "CREATE TABLE ~filler~" + columns}
		free := "DELETE FROM ~filler~"
		switch {
		case db.is("Postgre"):
			space := "small_" + db.text(t, "SELECT current_database()")
			create = append([]string{"CREATE TABLESPACE " + space + " LOCATION '" + smallDisk(t, "3m") + "'", "SET default_tablespace = " + space}, create...)
			defer db.exec(t, "DROP TABLE ~t~", "DROP TABLE IF EXISTS ~filler~", "SET default_tablespace = ''", "DROP TABLESPACE "+space)
			free = "DROP TABLE ~filler~"
		case db.is("MySql"):
			create = []string{"SET max_heap_table_size = 2097152", create[0] + " ENGINE = MEMORY", "CREATE VIEW ~filler~ AS SELECT * FROM ~t~"}
			free = "DELETE FROM ~t~ WHERE ~id~ >= 1000000"
		default:
			props["connection.url"] += "&max_page_count=500"
		}
		db.exec(t, create...)
		random := rand.New(rand.NewPCG(1, 2))
		text := func() string { // which no database makes shorter
			b := make([]byte, 500)
			for i := range b {
				b[i] = byte('a' + random.IntN(26))
			}
			return string(b)
		}
		for id := range 200 {
			db.exec(t, fmt.Sprintf("INSERT INTO ~filler~ VALUES (%d, '%s')", 1_000_000+id, text()))
		}
		const put = 100
		rows := func(from int) []message {
			all := make([]message, put)
			for i := range all {
				all[i] = of(numbered, data.Int64(int64(from+i)), data.String(text()))
			}
			return all
		}
		w := write(t, "t", true, props)
		w.most = 3
		at := 0
		var full error
		var last []message
		for full == nil && at < 20_000 {
			last = rows(at)
			if full = w.put(last...); full == nil {
				at += put
			}
		}
		t.Logf("after %d rows: %v", at, full)
		if full == nil || connect.ClassOf(full) != connect.Retriable || !strings.Contains(full.Error(), "full") && !strings.Contains(full.Error(), "No space left") || !strings.Contains(full.Error(), "table t") {
			t.Fatalf("the disk is full: %v", full)
		}
		if got := db.text(t, "SELECT count(*) FROM ~t~ WHERE ~id~ < 1000000"); got != itoa(at) && !db.is("MySql") { // whose memory knows no transactions
			t.Errorf("%s rows, want %d", got, at)
		}
		few := write(t, "t", true, withKeys(props, "max.retries", "1"))
		few.next = 100_000
		if err := few.put(last...); err == nil || connect.ClassOf(err) == connect.Retriable || !strings.Contains(err.Error(), "2 tries did not help") {
			t.Errorf("the disk stays full: %v", err)
		}
		db.exec(t, free)
		w.most = 10000
		w.must(last...)
		if got := db.text(t, "SELECT count(*), count(DISTINCT ~id~), min(length(~text~)) FROM ~t~ WHERE ~id~ < 1000000"); got != fmt.Sprintf("%d|%[1]d|500", at+put) {
			t.Errorf("the table holds %s, want %d rows", got, at+put)
		}
		if len(w.letters.errs)+len(few.letters.errs) > 0 {
			t.Errorf("dead letters: %v, %v", w.letters.errs, few.letters.errs)
		}
	})
}
