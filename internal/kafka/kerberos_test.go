package kafka

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/keytab"
)

const krb5Module = "com.sun.security.auth.module.Krb5LoginModule required "

const krb5Conf = "[libdefaults]\ndefault_realm = TEST.LOCAL\ndns_canonicalize_hostname = false\n[realms]\nTEST.LOCAL = {\n  kdc = 127.0.0.1:1\n}\n"

// keytabOf writes a keytab of test@TEST.LOCAL.
func keytabOf(t *testing.T) string {
	t.Helper()
	k := keytab.New()
	if err := k.AddEntry("test", "TEST.LOCAL", "pw", time.Now(), 1, 18); err != nil {
		t.Fatal(err)
	}
	data, err := k.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return fileOf(t, "keytab", string(data))
}

// What is wrong is said when the client is made, with the option or the key.
func TestKerberosConfigurations(t *testing.T) {
	good, conf := keytabOf(t), fileOf(t, "krb5.conf", krb5Conf)
	unreadable := fileOf(t, "unreadable", "x")
	if err := os.Chmod(unreadable, 0); err != nil {
		t.Fatal(err)
	}
	keys, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	with := func(keytab string) string {
		return krb5Module + `useKeyTab=true keyTab="` + keytab + `" principal="test";`
	}
	system := map[string]string{"java.security.krb5.conf": conf}
	service := []string{"sasl.kerberos.service.name", "kafka"}
	for name, c := range map[string]struct {
		jaas   string
		system map[string]string
		props  []string
		key    string
		want   string
	}{
		"other module":      {"a.B required;", system, service, "sasl.jaas.config", "No LoginModule found for a.B: mechanism GSSAPI takes "},
		"no service":        {with(good), system, nil, "sasl.kerberos.service.name", "No serviceName defined in either JAAS or Kafka config (sasl.kerberos.service.name)"},
		"two services":      {strings.Replace(with(good), "useKeyTab", `serviceName="x" useKeyTab`, 1), system, service, "sasl.kerberos.service.name", "Conflicting serviceName values found in JAAS and Kafka configs value in JAAS file x, value in Kafka config kafka"},
		"password wanted":   {krb5Module + ";", system, service, "sasl.jaas.config", "Could not login: the client is being asked for a password"},
		"no principal":      {krb5Module + `useKeyTab=true keyTab="` + good + `";`, system, service, "sasl.jaas.config", "Unable to obtain Principal Name for authentication"},
		"no keytab":         {with("/no/such"), system, service, "sasl.jaas.config", "the keytab (option keyTab of sasl.jaas.config) cannot be read: open /no/such: no such file"},
		"unreadable keytab": {with(unreadable), system, service, "sasl.jaas.config", "option keyTab of sasl.jaas.config"},
		"no keytab at all":  {with(conf), system, service, "sasl.jaas.config", "(option keyTab of sasl.jaas.config) is damaged"},
		"cut keytab":        {with(fileOf(t, "cut", string(keys[:len(keys)-9]))), system, service, "sasl.jaas.config", "(option keyTab of sasl.jaas.config)"},
		"empty keytab":      {with(fileOf(t, "empty", "\x05\x02")), system, service, "sasl.jaas.config", "(option keyTab of sasl.jaas.config)"},
		"no krb5.conf":      {with(good), map[string]string{"java.security.krb5.conf": "/no/such"}, service, "sasl.jaas.config", "the Kerberos configuration /no/such (system property java.security.krb5.conf, or KRB5_CONFIG) cannot be used"},
		"damaged krb5.conf": {with(good), map[string]string{"java.security.krb5.conf": fileOf(t, "bad", "[libdefaults]\nclockskew = x y z\n")}, service, "sasl.jaas.config", "cannot be used"},
		"realm without kdc": {with(good), map[string]string{"java.security.krb5.realm": "R"}, service, "sasl.jaas.config", "java.security.krb5.kdc is not"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gssapiLogin(loginOf(t, "GSSAPI", c.jaas, c.system, c.props...))
			var e *ConfigError
			if err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &e) || e.Key != c.key {
				t.Errorf("%v (%+v)\nwant %s", err, e, c.want)
			}
		})
	}
}

// Tickets and centres that are not there make the login fail, with what to look at; nothing is asked again and again.
func TestKerberosLoginsThatFail(t *testing.T) {
	t.Parallel()
	conf := fileOf(t, "krb5.conf", krb5Conf)
	missing := filepath.Join(t.TempDir(), "none")
	for name, c := range map[string]struct{ options, want string }{
		"no cache":      {`useTicketCache=true ticketCache="` + missing + `"`, "cannot be read, fill it with kinit"},
		"damaged cache": {`useTicketCache=true ticketCache="FILE:` + fileOf(t, "cc", "no cache at all") + `"`, "is damaged, or of a kind other than FILE"},
		"no centre":     {`useKeyTab=true keyTab="` + keytabOf(t) + `" principal="test@TEST.LOCAL"`, "look at the key distribution centres of " + conf},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := gssapiLogin(loginOf(t, "GSSAPI", krb5Module+c.options+";", map[string]string{"java.security.krb5.conf": conf}, "sasl.kerberos.service.name", "kafka"))
			if err != nil {
				t.Fatal(err)
			}
			defer m.(interface{ Close() }).Close()
			for range 2 {
				_, _, err := m.Authenticate(t.Context(), "localhost:1")
				var login *LoginError
				if err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &login) {
					t.Errorf("%v", err)
				}
			}
			if _, _, err := m.Authenticate(t.Context(), "localhost:1"); err == nil || !strings.Contains(err.Error(), "not tried again before") {
				t.Errorf("asked once more: %v", err)
			}
		})
	}
}

func TestPrincipals(t *testing.T) {
	t.Parallel()
	for principal, want := range map[string][2]string{"a": {"a", "R"}, "a/b@X": {"a/b", "X"}} {
		if name, realm := splitPrincipal(principal, "R"); name != want[0] || realm != want[1] {
			t.Errorf("%s: %s, %s", principal, name, realm)
		}
	}
}
