package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

func TestURL(t *testing.T) {
	u, err := dialect.ParseURL("jdbc:postgresql://a.example,b.example:5433/shop?currentSchema=sales&ssl=true&sslfactory=org.postgresql.ssl.NonValidatingFactory&connectTimeout=7&reWriteBatchedInserts=true&" +
		"targetServerType=secondary&password=in%26url&user=u&socketTimeout=3&odd=1")
	if err != nil {
		t.Fatal(err)
	}
	c, notes, err := configure(dialect.Target{URL: u})
	if err != nil {
		t.Fatal(err)
	}
	if c.Host != "a.example" || c.Port != 5432 || len(c.Fallbacks) == 0 || c.Database != "shop" || c.User != "u" || c.Password != "in&url" || c.RuntimeParams["search_path"] != "sales" ||
		c.TLSConfig == nil || !c.TLSConfig.InsecureSkipVerify || c.ConnectTimeout != 7*time.Second || c.ValidateConnect == nil {
		t.Errorf("configured %+v", c.RuntimeParams)
	}
	if text := strings.Join(notes, "\n"); !strings.Contains(text, "socketTimeout") || !strings.Contains(text, "odd") || strings.Contains(text, "reWrite") {
		t.Errorf("notes %q", notes)
	}
	if _, _, err := configure(dialect.Target{URL: dialect.URL{Protocol: "postgresql", Rest: "//h/db?password=secret%&x"}}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a broken URL: %v", err)
	}
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{"plain": "plain", "": "", "a\tb\nc\rd\\e": `a\tb\nc\rd\\e`, "\\": `\\`} {
		if got := string(escape([]byte(in), 0, "\\\n\r\t", copyAs)); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}
