package azure

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/providers/internal/providertest"
)

// azure is Microsoft Entra, a metadata service and a vault in one.
type azure struct {
	*httptest.Server
	tokens atomic.Int32
}

func newAzure(t *testing.T) *azure {
	t.Helper()
	a := &azure{}
	secrets := map[string]string{
		"/secrets/db":        `{"value":"{\"password\":\"pw\"}"}`,
		"/secrets/db/2":      `{"value":"{\"password\":\"old\"}"}`,
		"/secrets/stage-db":  `{"value":"{\"password\":\"staged\"}"}`,
		"/secrets/text":      `{"value":"plain-secret","attributes":{"exp":4102444800}}`,
		"/secrets/encoded":   `{"value":"aGk=","tags":{"file-encoding":"base64"}}`,
		"/secrets/file":      `{"value":"aGk=","tags":{"file-encoding":"base64-file"}}`,
		"/secrets/utf8-file": `{"value":"text","tags":{"file-encoding":"utf8_file"}}`,
	}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token"):
			a.tokens.Add(1)
			a.entra(t, w, r)
			return
		case r.URL.Path == "/identity":
			if r.Header.Get("X-IDENTITY-HEADER") != "identity-secret" || r.URL.Query().Get("resource") != "https://vault.azure.net" || r.URL.Query().Get("client_id") != "client" {
				t.Errorf("asked for a token by %v %v", r.Header, r.URL)
			}
			fmt.Fprintf(w, `{"access_token":"azure-token","expires_on":"%d","resource":"https://vault.azure.net"}`, time.Now().Add(time.Hour).Unix())
			return
		}
		if r.Header.Get("Authorization") != "Bearer azure-token" || r.URL.Query().Get("api-version") != "7.4" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		answer, ok := secrets[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			answer = `{"error":{"code":"SecretNotFound","message":"A secret with (name/id) none was not found in this key vault."}}`
		}
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(a.Close)
	return a
}

func (a *azure) entra(t *testing.T, w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		t.Error(err)
	}
	f := r.Form
	ok := r.URL.Path == "/tenant/oauth2/v2.0/token" && f.Get("client_id") == "client" && f.Get("scope") == "https://vault.azure.net/.default"
	switch f.Get("grant_type") {
	case "client_credentials":
		ok = ok && (f.Get("client_secret") == "client-secret" || f.Get("client_assertion") == "federated-token" || a.signed(f.Get("client_assertion")))
	case "password":
		ok = ok && f.Get("username") == "user" && f.Get("password") == "user-secret"
	}
	if !ok {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided: %s","error_codes":[7000215]}`, f.Get("client_secret"))
		return
	}
	fmt.Fprint(w, `{"token_type":"Bearer","expires_in":3600,"access_token":"azure-token"}`)
}

func (a *azure) signed(assertion string) bool {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return false
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct{ Aud, Iss, Sub string }
	return err == nil && json.Unmarshal(text, &claims) == nil && claims.Aud == a.URL+"/tenant/oauth2/v2.0/token" && claims.Iss == "client" && claims.Sub == "client"
}

func certificate(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})...)
	file := filepath.Join(t.TempDir(), "client.pem")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func data(t *testing.T, p connect.ConfigProvider, props map[string]string, path string, keys ...string) (connect.ConfigData, error) {
	t.Helper()
	return providertest.Configured(t, p, props).Get(t.Context(), path, keys)
}

func TestKeyVault(t *testing.T) {
	a := newAzure(t)
	t.Setenv("AZURE_AUTHORITY_HOST", a.URL+"/")
	type values = map[string]string
	for name, c := range map[string]struct {
		style style
		props values
		path  string
		keys  []string
		want  values
		ttl   time.Duration
		err   string
	}{
		"old":         {style: style{ttl: 300000}, path: "db", keys: []string{"password", "none"}, want: values{"password": "pw"}, ttl: 5 * time.Minute},
		"Confluent":   {style: style{needsAllKeys: true}, path: "db", want: values{"password": "pw"}},
		"parameters":  {path: "db?version=2&ttl=1000", want: values{"password": "old"}, ttl: time.Second},
		"prefix":      {props: values{"secret.prefix": "stage-"}, path: "db", want: values{"password": "staged"}},
		"text":        {props: values{"use.json": "false"}, path: "text", want: values{"text": "plain-secret"}},
		"no JSON":     {path: "text", err: "Secret body must be a json object"},
		"missing":     {path: "none", err: "SecretNotFound: A secret with (name/id) none"},
		"missing key": {style: style{needsAllKeys: true}, path: "db", keys: []string{"none"}, err: "Key(s) 'none' are missing for request 'db'"},
		"traversal":   {path: "../keys", err: "must not hold the parts"},
		"refused":     {props: values{"client.secret": "wrong-secret"}, path: "db", err: "HTTP status 401: invalid_client AADSTS7000215"},
	} {
		p := providertest.Configured(t, &KeyVault{style: c.style},
			values{"vault.url": a.URL, "credential.type": "ClientSecret", "tenant.id": "tenant", "client.id": "client", "client.secret": "client-secret", "retry.count": "1"}, c.props)
		providertest.Lookup{Path: c.path, Keys: c.keys, Want: connect.ConfigData{Values: c.want, TTL: c.ttl}, Err: c.err, Secrets: []string{"-secret"}}.Check(t, name, p)
	}
}

func TestCredentials(t *testing.T) {
	a := newAzure(t)
	file := certificate(t)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("federated-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	given := map[string]string{"tenant.id": "tenant", "client.id": "client", "username": "user", "password": "user-secret", "client.certificate.path": file,
		"client.certificate.send.certificate.chain.enabled": "true"}
	all := []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_USERNAME", "AZURE_PASSWORD", "AZURE_FEDERATED_TOKEN_FILE",
		"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "AZURE_POD_IDENTITY_AUTHORITY_HOST"}
	for name, c := range map[string]struct {
		kind        string
		environment map[string]string
	}{
		"password":               {kind: "UsernamePassword"},
		"certificate":            {kind: "ClientCertificate"},
		"environment's secret":   {"DefaultAzure", map[string]string{"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client", "AZURE_CLIENT_SECRET": "client-secret"}},
		"environment's key":      {"DefaultAzure", map[string]string{"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client", "AZURE_CLIENT_CERTIFICATE_PATH": file}},
		"environment's password": {"DefaultAzure", map[string]string{"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client", "AZURE_USERNAME": "user", "AZURE_PASSWORD": "user-secret"}},
		"workload identity":      {"DefaultAzure", map[string]string{"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client", "AZURE_FEDERATED_TOKEN_FILE": token}},
		"managed identity":       {"DefaultAzure", map[string]string{"AZURE_CLIENT_ID": "client", "IDENTITY_ENDPOINT": a.URL + "/identity", "IDENTITY_HEADER": "identity-secret"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range all {
				t.Setenv(variable, c.environment[variable])
			}
			t.Setenv("AZURE_AUTHORITY_HOST", a.URL)
			props := map[string]string{"vault.url": a.URL, "credential.type": c.kind}
			for k, v := range given {
				props[k] = v
			}
			got, err := data(t, &KeyVault{}, props, "db")
			if err != nil || got.Values["password"] != "pw" {
				t.Errorf("got %v, %v", got.Values, err)
			}
		})
	}
}

func TestTokensAreKeptUntilShortlyBeforeTheirEnd(t *testing.T) {
	a := newAzure(t)
	t.Setenv("AZURE_AUTHORITY_HOST", a.URL)
	c := withSecret("tenant", "client", "client-secret")
	defer c.close()
	now := time.Now()
	c.now = func() time.Time { return now }
	for _, want := range []int32{1, 1, 2} {
		if _, err := c.token(t.Context(), "https://vault.azure.net/.default"); err != nil || a.tokens.Load() != want {
			t.Errorf("%d tokens, want %d: %v", a.tokens.Load(), want, err)
		}
		now = now.Add(40 * time.Minute)
	}
}

func TestLenses(t *testing.T) {
	a := newAzure(t)
	t.Setenv("AZURE_AUTHORITY_HOST", a.URL)
	dir := t.TempDir()
	props := map[string]string{"azure.tenant.id": "tenant", "azure.client.id": "client", "azure.secret.id": "client-secret", "file.dir": dir}
	got, err := data(t, &LensesKeyVault{}, props, a.URL, "text", "encoded", "file", "utf8-file")
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, strings.TrimPrefix(a.URL, "http://"))
	want := map[string]string{"text": "plain-secret", "encoded": "hi", "file": filepath.Join(folder, "file"), "utf8-file": filepath.Join(folder, "utf8-file")}
	if diff := cmp.Diff(want, got.Values); diff != "" || got.TTL < time.Hour {
		t.Errorf("%s, %s", diff, got.TTL)
	}
	if text, err := os.ReadFile(want["file"]); err != nil || string(text) != "hi" {
		t.Errorf("got %q, %v", text, err)
	}
	for path, want := range map[string]string{
		a.URL: "Failed to look up secret [none] at [http://127.0.0.1", "evil.example": "is no Azure Key Vault", "http://evil.example": "must have the form", "vault.azure.net.evil.example": "is no Azure Key Vault",
	} {
		if _, err := data(t, &LensesKeyVault{}, props, path, "none"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", path, err)
		}
	}
	if got, err := data(t, &LensesKeyVault{}, props, a.URL); err != nil || len(got.Values) > 0 {
		t.Errorf("got %v, %v", got, err)
	}
	for want, props := range map[string]map[string]string{
		" not set": {}, "Unsupported authentication method": {"azure.auth.method": "x"},
	} {
		providertest.Refuses(t, &LensesKeyVault{}, props, want)
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for want, props := range map[string]map[string]string{
		"Missing required configuration \"vault.url\"":                         {},
		"The URL of a vault must have the form":                                {"vault.url": "http://vault"},
		"Invalid value  for configuration tenant.id: Cannot be null or blank.": {"vault.url": "https://v", "credential.type": "ClientSecret"},
		"credential.type":                          {"vault.url": "https://v", "credential.type": "x"},
		"Cannot read the client certificate /none": {"vault.url": "https://v", "credential.type": "ClientCertificate", "tenant.id": "t", "client.id": "c", "client.certificate.path": "/none"},
		"Cannot read the keystore /none":           {"vault.url": "https://v", "credential.type": "ClientCertificate", "tenant.id": "t", "client.id": "c", "client.certificate.path": "/none", "client.certificate.type": "PFX"},
	} {
		providertest.Refuses(t, &KeyVault{}, props, want)
	}
}
