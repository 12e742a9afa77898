//go:build unix

package e2e

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// config returns the configuration of a connector as the REST API tells it.
func (a api) config(name string) map[string]string {
	a.p.t.Helper()
	var config map[string]string
	if err := json.Unmarshal([]byte(a.want(http.StatusOK, http.MethodGet, "/connectors/"+name+"/config", nil)), &config); err != nil {
		a.p.t.Fatal(err)
	}
	return config
}

func TestPropertiesAreReadAsJavaReadsThem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := workerText(dir, broker(t))
	// The first line goes over two lines, with blanks before its rest; \u0073 is an s; the other separators and comments; a last line wins.
	text = strings.Replace(text, "bootstrap.servers=", "\t ! a comment\nboot\\\n   strap.\\u0073ervers  : ", 1)
	text = strings.Replace(text, "value.converter=org.apache", "value.converter org.apa\\\r\n   che", 1) + "offset.flush.interval.ms=100\n#offset.flush.interval.ms=soon"
	file := write(t, dir, "worker.properties", text)
	in := write(t, dir, "in put.txt", "one\n")
	// ISO 8859-1: the byte e4 is ä; \u20ac is €; an escaped blank belongs to the key, one at the end to the value.
	connector := "name = \xe4\\u20ac\\ x\nconnector.class:FileStreamSource\ntopic=grammar\nfile=" + strings.ReplaceAll(in, "/", "\\/") +
		"\nodd\\ key\\:\\==  v\\\\alue \\\n# no comment\nempty\n"
	p := moldau(t, dir, "standalone", file, write(t, dir, "c.properties", connector))
	rest := p.rest()
	p.prints("Created connector ")
	names := rest.names(t)
	if want := []string{"ä€ x"}; !slices.Equal(names, want) {
		t.Fatalf("connectors %q, want %q", names, want)
	}
	got := rest.config("%C3%A4%E2%82%AC%20x")
	want := map[string]string{"name": "ä€ x", "connector.class": "FileStreamSource", "topic": "grammar", "file": in, "odd key:=": `v\alue # no comment`, "empty": ""}
	if !maps.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if got := consume(t, broker(t), "grammar", 1); got[0] != "one" {
		t.Errorf("the String converter of the worker file gives one, not %q", got[0])
	}
}

func TestConnectorFilesOfEveryForm(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := write(t, dir, "in.txt", "")
	config := func(name string) string {
		return fmt.Sprintf(`"connector.class": "FileStreamSource", "file": %q, "topic": "forms", "tasks.max": 1%s`, in, name)
	}
	p := moldau(t, dir, "standalone", worker(t, dir),
		properties(t, dir, "c3", source(in, "forms")),
		write(t, dir, "c1.json", `{"name": "c1", "config": {`+config("")+`}}`),
		write(t, dir, "c2.properties", `{`+config(`, "name": "c2"`)+`}`), // the form is told by the text and not by the file's name
		write(t, dir, "c4.json", `{"name": "c4", "initial_state": "STOPPED", "extra": 1, "config": {`+config("")+`}}`),
		write(t, dir, "c5.json", `{"name": "c5", "initial_state": "paused", "config": {`+config(`, "name": "c5"`)+`}}`),
		write(t, dir, "p.json", "name=c6\nconnector.class=FileStreamSource\ntopic=forms\nfile="+in+"\n"),
	)
	rest := p.rest()
	p.prints("Created connector c6")
	var order []string
	for line := range strings.Lines(p.out.String()) {
		if _, rest, ok := strings.Cut(line, "Created connector "); ok {
			order = append(order, strings.Fields(rest)[0])
		}
	}
	if want := []string{"c3", "c1", "c2", "c4", "c5", "c6"}; !slices.Equal(order, want) {
		t.Errorf("created %v, want %v", order, want)
	}
	for name, want := range map[string]string{"c1": "RUNNING", "c2": "RUNNING", "c3": "RUNNING", "c4": "STOPPED", "c5": "PAUSED", "c6": "RUNNING"} {
		p.await(name+" "+want, func() error {
			s, err := rest.status(name)
			if err == nil && s.Connector.State != want {
				err = fmt.Errorf("%+v", s)
			}
			return err
		})
		got := rest.config(name)
		if got["file"] != in || got["name"] != name {
			t.Errorf("%s: %v", name, got)
		}
		if strings.HasPrefix(name, "c3") || name == "c6" {
			continue
		}
		if got["tasks.max"] != "1" {
			t.Errorf("%s: a number is taken as its text: %v", name, got)
		}
	}
}

func TestConnectorsOfTheCommandLineGoOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out := filepath.Join(dir, "out.txt")
	in := write(t, dir, "in.txt", numbered("", 1, 3))
	// Relative paths are relative to the current folder.
	p := moldau(t, dir, "standalone", worker(t, dir), properties(t, dir, "src", source("in.txt", "relative")), properties(t, dir, "snk", sink("out.txt", "relative")))
	p.holds(out, numbered("", 1, 3))
	add(t, in, numbered("", 4, 6))
	p.holds(out, numbered("", 1, 6))
	if code := p.stop(syscall.SIGTERM); code != 143 {
		t.Errorf("exit code %d", code)
	}
	add(t, in, numbered("", 7, 9))
	p = moldau(t, dir, "standalone", worker(t, dir), properties(t, dir, "src", source("in.txt", "relative")), properties(t, dir, "snk", sink("out.txt", "relative")))
	p.holds(out, numbered("", 1, 9))
	p.stop(syscall.SIGINT)
	if text := read(t, out); text != numbered("", 1, 9) {
		t.Errorf("after the stop: %q", text)
	}
}

func TestUnknownKeysAreNamedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := write(t, dir, "in.txt", "x\n")
	out := filepath.Join(dir, "out.txt")
	p := moldau(t, dir, "standalone",
		worker(t, dir, "no.such.key=1", "ofset.flush.interval.ms=5", "producer.no.such.producer.key=1", "consumer.no.such.consumer.key=1",
			"internal.key.converter=org.apache.kafka.connect.json.JsonConverter", "producer.linger.ms=1", "key.converter.schemas.enable=true"),
		properties(t, dir, "src", source(in, "unknown-keys")), properties(t, dir, "src2", source(in, "unknown-keys-2")),
		properties(t, dir, "snk", sink(out, "unknown-keys")))
	p.holds(out, "x\n")
	p.stop(syscall.SIGTERM)
	log := p.out.String()
	for key, want := range map[string]int{"no.such.key": 1, "ofset.flush.interval.ms": 1, "no.such.consumer.key": 1, "internal.key.converter": 1,
		"no.such.producer.key": 2, // once for each of the two connectors
		"linger.ms":            0, "key.converter.schemas.enable": 0, "bootstrap.servers": 0} {
		warnings := 0
		for line := range strings.Lines(log) {
			if strings.Contains(line, "] WARN ") && strings.Contains(line, key) {
				warnings++
			}
		}
		if warnings != want {
			t.Errorf("%d warnings name %s, want %d", warnings, key, want)
		}
	}
}

func TestPluginPathsAreReported(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plugins := filepath.Join(dir, "plugins")
	jar(t, filepath.Join(plugins, "acme-files", "lib", "acme-files-1.2.jar"), "META-INF/services/org.apache.kafka.connect.sink.SinkConnector",
		"# Acme\norg.apache.kafka.connect.file.FileStreamSinkConnector # the sink\n")
	jar(t, filepath.Join(plugins, "acme-queue.jar"), "META-INF/services/org.apache.kafka.connect.source.SourceConnector", "com.acme.QueueSourceConnector\n")
	jar(t, filepath.Join(plugins, "old.jar"), "com/acme/Old.class", "")
	write(t, plugins, "README.txt", "no plugin")
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing")
	p := moldau(t, dir, "standalone", worker(t, dir, "plugin.path="+plugins+","+missing+", "+empty, "plugin.discovery=hybrid_fail"))
	p.rest()
	log := p.out.String()
	for _, want := range [][]string{
		{"WARN", filepath.Join(plugins, "acme-files"), "not loaded", "serves natively: org.apache.kafka.connect.file.FileStreamSinkConnector"},
		{"WARN", filepath.Join(plugins, "acme-queue.jar"), "not loaded", "nothing for: com.acme.QueueSourceConnector"},
		{"WARN", filepath.Join(plugins, "old.jar"), "do not list their connectors"},
		{"ERROR", missing},
	} {
		found := 0
		for line := range strings.Lines(log) {
			all := true
			for _, part := range want {
				all = all && strings.Contains(line, part)
			}
			if all {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%d lines with %q, want one", found, want)
		}
	}
	if strings.Contains(log, "README") || strings.Contains(log, empty+" ") {
		t.Error("what holds no plugin is nothing to report")
	}
	if code := p.stop(syscall.SIGTERM); code != 143 {
		t.Errorf("exit code %d", code)
	}
}

// jar writes a jar with one file in it.
func jar(t *testing.T, path, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	entry, err := z.Create(name)
	if err == nil {
		_, err = entry.Write([]byte(text))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestAnUnreachableBrokerIsWaitedFor differs from Java, whose worker ends with code 2: the broker may be what starts later.
func TestAnUnreachableBrokerIsWaitedFor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	address := "127.0.0.1:" + strconv.Itoa(freePort(t))
	in, out := write(t, dir, "in.txt", numbered("", 1, 10)), filepath.Join(dir, "out.txt")
	p := moldau(t, dir, "standalone", write(t, dir, "worker.properties", workerText(dir, address)),
		properties(t, dir, "src", source(in, "late")), properties(t, dir, "snk", sink(out, "late")))
	rest := p.rest()
	p.prints(`WARN .*bootstrap\.servers=` + address + `.*trying again`)
	p.prints("Created connector snk")
	if _, err := rest.clusterID(); err == nil {
		t.Error("a cluster id without a broker")
	}
	rest.want(http.StatusOK, http.MethodGet, "/connectors/src/status", nil)
	startBroker(t, address)
	p.prints("INFO Kafka cluster at " + address + " answers")
	p.holds(out, numbered("", 1, 10))
	if _, err := rest.clusterID(); err != nil {
		t.Error(err)
	}
	rest.running("src")
	rest.running("snk")
}

func TestAHostThatDoesNotResolveIsWaitedFor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := moldau(t, dir, "standalone", write(t, dir, "worker.properties", workerText(dir, "no-such-host.invalid:9092")))
	p.rest()
	p.prints(`WARN .*no-such-host\.invalid:9092.*trying again.*resolv`)
	if code := p.stop(syscall.SIGTERM); code != 143 {
		t.Errorf("exit code %d", code)
	}
}
