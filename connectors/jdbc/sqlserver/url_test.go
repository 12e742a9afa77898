package sqlserver

import (
	"strings"
	"testing"
	"time"

	"github.com/microsoft/go-mssqldb/msdsn"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

func TestURL(t *testing.T) {
	for url, want := range map[string]struct {
		host, instance, database, user, password, token string
		port                                            uint64
		encryption                                      msdsn.Encryption
		trust                                           bool
	}{
		`jdbc:sqlserver://db.example:1434;databaseName=shop;user=u;password={a;b}}c};encrypt=true;trustServerCertificate=true`: {host: "db.example", port: 1434, database: "shop", user: "u", password: "a;b}c",
			encryption: msdsn.EncryptionRequired, trust: true},
		`jdbc:sqlserver://db.example\SALES;database=shop;userName=u;password=p;encrypt=false`: {host: "db.example", instance: "SALES", database: "shop", user: "u", password: "p"},
		`jdbc:sqlserver://db.example\SALES:1500;user=u;password=p;encrypt=strict`:             {host: "db.example", port: 1500, user: "u", password: "p", encryption: msdsn.EncryptionStrict},
		`jdbc:sqlserver://;serverName=h;portNumber=1555;user=d\u;password=p`:                  {host: "h", port: 1555, user: `d\u`, password: "p", encryption: msdsn.EncryptionRequired},
		`jdbc:sqlserver://[::1]:1433;accessToken=abc`:                                         {host: "::1", port: 1433, token: "abc", encryption: msdsn.EncryptionRequired},
		`jdbc:sqlserver://h;password=tok`:                                                     {host: "h", token: "tok", encryption: msdsn.EncryptionRequired},
		`jdbc:microsoft:sqlserver://h:1433;DatabaseName=x;user=u;password=p`:                  {host: "h", port: 1433, database: "x", user: "u", password: "p", encryption: msdsn.EncryptionRequired},
		`jdbc:jtds:sqlserver://h:1433/shop;instance=I;domain=D;user=u;password=p`:             {host: "h", port: 1433, database: "shop", user: `D\u`, password: "p", encryption: msdsn.EncryptionDisabled},
		`jdbc:jtds:sqlserver://h/shop;instance=I;ssl=require;user=u;password=p`:               {host: "h", instance: "I", database: "shop", user: "u", password: "p", encryption: msdsn.EncryptionRequired, trust: true},
	} {
		u, err := dialect.ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		c, err := configure(dialect.Target{URL: u})
		d := c.driver
		if err != nil || d.Host != want.host || d.Instance != want.instance || want.port != 0 && d.Port != want.port || d.Database != want.database || d.User != want.user || d.Password != want.password ||
			c.token != want.token || d.Encryption != want.encryption || d.TrustServerCertificate != want.trust || len(c.notes) > 0 {
			t.Errorf("%s: %v, host %s, instance %s, port %d, database %s, user %s, password %s, token %s, encryption %v, trust %v, notes %v", url, err, d.Host, d.Instance, d.Port, d.Database, d.User, d.Password,
				c.token, d.Encryption, d.TrustServerCertificate, c.notes)
		}
	}
}

func TestURLRefused(t *testing.T) {
	for url, want := range map[string]string{
		"jdbc:sqlserver:h":                                                 "two slashes",
		"jdbc:jtds:sybase://h":                                             "sqlserver only",
		"jdbc:sqlserver://h;password={secret":                              "no closing brace",
		"jdbc:sqlserver://h:x":                                             "no port",
		"jdbc:sqlserver://h;encrypt=perhaps":                               "encrypt=perhaps",
		"jdbc:sqlserver://h;integratedSecurity=true":                       "NTLM",
		"jdbc:sqlserver://h;authentication=ActiveDirectoryInteractive":     "accessToken",
		"jdbc:sqlserver://h;columnEncryptionSetting=Enabled":               "Always Encrypted",
		"jdbc:sqlserver://h;socketTimeout=soon":                            "socketTimeout",
		"jdbc:sqlserver://h;password=secret;serverCertificate=/none/c.pem": "certificate",
	} {
		u, err := dialect.ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = configure(dialect.Target{URL: u}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestParametersReported(t *testing.T) {
	u, _ := dialect.ParseURL("jdbc:sqlserver://h;user=u;trustStore=/x;odd=1;selectMethod=cursor;sendTimeAsDatetime=false;lockTimeout=500;socketTimeout=1500")
	c, err := configure(dialect.Target{URL: u, User: "own", Properties: map[string]string{"applicationName": "shop"}})
	if err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(c.notes, "\n")
	if !strings.Contains(notes, "trustStore of the connection has no effect: give a PEM file") || !strings.Contains(notes, "odd of the connection has no effect: it is not known") || strings.Contains(notes, "sendTime") {
		t.Errorf("notes %q", notes)
	}
	if c.driver.User != "own" || c.driver.AppName != "shop" || c.driver.ConnTimeout != 1500*time.Millisecond || len(c.session) != 1 || c.session[0] != "SET LOCK_TIMEOUT 500" {
		t.Errorf("%+v, session %q", c.driver, c.session)
	}
}
