//go:build unix

package e2e

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// plants are secrets, each of its own, and where they were put.
type plants struct {
	mu  sync.Mutex
	all map[string]string
}

// plant returns a new secret for a place.
func (p *plants) plant(place string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil {
		p.all = map[string]string{}
	}
	secret := fmt.Sprintf("pl4nt&%d-%s/q", len(p.all), place)
	p.all[secret] = place
	return secret
}

// sighted returns the places whose secret is in a text, in whatever form.
func (p *plants) sighted(text string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var places []string
	for secret, place := range p.all {
		asJSON, _ := json.Marshal(secret)
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(string(asJSON), `"`),
			base64.StdEncoding.EncodeToString([]byte("user:" + secret)), strings.ReplaceAll(secret, "&", "%26")} {
			if strings.Contains(text, form) {
				places = append(places, place)
				break
			}
		}
	}
	slices.Sort(places)
	return places
}

// vaultServer is a Vault that repeats its token in refusals, as no server should.
func vaultServer(t *testing.T, token string, secrets map[string]any) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var answer any
		switch {
		case strings.HasSuffix(r.URL.Path, "/lookup-self"):
			answer = map[string]any{"data": map[string]any{"ttl": 0}}
		case r.URL.Path == "/v1/secret/app":
			answer = map[string]any{"data": secrets}
		default:
			w.WriteHeader(http.StatusForbidden)
			answer = map[string]any{"errors": []string{"permission denied for " + token + " " + r.Header.Get("X-Vault-Token")}}
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// jaas is a JAAS configuration with a password.
func jaas(password string) string {
	return `org.apache.kafka.common.security.plain.PlainLoginModule required username="user" password="` + password + `";`
}

// worker puts secrets wherever a worker's file may hold them.
func (p *plants) worker(t *testing.T, dir string) []string {
	t.Helper()
	login := write(t, dir, "jaas.conf", "KafkaClient {\n  "+jaas(p.plant("JAAS file"))+"\n};\n")
	token := p.plant("parameter of a provider")
	server := vaultServer(t, token, map[string]any{"password": p.plant("secret of Vault"), "url": p.plant("secret of Vault in a URL"), "number": p.plant("secret of Vault where a number is due")})
	write(t, dir, "secrets.properties", "password="+p.plant("FileConfigProvider")+"\nworker="+p.plant("FileConfigProvider in the worker")+"\nclass="+p.plant("FileConfigProvider as a class")+"\n")
	if err := os.Mkdir(filepath.Join(dir, "mounted"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "mounted"), "password", p.plant("DirectoryConfigProvider"))
	t.Setenv("MOLDAU_E2E_SECRET", p.plant("EnvVarConfigProvider"))
	return []string{
		"ssl.truststore.password=" + p.plant("worker's ssl.truststore.password"),
		"ssl.key.password=${file:" + dir + "/secrets.properties:worker}",
		"sasl.jaas.config=" + jaas(p.plant("worker's sasl.jaas.config")),
		"producer.sasl.jaas.config=" + jaas(p.plant("worker's producer.sasl.jaas.config")),
		"consumer.ssl.keystore.password=" + p.plant("worker's consumer.ssl.keystore.password"),
		"admin.ssl.key.password=" + p.plant("worker's admin.ssl.key.password"),
		"listeners.https.ssl.keystore.password=" + p.plant("password of the REST API's keystore"),
		"value.converter.basic.auth.user.info=user:" + p.plant("user info of the worker's converter"),
		"unknown.password=" + p.plant("worker's unknown key"),
		"java.security.auth.login.config=" + login,
		"config.providers=file,dir,env,vault",
		"config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider",
		"config.providers.dir.class=org.apache.kafka.common.config.provider.DirectoryConfigProvider",
		"config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider",
		"config.providers.env.param.allowlist.pattern=MOLDAU_E2E_.*",
		"config.providers.vault.class=io.confluent.csid.config.provider.vault.VaultConfigProvider",
		"config.providers.vault.param.vault.address=" + server,
		"config.providers.vault.param.vault.auth.token=" + token,
		"config.providers.vault.param.vault.secrets.version=1",
		"config.providers.vault.param.vault.max.retries=0",
	}
}

// connector puts secrets wherever a connector's configuration may hold them.
func (p *plants) connector(dir, topic string) map[string]string {
	config := source(filepath.Join(dir, "input.txt"), topic)
	for key, text := range map[string]string{
		"db.password":                               p.plant("connector's password"),
		"api.token":                                 p.plant("connector's token"),
		"aws.secret.access.key":                     p.plant("connector's secret key"),
		"connection.url":                            "jdbc:postgresql://user:" + url.PathEscape(p.plant("user of connection.url")) + "@127.0.0.1/db?password=" + url.QueryEscape(p.plant("parameter of connection.url")),
		"from.file.password":                        "${file:" + dir + "/secrets.properties:password}",
		"from.directory.password":                   "${dir:" + dir + "/mounted:password}",
		"from.environment":                          "${env:MOLDAU_E2E_SECRET}",
		"from.vault":                                "${vault:secret/app:password}",
		"mixed.url":                                 "http://user:${vault:secret/app:url}@127.0.0.1/",
		"producer.override.ssl.key.password":        p.plant("producer.override.ssl.key.password"),
		"producer.override.sasl.jaas.config":        jaas(p.plant("producer.override.sasl.jaas.config")),
		"consumer.override.ssl.truststore.password": p.plant("consumer.override.ssl.truststore.password"),
		"admin.override.sasl.jaas.config":           jaas(p.plant("admin.override.sasl.jaas.config")),
		"value.converter.basic.auth.user.info":      "user:" + p.plant("user info of the connector's converter"),
		"transforms":                                "mask",
		"transforms.mask.type":                      "org.apache.kafka.connect.transforms.HoistField$Value",
		"transforms.mask.field":                     "line",
		"transforms.mask.password":                  p.plant("unknown key of a transformation"),
	} {
		config[key] = text
	}
	return config
}

// failing are connectors whose errors would quote a secret.
func (p *plants) failing(dir, topic string) map[string]map[string]string {
	with := func(more ...string) map[string]string {
		config := source(filepath.Join(dir, "input.txt"), topic)
		for i := 0; i < len(more); i += 2 {
			config[more[i]] = more[i+1]
		}
		return config
	}
	registry := "http://user:" + url.PathEscape(p.plant("password in the registry's URL")) + "@127.0.0.1:1"
	return map[string]map[string]string{
		"registry": with("value.converter", "io.confluent.connect.avro.AvroConverter", "value.converter.schema.registry.url", registry,
			"value.converter.basic.auth.credentials.source", "URL", "value.converter.max.retries", "0"),
		"lookup": with("transforms", "h,x", "transforms.h.type", "org.apache.kafka.connect.transforms.HoistField$Value", "transforms.h.field", "line",
			"transforms.x.type", "moldau.transforms.HttpLookup$Value", "transforms.x.url", "http://user:"+url.PathEscape(p.plant("password in HttpLookup's URL"))+"@127.0.0.1:1/{line}",
			"transforms.x.field", "answer", "transforms.x.retries", "0",
			"transforms.x.headers", "Authorization:Bearer "+p.plant("header of HttpLookup"), "transforms.x.auth.type", "bearer", "transforms.x.auth.token", p.plant("token of HttpLookup")),
		"key":      with("producer.override.security.protocol", "SSL", "producer.override.ssl.keystore.type", "PEM", "producer.override.ssl.keystore.key", p.plant("PEM key that is none"), "producer.override.ssl.keystore.certificate.chain", "none"),
		"login":    with("producer.override.security.protocol", "SASL_PLAINTEXT", "producer.override.sasl.jaas.config", "org.apache.kafka.X required password="+p.plant("JAAS configuration with a mistake")+"\" ;"),
		"number":   with("tasks.max", "${vault:secret/app:number}"),
		"class":    with("value.converter", "${file:"+dir+"/secrets.properties:class}"),
		"provider": with("from.vault", "${vault:secret/forbidden:password}"),
	}
}

// TestSecretsStayInside plants secrets and looks for them in all that a worker emits.
func TestSecretsStayInside(t *testing.T) {
	for _, mode := range []string{"standalone", "distributed"} {
		t.Run(mode, func(t *testing.T) { secretsStayInside(t, mode) })
	}
}

func secretsStayInside(t *testing.T, mode string) {
	dir := t.TempDir()
	add(t, filepath.Join(dir, "input.txt"), "one\ntwo\n")
	p := &plants{}
	more := p.worker(t, dir)
	var w *process
	bootstrap := broker(t)
	if mode == "standalone" {
		w = moldau(t, dir, mode, worker(t, dir, more...))
	} else {
		w = moldau(t, dir, mode, member(t, dir, bootstrap, "planted", more...))
	}
	a := w.rest()
	if mode == "distributed" {
		a = a.joined()
	}
	a.want(http.StatusOK, http.MethodPut, "/admin/loggers/root", map[string]string{"level": "TRACE"})

	var answers strings.Builder
	ask := func(method, path string, body any) (int, string) {
		t.Helper()
		code, text, err := a.call(method, path, body)
		if err != nil {
			t.Fatal(err)
		}
		// A client sees again what it wrote where it asks for a configuration, as in Java; everything else must be clean.
		echo := code < 300 && (strings.HasSuffix(path, "/config") || strings.HasSuffix(path, "/good") || strings.Contains(path, "expand=info") || strings.HasSuffix(path, "/tasks"))
		if !echo {
			fmt.Fprintf(&answers, "%s %s: %d %s\n", method, path, code, text)
		}
		return code, text
	}
	config := p.connector(dir, "planted")
	if code, text := ask(http.MethodPut, "/connectors/good/config", config); code != http.StatusCreated {
		t.Fatalf("%d %s", code, text)
	}
	a.running("good")
	if got := consume(t, bootstrap, "planted", 2); len(got) != 2 {
		t.Errorf("got %v", got)
	}
	validate := map[string]string{"name": "good"}
	for k, v := range config {
		validate[k] = v
	}
	_, outcome := ask(http.MethodPut, "/connector-plugins/FileStreamSource/config/validate", validate)
	if !strings.Contains(outcome, `"error_count":0`) {
		t.Errorf("the validation says %s", outcome)
	}
	for name, config := range p.failing(dir, "planted-"+mode) {
		code, text := ask(http.MethodPut, "/connectors/"+name+"/config", config)
		if code == http.StatusCreated {
			trace := a.failed(name)
			fmt.Fprintln(&answers, trace)
		} else if code < 400 || text == "" {
			t.Errorf("%s: %d %s", name, code, text)
		}
		ask(http.MethodGet, "/connectors/"+name+"/status", nil)
		// The value of a key that only the client gave is the client's own: what counts is that providers' values stay out.
		ask(http.MethodPut, "/connector-plugins/FileStreamSource/config/validate", map[string]string{"name": name, "connector.class": "FileStreamSource", "topic": "t",
			"tasks.max": "${vault:secret/app:number}", "value.converter": "${file:" + dir + "/secrets.properties:class}", "file": "${env:MOLDAU_E2E_SECRET}"})
	}
	// What config providers give becomes names of keys and groups here.
	ask(http.MethodPut, "/connector-plugins/FileStreamSource/config/validate", map[string]string{"name": "names", "connector.class": "FileStreamSource", "topic": "t",
		"transforms": "${file:" + dir + "/secrets.properties:password}", "predicates": "${env:MOLDAU_E2E_SECRET}", "topic.creation.groups": "${vault:secret/app:password}"})
	for _, path := range []string{"/", "/health", "/connectors", "/connectors?expand=status", "/connectors/good/status", "/connectors/good/tasks/0/status", "/connectors/good/topics",
		"/connectors/good/offsets", "/connector-plugins?connectorsOnly=false", "/admin/loggers", "/metrics", "/api/dlq"} {
		ask(http.MethodGet, path, nil)
	}
	ask(http.MethodPost, "/connectors/good/restart?includeTasks=true", nil)
	p.badRequests(t, a)

	_, shown := ask(http.MethodGet, "/connectors/good/config", nil)
	for _, placeholder := range []string{"${vault:secret/app:password}", "${env:MOLDAU_E2E_SECRET}"} {
		if !strings.Contains(shown, placeholder) {
			t.Errorf("the configuration lost %s: %s", placeholder, shown)
		}
	}
	_, info := ask(http.MethodGet, "/connectors?expand=info&expand=status", nil)
	_, tasks := ask(http.MethodGet, "/connectors/good/tasks", nil)
	for _, place := range p.sighted(shown + info + tasks) {
		if strings.Contains(place, "Provider") || strings.Contains(place, "Vault") {
			t.Errorf("a configuration shows the secret of %s", place)
		}
	}
	bundle := supportBundle(t, a.url)
	if code := w.stop(syscall.SIGTERM); code != 143 && code != 0 {
		t.Errorf("exit code %d", code)
	}

	emitted := map[string]string{"support bundle": bundle, "log": w.out.String(), "standard error": w.errOut.String(), "answers": answers.String()}
	if mode == "distributed" {
		emitted["status topic"] = records(t, bootstrap, "planted-status")
		emitted["offset topic"] = records(t, bootstrap, "planted-offsets")
		for _, place := range p.sighted(records(t, bootstrap, "planted-configs")) {
			if strings.Contains(place, "Provider") || strings.Contains(place, "Vault") {
				t.Errorf("the config topic holds the secret of %s", place)
			}
		}
	}
	emitted["files"] = filesOf(t, dir)
	for where, text := range emitted {
		for _, place := range p.sighted(text) {
			t.Errorf("%s: the secret of %s shows", where, place)
		}
	}
	if !strings.Contains(emitted["log"], "DEBUG") || !strings.Contains(emitted["answers"], "FAILED") || !strings.Contains(emitted["answers"], "[hidden]") || len(p.all) < 30 {
		t.Errorf("the test does not test: %d plants, %d bytes of log", len(p.all), len(emitted["log"]))
	}
}

// badRequests sends bodies that cannot be read: the answers quote them to their sender, the log must not.
func (p *plants) badRequests(t *testing.T, a api) {
	t.Helper()
	for _, body := range []string{
		`{"name":"x","config":{"password":["` + p.plant("array in a body") + `"]}}`,
		`{"name":"x","config":{"password":"` + p.plant("body that ends early") + `"`,
		`{"name":"x","config":"` + p.plant("text in place of a configuration") + `"}`,
		`{"name":"x","initial_state":"` + p.plant("unknown state") + `"}`,
		`{"name":"x","config":{"name":"x","no.class.password":"` + p.plant("configuration without a class") + `"}}`,
	} {
		req, err := http.NewRequest(http.MethodPost, a.url+"/connectors", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.SetBasicAuth("user", p.plant("Authorization header"))
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode < 400 {
			t.Errorf("%s: %d", body, resp.StatusCode)
		}
	}
}

// records returns keys, values and headers of all records of a topic.
func records(t *testing.T, bootstrap, topic string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := kafkaClient(t, bootstrap, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	ends, err := kadm.NewClient(c).ListEndOffsets(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	left := int64(0)
	ends.Each(func(o kadm.ListedOffset) { left += o.Offset })
	var b strings.Builder
	for left > 0 {
		fetches := c.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			t.Fatalf("%d records of %s are missing: %v", left, topic, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			left--
			fmt.Fprintf(&b, "%s %s %v\n", r.Key, r.Value, r.Headers)
		})
	}
	return b.String()
}

// filesOf returns what the worker wrote into its directory: all files but those of the test.
func filesOf(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Dir(path) == filepath.Join(dir, "mounted") ||
			slices.Contains([]string{"worker.properties", "connect-distributed.properties", "secrets.properties", "jaas.conf"}, d.Name()) {
			return err
		}
		text, err := os.ReadFile(path)
		b.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMaskedConfigurations(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	add(t, filepath.Join(dir, "input.txt"), "one\n")
	p := &plants{}
	a := moldau(t, dir, "standalone", worker(t, dir, "moldau.rest.mask.secrets=true")).rest()
	config := source(filepath.Join(dir, "input.txt"), "masked")
	config["db.password"], config["connection.url"] = p.plant("password"), "http://user:"+url.PathEscape(p.plant("url"))+"@host/"
	config["placeholder.password"] = "${none:key}"
	seen := a.want(http.StatusCreated, http.MethodPut, "/connectors/c/config", config)
	var shown map[string]string
	text := a.want(http.StatusOK, http.MethodGet, "/connectors/c/config", nil)
	if err := json.Unmarshal([]byte(text), &shown); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"db.password": "[hidden]", "connection.url": "http://user:[hidden]@host/", "placeholder.password": "${none:key}"} {
		if shown[key] != want {
			t.Errorf("%s is shown as %q", key, shown[key])
		}
	}
	shown["batch.size"] = "7"
	seen += text + a.want(http.StatusOK, http.MethodPut, "/connectors/c/config", shown)
	seen += a.want(http.StatusOK, http.MethodPatch, "/connectors/c/config", map[string]string{"db.password": "[hidden]"})
	seen += a.want(http.StatusOK, http.MethodGet, "/connectors?expand=info", nil)
	seen += a.want(http.StatusOK, http.MethodGet, "/connectors/c", nil)
	seen += a.want(http.StatusOK, http.MethodGet, "/connectors/c/tasks", nil)
	shown["name"] = "c"
	seen += a.want(http.StatusOK, http.MethodPut, "/connector-plugins/FileStreamSource/config/validate", shown)
	if places := p.sighted(seen); len(places) > 0 {
		t.Errorf("secrets show: %v", places)
	}
	masked := source("x", "t")
	masked["db.password"] = "[hidden]"
	refused := a.want(http.StatusBadRequest, http.MethodPut, "/connectors/new/config", masked)
	if !strings.Contains(refused, "db.password") {
		t.Errorf("got %s", refused)
	}
}
