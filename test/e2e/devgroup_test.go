//go:build unix

package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDevGroupTakesOver kills one of three workers and wants the others to run what it ran.
func TestDevGroupTakesOver(t *testing.T) {
	t.Parallel()
	data, in, out := t.TempDir(), filepath.Join(t.TempDir(), "in.txt"), filepath.Join(t.TempDir(), "out.txt")
	add(t, in, numbered("line ", 1, 100))
	p := moldau(t, t.TempDir(), "dev", "--workers", "3", "--data", data, "--rest", "127.0.0.1:0", "--kafka", "127.0.0.1:0")
	p.prints(`(worker 3 .*)\n`)
	found := regexp.MustCompile(`worker \d +http://(\S+) +pid (\d+)`).FindAllStringSubmatch(p.out.String(), -1)
	if len(found) != 3 {
		t.Fatalf("got %s", p.out)
	}
	rest := api{p, "http://" + found[0][1]}
	rest.create("src", source(in, "lines"))
	rest.create("snk", map[string]string{"connector.class": "FileStreamSink", "topics": "lines", "file": out,
		"value.converter": "org.apache.kafka.connect.storage.StringConverter"})
	arrived := func(n int) func() error {
		return func() error {
			if got := distinct(t, out); got != n {
				return fmt.Errorf("%d of %d lines", got, n)
			}
			return nil
		}
	}
	p.await("the lines", arrived(100))
	var owner, other []string
	status, err := rest.status("src")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f[1] == status.Tasks[0].WorkerID {
			owner = f
		} else {
			other = f
		}
	}
	pid, err := strconv.Atoi(owner[2])
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	p.prints(`(worker \d ended .*; 2 are left)`)
	rest = api{p, "http://" + other[1]}
	p.await("the take-over", func() error {
		status, err := rest.status("src")
		if err != nil {
			return err
		}
		if status.Connector.WorkerID == owner[1] || len(status.Tasks) != 1 || status.Tasks[0].WorkerID == owner[1] || status.Tasks[0].State != "RUNNING" {
			return fmt.Errorf("status %+v", status)
		}
		return nil
	})
	add(t, in, numbered("line ", 101, 150))
	p.await("lines after the take-over", arrived(150))
	within(t, 30*time.Second, "the stop", func() {
		if code := p.stop(syscall.SIGINT); code != 0 {
			t.Errorf("exit code %d, want 0", code)
		}
	})
	if _, err := http.Get("http://" + other[1]); err == nil {
		t.Error("a worker is still there")
	}
}

// distinct counts the different lines of a file, 0 where there is none yet.
func distinct(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		seen[line] = true
	}
	return len(seen)
}

func TestDevGroupRefusals(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--workers 17":       "--workers 17: 1 to 16 are possible",
		"--workers 2 --demo": "leave out --workers",
	} {
		p := moldau(t, t.TempDir(), append([]string{"dev"}, strings.Fields(args)...)...)
		if code := p.exit(); code != 1 || !strings.Contains(p.errOut.String(), want) {
			t.Errorf("%s: %d %s", args, code, p.errOut)
		}
	}
}
