package sqlserver

import (
	"strings"
	"testing"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/dialect/dialecttest"
)

// TestSynonym describes a synonym by the columns of what it stands for.
func TestSynonym(t *testing.T) {
	row := []string{"shop", "sales", "orders", "U", "id", "bigint", "19", "0", "0", "0", "1", "0", "1"}
	conn := dialecttest.Answers(func(sql string, args ...any) [][]string {
		switch {
		case strings.Contains(sql, "FROM [shop].sys.synonyms") && args[0] == "[shop].[dbo].[short]":
			return [][]string{{"[sales].[orders]"}}
		case strings.Contains(sql, "FROM [shop].sys.synonyms") && args[0] == "[shop].[dbo].[away]":
			return [][]string{{"[other].[sales].[orders]"}}
		case strings.Contains(sql, "FROM [shop].sys.objects") && args[1] == "[shop].[sales].[orders]", strings.Contains(sql, "FROM [other].sys.objects") && args[1] == "[other].[sales].[orders]":
			return [][]string{row}
		}
		return nil
	})
	for name, want := range map[string]string{"short": "SYNONYM", "away": "SYNONYM", "none": ""} {
		id := dialect.TableID{Catalog: "shop", Schema: "dbo", Name: name}
		got, err := Dialect{}.Describe(t.Context(), conn, id)
		if err != nil || (got == nil) != (want == "") || got != nil && (got.ID != id || got.Kind != want || len(got.Columns) != 1 || !got.Columns[0].Key) {
			t.Errorf("%s is %+v, %v", name, got, err)
		}
	}
}
