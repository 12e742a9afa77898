//go:build unix

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write makes a file of the folder and returns its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// add appends to a file.
func add(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// read returns a file's text.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// holds waits until a file has exactly this text.
func (p *process) holds(path, want string) {
	p.t.Helper()
	p.await(filepath.Base(path), func() error {
		got, err := os.ReadFile(path)
		if err == nil && string(got) != want {
			err = fmt.Errorf("it holds %d bytes, want %d: %q, want %q", len(got), len(want), short(string(got)), short(want))
		}
		return err
	})
}

func short(s string) string {
	if len(s) > 400 {
		return s[:200] + " ... " + s[len(s)-200:]
	}
	return s
}

// numbered returns the lines prefix+from to prefix+to.
func numbered(prefix string, from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "%s%d\n", prefix, i)
	}
	return b.String()
}

// worker writes a worker file for the test's broker with String converters, an offset file in dir and a free port; more is appended to it.
func worker(t *testing.T, dir string, more ...string) string {
	t.Helper()
	return write(t, dir, "worker.properties", workerText(dir, broker(t))+strings.Join(more, "\n")+"\n")
}

func workerText(dir, bootstrap string) string {
	return strings.Join([]string{
		"bootstrap.servers=" + bootstrap,
		"key.converter=org.apache.kafka.connect.storage.StringConverter",
		"value.converter=org.apache.kafka.connect.storage.StringConverter",
		"offset.storage.file.filename=" + filepath.Join(dir, "connect.offsets"),
		"offset.flush.interval.ms=200",
		"listeners=http://127.0.0.1:0",
		"",
	}, "\n")
}

// source and sink are configurations of the file connectors.
func source(file, topic string) map[string]string {
	return map[string]string{"connector.class": "FileStreamSource", "file": file, "topic": topic}
}

func sink(file, topic string) map[string]string {
	return map[string]string{"connector.class": "FileStreamSink", "file": file, "topics": topic}
}

// properties writes a connector file in Java's form.
func properties(t *testing.T, dir, name string, config map[string]string) string {
	t.Helper()
	text := "name=" + name + "\n"
	for key, value := range config {
		text += key + "=" + value + "\n"
	}
	return write(t, dir, name+".properties", text)
}
