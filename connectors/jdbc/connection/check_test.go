package connection

import (
	"errors"
	"strings"
	"testing"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/mysql"
	"github.com/moldau/moldau/connectors/jdbc/oracle"
	"github.com/moldau/moldau/connectors/jdbc/postgres"
	"github.com/moldau/moldau/connectors/jdbc/sqlserver"
)

// TestSecretsAreMasked lets a driver repeat the URL it was given, as it stands and as drivers write theirs: no error says a password.
func TestSecretsAreMasked(t *testing.T) {
	all := []dialect.Dialect{postgres.Dialect{}, mysql.Dialect{}, sqlserver.Dialect{}, oracle.Dialect{}}
	for _, address := range []string{
		"jdbc:postgresql://h/db?user=u&password=pA@ss", "jdbc:postgresql://h/db?user=u&sslpassword=pA@ss", "jdbc:mysql://u:pA%40ss@h/db", "jdbc:mysql://h/db?password=pA%40ss",
		"jdbc:sqlserver://h;user=u;password=pA@ss", "jdbc:sqlserver://h;user=u;password={pA@ss};encrypt=false", "jdbc:sqlserver://h;accessToken=pA@ss", "jdbc:jtds:sqlserver://h/db;user=u;password=pA@ss",
		"jdbc:oracle:thin:u/pA@ss@h:1521:sid", `jdbc:oracle:thin:u/"pA@ss"@//h:1521/service`, "jdbc:oracle:thin:@//h:1521/service?oracle.net.wallet_password=pA%40ss",
		"jdbc:oracle:thin:u/pA@ss@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=h)(PORT=1521))(CONNECT_DATA=(SID=s)))",
	} {
		s, err := Find(all, address, "", "", "", nil)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		for _, text := range []string{"dialing " + address, "cannot parse oracle://u:pA%40ss@h", "login of u with pA@ss failed"} {
			if got := s.explain(errors.New(text), dialect.Network).Error(); strings.Contains(got, "pA") {
				t.Errorf("%s: %s", address, got)
			}
		}
	}
	for _, keys := range []struct{ password, property string }{{"pA@ss", ""}, {"", "pA@ss"}} {
		s, err := Find(all, "jdbc:sqlserver://h;user=u;password=other", "", "", keys.password, map[string]string{"trustStorePassword": keys.property})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.explain(errors.New("pA@ss and other"), dialect.Login).Error(); strings.Contains(got, "pA") || strings.Contains(got, "other") {
			t.Errorf("%+v: %s", keys, got)
		}
	}
}
