//go:build unix

package compat

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/moldau/moldau/test/child"
	"github.com/moldau/moldau/test/servers"
)

// patience is for what must happen in the end, on a machine that does much else too; stopLimit is for how long a worker may take to stop.
const (
	patience  = 3 * time.Minute
	stopLimit = 90 * time.Second
)

var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	defer servers.Stop()
	if !servers.Enabled() {
		return m.Run()
	}
	return child.WithMoldau(&binary, m.Run)
}

// worker is a running connect-standalone or connect-distributed, of Moldau.
type worker struct {
	*child.Process
	t   *testing.T
	out *transcript
}

// transcript is the output of a process.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *transcript) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *transcript) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// standalone starts Moldau as connect-standalone and waits until its REST API answers at url.
func standalone(t *testing.T, url string, args ...string) *worker {
	t.Helper()
	return launch(t, url, append([]string{"standalone"}, args...)...)
}

// launch starts Moldau and waits until its REST API answers at url.
func launch(t *testing.T, url string, args ...string) *worker {
	t.Helper()
	w := &worker{t: t, out: new(transcript)}
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = w.out, w.out
	var err error
	if w.Process, err = child.Start(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.Kill()
		if t.Failed() {
			t.Logf("output of Moldau at %s:\n%s", url, w.out)
		}
	})
	w.await("REST API", func() error {
		resp, err := http.Get(url + "/connectors")
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", resp.StatusCode)
		}
		return nil
	})
	return w
}

// await asks cond until it says nil, the worker ends or patience does.
func (w *worker) await(what string, cond func() error) {
	w.t.Helper()
	err := child.Await(patience, 50*time.Millisecond, w.Done, cond)
	switch {
	case err != nil && w.Ended():
		w.t.Fatalf("Moldau ended with code %d while the test waited for %s: %v", w.Code(), what, err)
	case err != nil:
		w.t.Fatalf("no %s in %v: %v", what, patience, err)
	}
}

// stop ends the worker as a user does, and checks its exit code.
func (w *worker) stop() {
	w.t.Helper()
	if err := w.Signal(syscall.SIGTERM); err != nil {
		w.t.Fatal(err)
	}
	select {
	case <-w.Done:
	case <-time.After(stopLimit):
		w.t.Fatalf("Moldau does not stop within %v", stopLimit)
	}
	if code := w.Code(); code != 143 {
		w.t.Errorf("Moldau's exit code is %d, want 143", code)
	}
}

// has checks that a file holds exactly this text.
func has(path, want string) error {
	got, err := os.ReadFile(path)
	if err == nil && string(got) != want {
		err = fmt.Errorf("%s holds %d bytes, %d lines, want %d bytes, %d lines", filepath.Base(path), len(got), bytes.Count(got, []byte("\n")), len(want), strings.Count(want, "\n"))
	}
	return err
}
