package mysql

import (
	"io"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// TestNothingToLoad has a server that asks for rows when none are loaded.
func TestNothingToLoad(t *testing.T) {
	if n, err := (&loadReader{}).Read(make([]byte, 10)); n != 0 || err != io.EOF {
		t.Errorf("%d %v", n, err)
	}
}

func TestClassify(t *testing.T) {
	for number, want := range map[uint16]dialect.Fault{1020: dialect.Busy, 1213: dialect.Busy, 1045: dialect.Login, 1452: dialect.Parent, 1062: dialect.Unique, 1054: dialect.Changed, 9999: dialect.Unknown} {
		if got := (Dialect{}).Classify(&driver.MySQLError{Number: number}); got != want {
			t.Errorf("error %d: %s, want %s", number, got, want)
		}
	}
}
