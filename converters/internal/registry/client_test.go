package registry_test

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/registry"
	"github.com/moldau/moldau/converters/internal/registry/registrytest"
	"github.com/moldau/moldau/internal/javafmt"
)

func settings(t *testing.T, props ...string) (*registry.Settings, error) {
	t.Helper()
	all := map[string]string{"max.retries": "2", "retries.wait.ms": "1", "retries.max.wait.ms": "2", "http.connect.timeout.ms": "2000"}
	for i := 0; i < len(props); i += 2 {
		all[props[i]] = props[i+1]
	}
	values, err := config.NewDef(registry.Keys()...).ParseStrings(all)
	if err != nil {
		return nil, err
	}
	return registry.Parse(values, false)
}

func newClient(t *testing.T, props ...string) *registry.Client {
	t.Helper()
	s, err := settings(t, props...)
	if err != nil {
		t.Fatal(err)
	}
	return registry.NewClient(s)
}

func intSchema(subject string) *registry.Schema {
	return &registry.Schema{Subject: subject, Type: "AVRO", Text: `"int"`}
}

// closed returns an address where nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

func TestFailover(t *testing.T) {
	t.Parallel()
	broken, good := registrytest.New(t), registrytest.New(t)
	broken.Intercept = func(w http.ResponseWriter, _ *http.Request) bool {
		registrytest.Fail(w, http.StatusServiceUnavailable, 50003, "starting")
		return true
	}
	c := newClient(t, "schema.registry.url", closed(t)+","+broken.URL+", "+good.URL+"/")
	if s, err := c.Register(intSchema("a"), false); err != nil || s.ID != 1 {
		t.Fatalf("got %v, %v", s, err)
	}
	if n := len(broken.Requests()); n != 3 {
		t.Errorf("the broken one was asked %d times, want one and two repetitions", n)
	}
	if _, err := c.Register(intSchema("b"), false); err != nil || len(broken.Requests()) != 3 {
		t.Errorf("the next request goes to the one that answered: %v, %q", err, broken.Requests())
	}
}

func TestRefusalsAreNotRepeated(t *testing.T) {
	t.Parallel()
	r, other := registrytest.New(t), registrytest.New(t)
	_, err := newClient(t, "schema.registry.url", r.URL+","+other.URL).Lookup(intSchema("no/thing"), true, false)
	var rest *registry.RestError
	if !errors.As(err, &rest) || rest.Status != 404 || rest.Code != 40401 || !strings.Contains(err.Error(), "no%2Fthing") {
		t.Errorf("got %v", err)
	}
	if len(r.Requests()) != 1 || len(other.Requests()) != 0 {
		t.Errorf("asked %q and %q", r.Requests(), other.Requests())
	}
}

func TestAnswersAreRemembered(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	r.Add("a", *intSchema("a"))
	c := newClient(t, "schema.registry.url", r.URL)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 20 {
				if s, err := c.ByID(1, "a"); err != nil || s.Text != `"int"` {
					t.Errorf("got %v, %v", s, err)
				}
			}
		})
	}
	group.Wait()
	if n := len(r.Requests()); n > 4 {
		t.Errorf("asked %d times", n)
	}
}

func TestAuthorization(t *testing.T) {
	t.Parallel()
	const bearer, basic = "Bearer tok", "Basic dTpw"
	jaas := `org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p";`
	for name, x := range map[string]struct {
		user  string
		props []string
		want  string
	}{
		"none": {"", nil, ""}, "URL": {"u:p@", nil, basic},
		"USER_INFO":     {"other:x@", []string{"basic.auth.credentials.source", "USER_INFO", "basic.auth.user.info", "u:p"}, basic},
		"old USER_INFO": {"", []string{"basic.auth.credentials.source", "USER_INFO", "schema.registry.basic.auth.user.info", "u:p"}, basic},
		"SASL_INHERIT":  {"", []string{"basic.auth.credentials.source", "SASL_INHERIT", "sasl.jaas.config", jaas}, basic},
		"with prefix":   {"", []string{"schema.registry.basic.auth.credentials.source", "USER_INFO", "schema.registry.basic.auth.user.info", "u:p"}, basic},
		"bearer":        {"", []string{"bearer.auth.credentials.source", "STATIC_TOKEN", "bearer.auth.token", "tok"}, bearer},
	} {
		r := registrytest.New(t)
		got, extra := "", ""
		r.Intercept = func(_ http.ResponseWriter, r *http.Request) bool {
			got, extra = r.Header.Get("Authorization"), r.Header.Get("X-Tenant")
			return false
		}
		props := append([]string{"schema.registry.url", strings.Replace(r.URL, "http://", "http://"+x.user, 1), "request.header.X-Tenant", "seven"}, x.props...)
		if _, err := newClient(t, props...).Register(intSchema("a"), false); err != nil || got != x.want || extra != "seven" {
			t.Errorf("%s: header %q, extra %q, %v", name, got, extra, err)
		}
	}
}

func TestWrongSettings(t *testing.T) {
	t.Parallel()
	for want, props := range map[string][]string{
		"which has no default value": {"schema.registry.url", ","},
		"http or https URLs":         {"schema.registry.url", "ftp://u:sesame@host"},
		"could not be found":         {"schema.registry.url", "http://a", "value.subject.name.strategy", "com.acme.Own"},
		"UserInfo must be provided":  {"schema.registry.url", "http://a", "basic.auth.credentials.source", "USER_INFO"},
		"may be specified":           {"schema.registry.url", "http://a", "basic.auth.credentials.source", "URL", "bearer.auth.credentials.source", "STATIC_TOKEN"},
		"Token must be provided":     {"schema.registry.url", "http://a", "bearer.auth.credentials.source", "STATIC_TOKEN"},
		"cannot be loaded":           {"schema.registry.url", "http://a", "bearer.auth.credentials.source", "CUSTOM", "bearer.auth.custom.provider.class", "a.B"},
		"bearer.auth.client.id":      {"schema.registry.url", "http://a", "bearer.auth.credentials.source", "OAUTHBEARER"},
		"bearer.auth.client.secret":  {"schema.registry.url", "http://a", "bearer.auth.credentials.source", "OAUTHBEARER", "bearer.auth.client.id", "x"},
		"bearer.auth.issuer":         {"schema.registry.url", "http://a", "bearer.auth.credentials.source", "OAUTHBEARER", "bearer.auth.client.id", "x", "bearer.auth.client.secret", "sesame"},
		"JAAS":                       {"schema.registry.url", "http://a", "bearer.auth.credentials.source", "SASL_OAUTHBEARER_INHERIT"},
		"uami.endpoint.query":        {"schema.registry.url", "http://a", "bearer.auth.credentials.source", "UAMI"},
		"doesn't provide username":   {"schema.registry.url", "http://a", "basic.auth.credentials.source", "SASL_INHERIT"},
		"Class com.acme.Context":     {"schema.registry.url", "http://a", "context.name.strategy", "com.acme.Context"},
		"no such file":               {"schema.registry.url", "http://a", "schema.registry.ssl.truststore.location", "/nowhere/x"},
	} {
		if _, err := settings(t, props...); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sesame") ||
			javafmt.ClassOf(err) != javafmt.ConfigException {
			t.Errorf("%v gives %v", props, err)
		}
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	inner := registrytest.New(t)
	server := httptest.NewUnstartedServer(inner)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte(certificate), 0o600); err != nil {
		t.Fatal(err)
	}
	key := string(clientKey(t, server.TLS.Certificates[0].PrivateKey))
	common := []string{"schema.registry.url", server.URL, "schema.registry.ssl.keystore.type", "PEM", "schema.registry.ssl.keystore.key", key,
		"schema.registry.ssl.keystore.certificate.chain", strings.ReplaceAll(certificate, "\n", " ")}
	trusting := append([]string{"schema.registry.ssl.truststore.type", "PEM", "schema.registry.ssl.truststore.location", file}, common...)
	if s, err := newClient(t, trusting...).Register(intSchema("a"), false); err != nil || s.ID != 1 {
		t.Errorf("got %v, %v", s, err)
	}
	if _, err := newClient(t, common...).Register(intSchema("a"), false); err == nil {
		t.Error("a server that nobody vouches for is trusted")
	}
}

func TestTimeoutsAreRetriable(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	stop := make(chan struct{})
	r.Intercept = func(http.ResponseWriter, *http.Request) bool {
		<-stop
		return true
	}
	t.Cleanup(func() { close(stop) })
	begin := time.Now()
	_, err := newClient(t, "schema.registry.url", r.URL, "http.read.timeout.ms", "20", "max.retries", "0").Register(intSchema("a"), false)
	w := registry.Words{Format: "Avro", ToTimeout: "late %s", To: "wrong %s"}
	got := w.Written("t", "Error", err)
	if connect.ClassOf(got) != connect.Retriable || got.Error() != "late t" || time.Since(begin) > 5*time.Second {
		t.Errorf("got %v of %v", got, err)
	}
	_, err = newClient(t, "schema.registry.url", closed(t)).Register(intSchema("a"), false)
	if got := w.Written("t", "Error", err); connect.ClassOf(got) != connect.Retriable || !strings.HasPrefix(got.Error(), "Network connection error while serializing Avro data for topic t: ") {
		t.Errorf("got %v of %v", got, err)
	}
}

func TestFrames(t *testing.T) {
	t.Parallel()
	s, err := settings(t, "schema.registry.url", "http://a")
	if err != nil {
		t.Fatal(err)
	}
	f, err := registry.NewFrame(s, false)
	if err != nil {
		t.Fatal(err)
	}
	id, _, payload, err := f.Read(nil, []byte{0, 0, 0, 1, 2, 'x'})
	if err != nil || id.ID != 258 || string(payload) != "x" {
		t.Errorf("got %v, %q, %v", id, payload, err)
	}
	guid, err := registry.ParseGUID("00010203-0405-0607-0809-0a0b0c0d0e0f")
	if err != nil {
		t.Fatal(err)
	}
	var headers connect.Headers
	if err := f.AddHeader(&headers, guid, []byte{0}); err != nil {
		t.Fatal(err)
	}
	id, more, payload, err := f.Read(&headers, []byte("x"))
	if err != nil || id.String() != "00010203-0405-0607-0809-0a0b0c0d0e0f" || string(more) != "\x00" || string(payload) != "x" {
		t.Errorf("got %v, %q, %q, %v", id, more, payload, err)
	}
	for _, raw := range []string{"", "{}", "\x00\x01", "\x01abc"} {
		if _, _, _, err := f.Read(nil, []byte(raw)); err == nil || err.Error() != "Error deserializing schema ID" {
			t.Errorf("%q: %v", raw, err)
		}
	}
	headers = connect.HeadersOf(connect.Header{Key: "__value_schema_id", Value: data.BytesOf([]byte{0, 0, 0, 0, 7})})
	if id, _, _, err := f.Read(&headers, []byte("x")); err != nil || id.ID != 7 {
		t.Errorf("an id in the header: %v, %v", id, err)
	}
}
