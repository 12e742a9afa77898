package gcp

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/providers/internal/providertest"
)

// server is Secret Manager and the token service in one.
func server(t *testing.T) string {
	t.Helper()
	secrets := map[string]string{
		"projects/p/secrets/db/versions/latest":      `{"user":"u","password":"pw","port":1}`,
		"projects/p/secrets/db/versions/2":           `{"password":"old"}`,
		"projects/77/secrets/db/versions/latest":     `{"password":"other"}`,
		"projects/p/secrets/stagedb/versions/latest": `{"password":"staged"}`,
		"projects/p/secrets/text/versions/latest":    "plain-secret",
		"projects/p/secrets/damaged/versions/latest": "damaged-secret",
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			if err := r.ParseForm(); err != nil || r.Form.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" || strings.Count(r.Form.Get("assertion"), ".") != 2 {
				t.Errorf("asked for a token by %v", r.Form)
			}
			fmt.Fprint(w, `{"access_token":"gcp-token","token_type":"Bearer","expires_in":3600}`)
			return
		}
		if r.URL.Path == "/refused" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error":"invalid_grant","error_description":"repeats gcp-assertion"}`)
			return
		}
		if r.Header.Get("Authorization") != "Bearer gcp-token" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		name := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/v1/"), ":access")
		content, ok := secrets[name]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprintf(w, `{"error":{"code":404,"message":"Secret [%s] not found or has no versions.","status":"NOT_FOUND"}}`, name)
			return
		}
		sum := crc32.Checksum([]byte(content), crc32.MakeTable(crc32.Castagnoli))
		if strings.Contains(name, "damaged") {
			sum++
		}
		fmt.Fprintf(w, `{"name":%q,"payload":{"data":%q,"dataCrc32c":"%d"}}`, name, base64.StdEncoding.EncodeToString([]byte(content)), sum)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func account(t *testing.T, tokenURL string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{"type": "service_account", "client_email": "x@p.iam.gserviceaccount.com", "private_key_id": "1", "token_uri": tokenURL,
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	url := server(t)
	file := filepath.Join(t.TempDir(), "account.json")
	if err := os.WriteFile(file, []byte(account(t, url+"/token")), 0o600); err != nil {
		t.Fatal(err)
	}
	type values = map[string]string
	for name, c := range map[string]struct {
		style style
		props map[string]string
		path  string
		keys  []string
		want  values
		ttl   time.Duration
		err   string
	}{
		"old":           {style: style{ttl: 300000}, path: "db", keys: []string{"password", "none"}, want: values{"password": "pw"}, ttl: 5 * time.Minute},
		"Confluent":     {style: style{needsAllKeys: true}, path: "db", want: values{"user": "u", "password": "pw", "port": "1"}},
		"parameters":    {path: "db?version=2&ttl=1000", want: values{"password": "old"}, ttl: time.Second},
		"other project": {path: "db?projectid=77", want: values{"password": "other"}},
		"prefix":        {props: map[string]string{"secret.prefix": "stage"}, path: "db", want: values{"password": "staged"}},
		"text":          {props: map[string]string{"use.json": "false"}, path: "text", want: values{"text": "plain-secret"}},
		"no JSON":       {path: "text", err: "Secret body must be a json object"},
		"damaged":       {path: "damaged", err: "its checksum differs"},
		"missing":       {path: "none", err: "Exception thrown while reading secret 'projects/p/secrets/none/versions/latest'"},
		"missing key":   {style: style{needsAllKeys: true}, path: "db", keys: []string{"none"}, err: "Key(s) 'none' are missing for request 'db'"},
		"refused":       {props: map[string]string{"credential.location": "Inline", "credential.inline": account(t, url+"/refused")}, path: "db", err: "no token from Google Cloud: 401 Unauthorized"},
	} {
		p := providertest.Configured(t, &Provider{style: c.style},
			map[string]string{"project.id": "p", "endpoint": url, "credential.location": "File", "credential.file": file, "retry.count": "1"}, c.props)
		providertest.Lookup{Path: c.path, Keys: c.keys, Want: connect.ConfigData{Values: c.want, TTL: c.ttl}, Err: c.err, Secrets: []string{"-secret", "gcp-"}}.Check(t, name, p)
	}
}

func TestMistakes(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "/none/application.json")
	for want, props := range map[string]map[string]string{
		"Missing required configuration \"project.id\"": {},
		"credential.location":                           {"project.id": "p", "credential.location": "Nowhere"},
		"Cannot be null or blank.":                      {"project.id": "p", "credential.location": "File"},
		"credential.inline cannot be null or blank":     {"project.id": "p", "credential.location": "Inline"},
		"no JSON object with a type":                    {"project.id": "p", "credential.location": "Inline", "credential.inline": "inline-secret"},
		"of type service_account cannot be used":        {"project.id": "p", "credential.location": "Inline", "credential.inline": `{"type":"service_account","private_key":1}`},
		"Cannot read the credentials":                   {"project.id": "p", "credential.location": "File", "credential.file": "/none"},
		"Cannot find the default credentials":           {"project.id": "p"},
		"endpoint is no URL":                            {"project.id": "p", "endpoint": "x"},
	} {
		providertest.Refuses(t, &Provider{}, props, want, "inline-secret")
	}
}
