package reload

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func parse(text []byte) (string, error) {
	if bytes.Contains(text, []byte("bad")) {
		return "", errors.New("it is bad")
	}
	return string(text), nil
}

func TestFiles(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	dir := t.TempDir()
	path := filepath.Join(dir, "..data")
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := func(name string) {
		t.Helper()
		if err := errors.Join(os.Symlink(filepath.Join(dir, name), path+".new"), os.Rename(path+".new", path)); err != nil {
			t.Fatal(err)
		}
	}
	put("one", "1")
	put("two", "2")
	link("one")
	f, err := Open("some.key", path, slog.New(slog.NewTextHandler(&log, nil)), parse)
	if err != nil {
		t.Fatal(err)
	}
	check := func(want, says string) {
		t.Helper()
		log.Reset()
		for range 2 {
			if got := f.Get(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		if n := strings.Count(log.String(), "\n"); says == "" && n > 0 || says != "" && (n != 1 || !strings.Contains(log.String(), says)) {
			t.Errorf("the log, want %q: %s", says, log.String())
		}
	}
	check("1", "")
	link("two") // as a mounted volume of Kubernetes changes; size and perhaps time stay
	check("2", "has changed and was read again")
	put("bad", "bad")
	link("bad")
	check("2", "some.key: the changed file is not used, its former content stays in use: "+path+": it is bad")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	check("2", "no such file")
	link("one")
	check("1", "read again")
	put("one", "3")
	then := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "one"), then, then); err != nil {
		t.Fatal(err)
	}
	check("3", "read again")
	put("large", strings.Repeat("x", largest+1))
	link("large")
	check("3", "is larger than")
	if _, err := Open("some.key", filepath.Join(dir, "none"), nil, parse); err == nil || !strings.HasPrefix(err.Error(), "configuration some.key: open ") {
		t.Errorf("got %v", err)
	}
}
