package avro

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/convertertest"
	"github.com/moldau/moldau/test/servers"
)

func TestMain(m *testing.M) {
	code := m.Run()
	servers.Stop()
	os.Exit(code)
}

// realTopic returns the name of a topic that no other test has: a registry may serve many runs.
func realTopic() string { return "avro-" + strconv.FormatInt(time.Now().UnixNano(), 36) }

func TestRealRegistry(t *testing.T) {
	url := servers.Registry(t).URL()
	topic := realTopic()
	c := newConverter(t, url)
	s, v := convertertest.TenFields(t)
	raw := convertertest.Write(t, c, topic, s, v)
	// Another instance reads what this one registered.
	schema, back := convertertest.Read(t, newConverter(t, url), topic, raw)
	if version, _ := schema.Version(); version != 1 || back.String() != v.String() {
		t.Errorf("read %v of version %d", back, version)
	}
	// The schema evolves: a field more, which may be missing.
	wide, values := convertertest.Wide(s, v)
	second := convertertest.Write(t, c, topic, wide, data.MustStruct(wide, append(values, data.String("web"))...).Value())
	reader := newConverter(t, url)
	for range 2 {
		s1, v1 := convertertest.Read(t, reader, topic, raw)
		s2, v2 := convertertest.Read(t, reader, topic, second)
		n1, _ := s1.Version()
		n2, _ := s2.Version()
		if n1 != 1 || n2 != 2 || v1.Struct().Field("channel").String() != "null" || v2.Struct().Field("channel").String() != "web" {
			t.Errorf("versions %d and %d: %v and %v", n1, n2, v1, v2)
		}
	}
	// By the latest version an old record gets the new field's null.
	latest := newConverter(t, url, "auto.register.schemas", "false", "use.latest.version", "true")
	_, v3 := convertertest.Read(t, reader, topic, convertertest.Write(t, latest, topic, wide, data.MustStruct(wide, append(values, data.Null)...).Value()))
	if !strings.Contains(v3.String(), "customer=4711") {
		t.Errorf("read %v", v3)
	}
	// An incompatible schema is refused by the registry's rules.
	bad := convertertest.StructSchema(s.Name(), "id", data.StringSchema)
	if _, _, err := c.FromConnect(nil, topic, nil, bad, data.MustStruct(bad, data.String("x")).Value()); err == nil ||
		err.Error() != "Failed to serialize Avro data from topic "+topic+":" {
		t.Errorf("an incompatible schema: %v", err)
	}
	if _, _, err := newConverter(t, url, "auto.register.schemas", "false").FromConnect(nil, topic+"-x", nil, s, v); err == nil {
		t.Error("an unknown subject is found")
	}
}

// TestRealRegistryGuarded writes and reads through proxies that ask for credentials, and sees that they refuse those without.
func TestRealRegistryGuarded(t *testing.T) {
	r := servers.Registry(t)
	certs := servers.NewCerts(t, t.TempDir())
	part := base64.RawURLEncoding.EncodeToString
	token := part([]byte(`{"alg":"none"}`)) + "." + part([]byte(`{"sub":"me","exp":4102444800}`)) + "." + part([]byte("x"))
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"access_token":%q}`, token) }))
	t.Cleanup(tokens.Close)
	basic, bearer := servers.Front{User: "test", Password: "se:cret"}, servers.Front{Token: token, Headers: map[string]string{"target-sr-cluster": "lsrc-1"}}
	secure, mutual := servers.Front{Certs: &certs}, servers.Front{Certs: &certs, ClientCertificate: true}
	trust := []string{"schema.registry.ssl.truststore.type", "PKCS12", "schema.registry.ssl.truststore.location", certs.TrustP12,
		"schema.registry.ssl.truststore.password", servers.StorePassword}
	with := func(more ...string) []string { return append(slices.Clone(trust), more...) }
	for name, c := range map[string]struct {
		front  servers.Front
		inURL  string
		props  []string
		refuse bool
	}{
		"user info": {front: basic, props: []string{"basic.auth.credentials.source", "USER_INFO", "basic.auth.user.info", "test:se:cret"}},
		"URL":       {front: basic, inURL: "test:se%3Acret@"},
		"SASL": {front: basic, props: []string{"basic.auth.credentials.source", "SASL_INHERIT", "sasl.mechanism", "PLAIN", "sasl.jaas.config",
			`org.apache.kafka.common.security.plain.PlainLoginModule required username="test" password="se:cret";`}},
		"no password":    {front: basic, refuse: true},
		"wrong password": {front: basic, inURL: "test:x@", refuse: true},
		"token": {front: bearer, props: []string{"bearer.auth.credentials.source", "STATIC_TOKEN", "bearer.auth.token", token,
			"bearer.auth.logical.cluster", "lsrc-1"}},
		"OAuth": {front: bearer, props: []string{"bearer.auth.credentials.source", "OAUTHBEARER", "bearer.auth.issuer.endpoint.url", tokens.URL,
			"bearer.auth.client.id", "me", "bearer.auth.client.secret", "s", "bearer.auth.logical.cluster", "lsrc-1"}},
		"TLS":           {front: secure, props: trust},
		"TLS, distrust": {front: secure, refuse: true},
		"mTLS PKCS12": {front: mutual, props: with("schema.registry.ssl.keystore.type", "PKCS12", "schema.registry.ssl.keystore.location", certs.ClientP12,
			"schema.registry.ssl.keystore.password", servers.StorePassword)},
		"mTLS JKS": {front: mutual, props: with("schema.registry.ssl.keystore.location", certs.ClientJKS, "schema.registry.ssl.keystore.password",
			servers.StorePassword, "schema.registry.ssl.key.password", servers.StorePassword)},
		"mTLS PEM":             {front: mutual, props: with("schema.registry.ssl.keystore.type", "PEM", "schema.registry.ssl.keystore.location", certs.ClientPEM)},
		"mTLS, no certificate": {front: mutual, props: trust, refuse: true},
	} {
		t.Run(name, func(t *testing.T) {
			url := strings.Replace(r.Front(t, c.front), "://", "://"+c.inURL, 1)
			topic := realTopic()
			s, v := convertertest.TenFields(t)
			raw, _, err := newConverter(t, url, c.props...).FromConnect(nil, topic, nil, s, v)
			if c.refuse {
				if err == nil || strings.Contains(err.Error(), "se:cret") {
					t.Fatalf("without the credentials: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, back := convertertest.Read(t, newConverter(t, url, c.props...), topic, raw); back.String() != v.String() {
				t.Errorf("read %v", back)
			}
		})
	}
}
