//go:build unix

package e2e

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// supportBundle fetches a bundle with the command, checks what is in it and returns all its text.
func supportBundle(t *testing.T, url string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bundle.tar.gz")
	fetch := moldau(t, t.TempDir(), "support-bundle", "--url", url, "--file", file)
	if code := fetch.exit(); code != 0 {
		t.Fatalf("exit code %d: %s", code, fetch.errOut.String())
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the bundle's file is for others, too: %v, %v", info.Mode(), err)
	}
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	var names []string
	for archive := tar.NewReader(zip); ; {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		_, name, _ := strings.Cut(head.Name, "/")
		names = append(names, name)
		if strings.HasSuffix(name, ".json") && !json.Valid(text) {
			t.Errorf("%s is no JSON: %.300s", name, text)
		}
		fmt.Fprintf(&all, "== %s\n%s\n", name, text)
	}
	for _, want := range []string{"goroutines.txt", "heap.pprof", "versions.json", "health.json", "worker.properties", "log.txt", "metrics.txt", "loggers.json", "plugins.json", "connectors/000.json"} {
		if !slices.Contains(names, want) {
			t.Errorf("the bundle lacks %s: %v", want, names)
		}
	}
	for _, want := range []string{"goroutine 1 [", "kafka_connect_worker", "[hidden]", "bootstrap.servers=", `"connector.class"`, "Kafka Connect started", `"workerID"`} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("the bundle does not have %q", want)
		}
	}
	return all.String()
}

// probe returns the status and the text of a probe.
func (a api) probe(path string) (int, string) {
	code, text, err := a.call(http.MethodGet, path, nil)
	if err != nil {
		return 0, err.Error()
	}
	return code, text
}

// ready waits until a worker says that it can do its work.
func (a api) ready() {
	a.p.t.Helper()
	a.p.await("readiness", func() error {
		if code, text := a.probe("/readyz"); code != http.StatusOK || !strings.Contains(text, `{"name":"broker","ok":true}`) {
			return fmt.Errorf("got %d %s", code, text)
		}
		return nil
	})
	if code, text := a.probe("/livez"); code != http.StatusOK {
		a.p.t.Errorf("got %d %s", code, text)
	}
}

// TestProbesOfWorkers follows probes from a worker that waits for its brokers to one that works.
func TestProbesOfWorkers(t *testing.T) {
	waits := func(t *testing.T, kind string, properties func(dir, address string) string) *process {
		dir := t.TempDir()
		address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
		w := moldau(t, dir, kind, properties(dir, address))
		a := w.listening()
		want := "no broker of bootstrap.servers=" + address + " has answered yet"
		w.await("a probe that says what the worker waits for", func() error {
			if code, text := a.probe("/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(text, `"status":"failing"`) || !strings.Contains(text, want) {
				return fmt.Errorf("got %d %s, want %s", code, text, want)
			}
			return nil
		})
		if code, text := a.probe("/livez"); code != http.StatusOK {
			t.Errorf("a worker without brokers does not live: %d %s", code, text)
		}
		startBroker(t, address)
		a.ready()
		return w
	}
	t.Run("standalone", func(t *testing.T) {
		w := waits(t, "standalone", func(dir, address string) string {
			return write(t, dir, "connect-standalone.properties", workerText(dir, address))
		})
		w.stop(syscall.SIGTERM)
	})
	t.Run("distributed", func(t *testing.T) {
		w := waits(t, "distributed", func(dir, address string) string { return member(t, dir, address, "probed") })
		_, text := w.rest().probe("/readyz")
		for _, check := range []string{"started", "herder", "group", "config topic", "broker"} {
			if !strings.Contains(text, `{"name":"`+check+`","ok":true}`) {
				t.Errorf("%s lacks %s", text, check)
			}
		}
		w.stop(syscall.SIGTERM)
	})
}
