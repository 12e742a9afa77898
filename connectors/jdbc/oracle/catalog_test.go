package oracle

import (
	"strings"
	"testing"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/dialect/dialecttest"
)

// TestSynonym describes a synonym by the columns of what it stands for.
func TestSynonym(t *testing.T) {
	conn := dialecttest.Answers(func(sql string, args ...any) [][]string {
		switch {
		case strings.Contains(sql, "FROM all_synonyms") && args[0] == "SHORT" && args[1] == "PUBLIC":
			return [][]string{{"SHOP", "ORDERS"}}
		case strings.Contains(sql, "FROM all_tab_cols") && args[0] == "ORDERS" && args[1] == "SHOP":
			return [][]string{{"SHOP", "ORDERS", "TABLE", "ID", "NUMBER", "19", "0", "N", "0", "NO", "NO", "1"}}
		}
		return nil
	})
	for name, want := range map[string]string{"SHORT": "SYNONYM", "NONE": ""} {
		id := dialect.TableID{Schema: "PUBLIC", Name: name}
		got, err := Dialect{}.Describe(t.Context(), conn, id)
		if err != nil || (got == nil) != (want == "") || got != nil && (got.ID != id || got.Kind != want || len(got.Columns) != 1 || !got.Columns[0].Key) {
			t.Errorf("%s is %+v, %v", name, got, err)
		}
	}
}
