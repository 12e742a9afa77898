package mysql

import (
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

func TestURL(t *testing.T) {
	u, err := dialect.ParseURL("jdbc:mysql://db.example:3307/shop?useSSL=false&connectTimeout=1500&sessionVariables=sql_mode='ANSI'&rewriteBatchedStatements=true&serverTimezone=UTC&odd=1")
	if err != nil {
		t.Fatal(err)
	}
	c, notes, err := configure(dialect.Target{URL: u, User: "u", Password: "p", Properties: map[string]string{"socketTimeout": "2000"}})
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "db.example:3307" || c.DBName != "shop" || c.User != "u" || c.Passwd != "p" || c.TLS != nil || c.Timeout != 1500*time.Millisecond || c.ReadTimeout != 2*time.Second || c.Params["sql_mode"] != "'ANSI'" {
		t.Errorf("configured %+v", c)
	}
	if text := strings.Join(notes, "\n"); !strings.Contains(text, "serverTimezone") || !strings.Contains(text, "odd of the connection has no effect: it is not known") || strings.Contains(text, "rewrite") {
		t.Errorf("notes %q", notes)
	}
}

func TestStrict(t *testing.T) {
	for rest, want := range map[string]string{
		"//h/db":                                    "CONCAT(@@sql_mode,',STRICT_TRANS_TABLES')",
		"//h/db?jdbcCompliantTruncation=false":      "",
		"//h/db?sessionVariables=sql_mode%3D'ANSI'": "'ANSI'",
	} {
		c, notes, err := configure(dialect.Target{URL: dialect.URL{Protocol: "mysql", Rest: rest}})
		if err != nil || len(notes) > 0 || c.Params["sql_mode"] != want {
			t.Errorf("%s: %v %v %v", rest, c.Params, notes, err)
		}
	}
}
