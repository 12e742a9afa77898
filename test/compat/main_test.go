//go:build unix

package compat

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/moldau/moldau/test/servers"
)

// patience is for what must happen in the end, on a machine that does much else too; stopLimit is for how long a worker may take to stop.
const (
	patience  = 3 * time.Minute
	stopLimit = 90 * time.Second
)

var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds the program, unless MOLDAU_BINARY names it, and runs the tests.
func run(m *testing.M) int {
	defer servers.Stop()
	if binary = os.Getenv("MOLDAU_BINARY"); binary != "" || !servers.Enabled() {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "moldau-compat-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "moldau")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/moldau").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building moldau: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// worker is a running connect-standalone or connect-distributed, of Moldau.
type worker struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  *transcript
	done chan struct{}
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
	w := &worker{t: t, cmd: exec.Command(binary, args...), out: new(transcript), done: make(chan struct{})}
	w.cmd.Stdout, w.cmd.Stderr = w.out, w.out
	dieWithTest(w.cmd)
	started := make(chan error)
	go func() {
		// Linux sends the parent's death signal when the starting thread ends, so that thread must live as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := w.cmd.Start()
		started <- err
		if err == nil {
			_ = w.cmd.Wait() // the exit code is read from the process state
			close(w.done)
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = w.cmd.Process.Kill() // it may have ended already
		<-w.done
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
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		err := cond()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-w.done:
			w.t.Fatalf("Moldau ended with code %d while the test waited for %s", w.cmd.ProcessState.ExitCode(), what)
		case <-deadline:
			w.t.Fatalf("no %s in %v: %v", what, patience, err)
		}
	}
}

// stop ends the worker as a user does, and checks its exit code.
func (w *worker) stop() {
	w.t.Helper()
	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		w.t.Fatal(err)
	}
	select {
	case <-w.done:
	case <-time.After(stopLimit):
		w.t.Fatalf("Moldau does not stop within %v", stopLimit)
	}
	if code := w.cmd.ProcessState.ExitCode(); code != 143 {
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
