package source

import (
	"reflect"
	"testing"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/mysql"
	"github.com/moldau/moldau/connectors/jdbc/postgres"
	"github.com/moldau/moldau/connectors/jdbc/sqlserver"
)

// TestTablesOfTask reads the tables of a task as its configuration names them, whatever their names hold.
func TestTablesOfTask(t *testing.T) {
	ids := []dialect.TableID{{Name: "plain"}, {Schema: "s,1", Name: "a,b"}, {Catalog: "c", Schema: "s.2", Name: "a]],b"}, {Schema: "dbo", Name: "]"}, {Schema: "[s", Name: `a"],"b`}, {Schema: "s", Name: "a`,`b"}}
	for _, d := range []dialect.Dialect{sqlserver.Dialect{}, postgres.Dialect{}, mysql.Dialect{}} {
		if got := splitTables(joinTables(ids, d.Quote)); !reflect.DeepEqual(got, ids) {
			t.Errorf("%s: %q are %q", d.Name(), joinTables(ids, d.Quote), got)
		}
	}
	if got := splitTables("a[1],b]"); len(got) != 2 || got[0].Name != "a[1]" || got[1].Name != "b]" {
		t.Errorf("names without quotes are %q", got)
	}
}
