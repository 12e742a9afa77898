package jdbc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/data"
)

// TestLastingRows writes a key that is there to a table whose rows cannot be undone, without anybody to report it to: the error names that record, not one
// that the same put wrote before it, and no row comes twice.
func TestLastingRows(t *testing.T) {
	serverEach(t, func(t *testing.T, db *database) {
		if !db.is("MySql") {
			return
		}
		db.exec(t, "CREATE TABLE ~t~ (~id~ BIGINT NOT NULL, ~text~ VARCHAR(40) UNIQUE) ENGINE = MyISAM", "INSERT INTO ~t~ VALUES (1, 'taken')")
		w := write(t, "t", false, db.config("insert.mode", "insert"))
		var rows []message
		for id := range int64(30) {
			text := data.String(fmt.Sprint("row ", id))
			if id == 20 {
				text = data.String("taken")
			}
			rows = append(rows, of(numbered, data.Int64(id+100), text))
		}
		err := w.put(rows...)
		if err == nil || !strings.Contains(err.Error(), "taken") || strings.Contains(err.Error(), "offset 0:") {
			t.Errorf("the error is %v", err)
		}
		if got := db.text(t, "SELECT count(*), count(DISTINCT ~id~) FROM ~t~"); got != fmt.Sprintf("%d|%[1]d", 21) {
			t.Errorf("the table holds %s", got)
		}
	})
}
