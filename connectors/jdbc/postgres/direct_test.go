package postgres

import (
	"testing"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// TestTries counts how often rows are tried as new ones.
func TestTries(t *testing.T) {
	var s tries
	run := func(puts int, well bool) (n int) {
		for range puts {
			if s.due() {
				s.ended(well)
				n++
			}
		}
		return n
	}
	if n := run(100, true); n != 100 {
		t.Errorf("%d of 100 while all keys are new", n)
	}
	if n := run(1000, false); n > 22 {
		t.Errorf("%d of 1000 while none is", n)
	}
	if n := run(mostSkipped+100, true); n < 50 {
		t.Errorf("%d of %d once all are again", n, mostSkipped+100)
	}
}

// TestByKey looks at the order in which rows go to the server.
func TestByKey(t *testing.T) {
	keys := []int64{5, -3, 9, 0}
	w := &dialect.Write{Op: dialect.Upsert, Keys: 1, Columns: []dialect.Column{{JDBC: dialect.BigInt}}, Rows: len(keys),
		Arg: func(row, _ int) (dialect.Arg, error) { return dialect.ArgOf(data.Int64(keys[row])), nil }}
	order, err := byKey(w)
	if err != nil || len(order) != 4 || order[0] != 1 || order[1] != 3 || order[2] != 0 || order[3] != 2 {
		t.Errorf("%v, %v", order, err)
	}
	w.Columns[0].JDBC = dialect.Varchar
	if order, err := byKey(w); order != nil || err != nil {
		t.Errorf("texts: %v, %v", order, err)
	}
}
