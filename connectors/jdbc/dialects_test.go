package jdbc_test

import (
	"strings"
	"testing"

	"github.com/moldau/moldau/connectors/jdbc"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// TestFind finds dialects by URL and by the names of Confluent's classes.
func TestFind(t *testing.T) {
	for _, c := range []struct{ url, name, want string }{
		{"jdbc:postgresql://h/d", "", "PostgreSqlDatabaseDialect"}, {"jdbc:mariadb://h/d", "", "MySqlDatabaseDialect"}, {"jdbc:sqlite:x", "", "SqliteDatabaseDialect"},
		{"jdbc:sqlserver://h", "", "SqlServerDatabaseDialect"}, {"jdbc:jtds:sqlserver://h/d", "", "SqlServerDatabaseDialect"}, {"JDBC:Microsoft:sqlserver://h", "", "SqlServerDatabaseDialect"},
		{"jdbc:oracle:thin:@//h/s", "", "OracleDatabaseDialect"}, {"jdbc:x:", "oracledatabasedialect", "OracleDatabaseDialect"},
	} {
		u, err := dialect.ParseURL(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := dialect.Find(jdbc.Dialects(), u, c.name); err != nil || d.Name() != c.want {
			t.Errorf("%s %s: %v %v", c.url, c.name, d, err)
		}
	}
	for _, c := range []struct{ url, name, want string }{
		{"jdbc:db2://h/d", "", "jdbc:db2: (Db2) are not supported; supported are jdbc:postgresql:"}, {"jdbc:redshift://h/d", "", "jdbc:redshift: (Redshift, which lacks savepoints"}, {"jdbc:snowflake://h", "", "jdbc:snowflake: are not supported"},
		{"jdbc:postgresql://h/d", "VerticaDatabaseDialect", "for Vertica, is Java's only"}, {"jdbc:postgresql://h/d", "SapHanaDatabaseDialect", "there are PostgreSqlDatabaseDialect, "}, {"jdbc:postgresql://h/d", "Nonsense", "there is no dialect Nonsense"},
	} {
		u, _ := dialect.ParseURL(c.url)
		if _, err := dialect.Find(jdbc.Dialects(), u, c.name); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v", c.url, c.name, err)
		}
	}
}

// TestNames puts quotes of every kind into names: each dialect must keep them within its own.
func TestNames(t *testing.T) {
	for _, d := range jdbc.Dialects() {
		open, end := d.Quote("")[:1], d.Quote("")[1:]
		for _, name := range []string{"plain", `a"b`, "a`b", "a]b", "a[b", "x'; DROP TABLE t; --", `"]` + "`"} {
			inner, ok := strings.CutPrefix(d.Quote(name), open)
			if ok {
				inner, ok = strings.CutSuffix(inner, end)
			}
			if !ok || strings.ReplaceAll(inner, end+end, end) != name || strings.Count(strings.ReplaceAll(inner, end+end, ""), end) != 0 {
				t.Errorf("%s: %q becomes %q", d.Name(), name, d.Quote(name))
			}
		}
	}
}
