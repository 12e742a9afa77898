//go:build unix

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestConnectorsThatTheAPIRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := moldau(t, dir, "standalone", worker(t, dir))
	rest := p.rest()
	for name, c := range map[string]struct {
		config map[string]string
		want   []string
	}{
		"unknown class": {map[string]string{"connector.class": "com.acme.FileStreamSourceConector"},
			[]string{"Failed to find any class that implements Connector and which name matches com.acme.FileStreamSourceConector, available connectors are: ",
				"FileStreamSourceConnector"}},
		"no class":         {map[string]string{"topic": "t"}, []string{"contains no connector type"}},
		"missing required": {map[string]string{"connector.class": "FileStreamSource"}, []string{"1 error(s)", `Missing required configuration \"topic\" which has no default value.`}},
		"wrong types": {map[string]string{"connector.class": "FileStreamSource", "topic": "t", "tasks.max": "many", "batch.size": "1.5"},
			[]string{"error(s)", "Invalid value many for configuration tasks.max: Not a number of type INT", "Invalid value 1.5 for configuration batch.size: Not a number of type INT"}},
		"a sink without topics":  {map[string]string{"connector.class": "FileStreamSink"}, []string{"Must configure one of topics or topics.regex"}},
		"unknown converter":      {map[string]string{"connector.class": "FileStreamSource", "topic": "t", "value.converter": "Jason"}, []string{"Jason", "value.converter"}},
		"unknown transformation": {map[string]string{"connector.class": "FileStreamSource", "topic": "t", "transforms": "a", "transforms.a.type": "Nope"}, []string{"Nope", "transforms.a.type"}},
	} {
		config := c.config
		config["name"] = "bad"
		body := rest.want(http.StatusBadRequest, http.MethodPut, "/connectors/bad/config", config)
		for _, want := range c.want {
			if !strings.Contains(body, want) {
				t.Errorf("%s: %q is missing in %s", name, want, body)
			}
		}
	}
	// Malformed JSON gets the status and the text that Jackson gives it in Java, with the place.
	req, err := http.NewRequest(http.MethodPost, rest.url+"/connectors", strings.NewReader(`{"name": "x",`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode < 400 || !strings.Contains(string(body), "line: 1, column: 14") {
		t.Errorf("malformed JSON: %d %s %v", resp.StatusCode, body, err)
	}
	if names := rest.names(t); len(names) != 0 {
		t.Errorf("connectors: %v", names)
	}
}

func TestOffsetFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	bootstrap := broker(t)
	good := filepath.Join(t.TempDir(), "connect.offsets")
	makeOffsets(t, good)
	whole := read(t, good)
	if len(whole) < 50 {
		t.Fatalf("the offset file has %d bytes only", len(whole))
	}
	for name, c := range map[string]struct {
		prepare func(dir string) (path string)
		want    []string
		root    bool // does root succeed
	}{
		"no such folder": {func(dir string) string { return filepath.Join(dir, "missing", "connect.offsets") }, []string{"missing", "cannot be written", "no such file or directory"}, false},
		"a file for a folder": {func(dir string) string { return filepath.Join(write(t, dir, "plain", ""), "connect.offsets") },
			[]string{"plain", "not a directory"}, false},
		"a folder": {func(dir string) string { return dir }, []string{"is a directory"}, false},
		"a folder that is not ours": {func(dir string) string {
			locked := filepath.Join(dir, "locked")
			if err := os.Mkdir(locked, 0o555); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(locked, "connect.offsets")
		}, []string{"locked", "cannot be written", "permission denied"}, true},
		"a text":        {func(dir string) string { return write(t, dir, "connect.offsets", "position 4\n") }, []string{"is damaged"}, false},
		"cut off":       {func(dir string) string { return write(t, dir, "connect.offsets", whole[:len(whole)-3]) }, []string{"is damaged"}, false},
		"cut off early": {func(dir string) string { return write(t, dir, "connect.offsets", whole[:30]) }, []string{"is damaged"}, false},
		"zeros":         {func(dir string) string { return write(t, dir, "connect.offsets", strings.Repeat("\x00", len(whole))) }, []string{"is damaged"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.root && os.Geteuid() == 0 {
				t.Skip("root may write everywhere: run it as another user, as .ci/run does")
			}
			dir := t.TempDir()
			path := c.prepare(dir)
			before, _ := os.ReadFile(path)
			file := write(t, dir, "worker.properties", strings.Replace(workerText(dir, bootstrap), filepath.Join(dir, "connect.offsets"), path, 1))
			in := write(t, dir, "in.txt", "x\n")
			p := moldau(t, dir, "standalone", file, properties(t, dir, "src", source(in, "unusable-offsets")))
			if code := p.exit(); code != 3 {
				t.Errorf("exit code %d, want 3", code)
			}
			out := p.out.String()
			for _, want := range append(c.want, "ERROR Failed to start Connect", path) {
				if !strings.Contains(out, want) {
					t.Errorf("%q is missing", want)
				}
			}
			if strings.Count(out, "] ERROR ") != 1 {
				t.Error("more than one error")
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

// makeOffsets runs a source until its position is in the file.
func makeOffsets(t *testing.T, path string) {
	t.Helper()
	dir := filepath.Dir(path)
	in := write(t, dir, "in.txt", numbered("line ", 1, 100))
	p := moldau(t, dir, "standalone", worker(t, dir), properties(t, dir, "src", source(in, "make-offsets")))
	p.await("offset file", func() error {
		text, err := os.ReadFile(path)
		if err == nil && !strings.Contains(string(text), fmt.Sprint(`{"position":`, len(numbered("line ", 1, 100)), `}`)) {
			err = fmt.Errorf("%q", text)
		}
		return err
	})
	p.stop(syscall.SIGTERM)
}

// TestFilesThatCannotBeOpenedFailTheirTask checks I4: what one connector cannot do is told in its status and harms no other.
func TestFilesThatCannotBeOpenedFailTheirTask(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in, out := write(t, dir, "in.txt", "x\n"), filepath.Join(dir, "out.txt")
	p := moldau(t, dir, "standalone", worker(t, dir),
		properties(t, dir, "folder", source(dir, "cannot-open")),
		properties(t, dir, "nowhere", sink(filepath.Join(dir, "missing", "out.txt"), "cannot-open")),
		properties(t, dir, "src", source(in, "cannot-open")),
		properties(t, dir, "snk", sink(out, "cannot-open")))
	rest := p.rest()
	if trace := rest.failed("folder"); !strings.Contains(trace, dir) || !strings.Contains(trace, "is a directory") {
		t.Errorf("trace: %s", trace)
	}
	if trace := rest.failed("nowhere"); !strings.Contains(trace, "Couldn't find or create file '"+filepath.Join(dir, "missing", "out.txt")+"'") ||
		!strings.Contains(trace, "no such file or directory") {
		t.Errorf("trace: %s", trace)
	}
	p.holds(out, "x\n")
	rest.running("src")
	rest.running("snk")
	if err := os.Mkdir(filepath.Join(dir, "missing"), 0o755); err != nil {
		t.Fatal(err)
	}
	rest.want(http.StatusNoContent, http.MethodPost, "/connectors/nowhere/tasks/0/restart", nil)
	p.holds(filepath.Join(dir, "missing", "out.txt"), "x\n")
}
