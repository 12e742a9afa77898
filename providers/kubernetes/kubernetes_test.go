package kubernetes

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
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

// apiServer answers as kube-apiserver does.
func apiServer(t *testing.T) *httptest.Server {
	t.Helper()
	b64 := base64.StdEncoding.EncodeToString
	objects := map[string]string{
		"/api/v1/namespaces/kafka/secrets/db": fmt.Sprintf(`{"kind":"Secret","data":{"password":%q,"ca-1.crt":%q,"ca-2.crt":%q}}`,
			b64([]byte("pw")), b64([]byte("one")), b64([]byte("two"))),
		"/api/v1/namespaces/kafka/configmaps/settings": `{"kind":"ConfigMap","data":{"host":"h"}}`,
		"/api/v1/namespaces/kafka/secrets/broken":      `{"kind":"Secret","data":{"password":"%%"}}`,
	}
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, basic := r.BasicAuth()
		if r.Header.Get("Authorization") != "Bearer kube-token" && (!basic || user != "u" || password != "kube-password") {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"kind":"Status","message":"Unauthorized","code":401}`)
			return
		}
		object, ok := objects[r.URL.Path]
		if strings.Contains(r.URL.Path, "/forbidden/") {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"kind":"Status","message":"secrets \"db\" is forbidden: User \"x\" cannot get resource \"secrets\"","code":403}`)
			return
		}
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"kind":"Status","message":"secrets \"none\" not found","code":404}`)
			return
		}
		fmt.Fprint(w, object)
	}))
	t.Cleanup(s.Close)
	return s
}

func certificate(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

// kube writes a kubeconfig with a user.
func kube(t *testing.T, s *httptest.Server, user string) string {
	t.Helper()
	return write(t, t.TempDir(), "config", fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: here
clusters:
- name: one
  cluster:
    server: %s
    certificate-authority-data: %s
contexts:
- {name: other, context: {cluster: none, user: none}}
- name: here
  context: {cluster: one, user: me, namespace: kafka}
users:
- name: me
  user:
    %s
`, s.URL, base64.StdEncoding.EncodeToString(certificate(s)), user))
}

func provider(t *testing.T, k kind, props map[string]string) *Provider {
	t.Helper()
	return providertest.Configured(t, &Provider{kind: k}, props)
}

func TestResources(t *testing.T) {
	t.Parallel()
	s := apiServer(t)
	config := kube(t, s, "token: kube-token")
	type values = map[string]string
	for name, c := range map[string]struct {
		kind  kind
		props values
		path  string
		keys  []string
		want  connect.ConfigData
		err   string
	}{
		"all":         {kind: secrets, path: "kafka/db", want: connect.ConfigData{Values: values{"password": "pw", "ca-1.crt": "one", "ca-2.crt": "two"}}},
		"default":     {kind: secrets, path: "db", keys: []string{"password"}, want: connect.ConfigData{Values: values{"password": "pw"}}},
		"wildcards":   {kind: secrets, path: "db", keys: []string{"*.crt", "ca-[!2]*", "none"}, want: connect.ConfigData{Values: values{"*.crt": "one\ntwo", "ca-[!2]*": "one", "none": ""}}},
		"separator":   {kind: secrets, props: values{"separator": " ", "ttl.ms": "1000"}, path: "db", keys: []string{"ca-{1,2}.crt"}, want: connect.ConfigData{Values: values{"ca-{1,2}.crt": "one two"}, TTL: time.Second}},
		"config map":  {kind: configMaps, path: "kafka/settings", keys: []string{"host"}, want: connect.ConfigData{Values: values{"host": "h"}, Public: true}},
		"missing":     {kind: secrets, path: "kafka/none", err: "Secret none in namespace kafka not found"},
		"forbidden":   {kind: secrets, path: "forbidden/db", err: "Failed to retrieve Secret db from Kubernetes namespace forbidden: GET"},
		"not base 64": {kind: secrets, path: "broken", err: "the value of the key password is not in base 64"},
		"no pattern":  {kind: secrets, path: "db", keys: []string{"["}, err: "is not a pattern"},
		"bad path":    {kind: secrets, path: "a/b/c", err: "Invalid path a/b/c. It has to be in format <namespace>/<secret> (or <secret> for default namespace)."},
		"traversal":   {kind: secrets, path: "../db", err: "Invalid path ../db."},
		"upwards":     {kind: secrets, path: "kafka/..", err: "Invalid path kafka/.."},
	} {
		p := providertest.Configured(t, &Provider{kind: c.kind}, values{"kubeconfig": config}, c.props)
		providertest.Lookup{Path: c.path, Keys: c.keys, Want: c.want, Err: c.err}.Check(t, name, p)
	}
}

func TestUsersOfKubeconfigs(t *testing.T) {
	t.Parallel()
	s := apiServer(t)
	dir := t.TempDir()
	file := write(t, dir, "token", "kube-token\n")
	program := write(t, dir, "login", "#!/bin/sh\necho '{\"kind\":\"ExecCredential\",\"status\":{\"token\":\"'$KUBE_TEST_TOKEN'\",\"expirationTimestamp\":\"2100-01-01T00:00:00Z\"}}'\n")
	for name, user := range map[string]string{
		"file":     "tokenFile: " + file,
		"password": "{username: u, password: kube-password}",
		"program":  fmt.Sprintf("exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/sh, args: [%s], env: [{name: KUBE_TEST_TOKEN, value: kube-token}]}", program),
	} {
		data, err := provider(t, secrets, map[string]string{"kubeconfig": kube(t, s, user)}).Get(t.Context(), "db", []string{"password"})
		if err != nil || data.Values["password"] != "pw" {
			t.Errorf("%s: got %v, %v", name, data.Values, err)
		}
	}
	_, err := provider(t, secrets, map[string]string{"kubeconfig": kube(t, s, "token: wrong-token")}).Get(t.Context(), "db", nil)
	if err == nil || !strings.Contains(err.Error(), "401: Unauthorized") || strings.Contains(err.Error(), "wrong-token") {
		t.Errorf("got %v", err)
	}
	_, err = provider(t, secrets, map[string]string{"kubeconfig": kube(t, s, "exec: {command: /bin/false}")}).Get(t.Context(), "db", nil)
	if err == nil || !strings.Contains(err.Error(), "gave no token") {
		t.Errorf("got %v", err)
	}
}

func TestRefusedTokensOfProgramsAreReplaced(t *testing.T) {
	t.Parallel()
	s := apiServer(t)
	dir := t.TempDir()
	const answer = "echo run >> %s\necho '{\"kind\":\"ExecCredential\",\"status\":{\"token\":\"'%s'\"}}'\n"
	runs := filepath.Join(dir, "runs")
	program := write(t, dir, "login", fmt.Sprintf("#!/bin/sh\nif [ -e %s ]; then token=kube-token; else token=old; fi\n"+answer, runs, runs, "$token"))
	p := provider(t, secrets, map[string]string{"kubeconfig": kube(t, s, "exec: {command: /bin/sh, args: ["+program+"]}")})
	for range 2 {
		data, err := p.Get(t.Context(), "db", []string{"password"})
		if err != nil || data.Values["password"] != "pw" {
			t.Fatalf("got %v, %v", data.Values, err)
		}
	}
	refused := filepath.Join(dir, "refused")
	program = write(t, dir, "other", fmt.Sprintf("#!/bin/sh\n"+answer, refused, "wrong"))
	_, err := provider(t, secrets, map[string]string{"kubeconfig": kube(t, s, "exec: {command: /bin/sh, args: ["+program+"]}")}).Get(t.Context(), "db", nil)
	if err == nil || !strings.Contains(err.Error(), "401: Unauthorized") {
		t.Errorf("got %v", err)
	}
	for _, file := range []string{runs, refused} {
		text, err := os.ReadFile(file)
		if err != nil || strings.Count(string(text), "run") != 2 {
			t.Errorf("%s: %q, %v", file, text, err)
		}
	}
}

func TestMistakesInKubeconfigs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for text, want := range map[string]string{
		"a: [":               "is no YAML of that form",
		"current-context: x": "has no context x",
		"current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]":                                                                      "has no cluster c",
		"current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: 'https://h'}}]":               "has no user u",
		"current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {certificate-authority: none}}]\n":     "Cannot read a file",
		"current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {certificate-authority-data: '%'}}]\n": "not in base 64",
		"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: ''}}]\nusers: [{name: ''}]\n":          "is no URL",
	} {
		if _, err := fromKubeconfig(write(t, dir, "config", text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", text, err)
		}
	}
	if _, err := fromKubeconfig(filepath.Join(dir, "none")); err == nil {
		t.Error("a file that is not there")
	}
}

func TestPod(t *testing.T) {
	s := apiServer(t)
	host, port, _ := strings.Cut(strings.TrimPrefix(s.URL, "https://"), ":")
	t.Setenv("KUBERNETES_SERVICE_HOST", host)
	t.Setenv("KUBERNETES_SERVICE_PORT", port)
	dir := t.TempDir()
	write(t, dir, "token", "kube-token")
	write(t, dir, "namespace", "kafka\n")
	write(t, dir, "ca.crt", string(certificate(s)))
	c, err := fromPod(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.http.Close()
	data, err := (&Provider{kind: secrets, cluster: c, values: provider(t, secrets, map[string]string{"kubeconfig": kube(t, s, "token: x")}).values}).Get(t.Context(), "db", []string{"password"})
	if err != nil || data.Values["password"] != "pw" {
		t.Errorf("got %v, %v", data.Values, err)
	}
	t.Setenv("KUBECONFIG", "")
	t.Setenv("HOME", dir)
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	if _, err := findCluster(""); err == nil || !strings.Contains(err.Error(), "No Kubernetes cluster") {
		t.Errorf("got %v", err)
	}
	t.Setenv("KUBECONFIG", "/none"+string(filepath.ListSeparator)+kube(t, s, "token: kube-token"))
	if c, err := findCluster(""); err != nil || c.namespace != "kafka" {
		t.Errorf("got %v", err)
	}
}
