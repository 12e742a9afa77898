//go:build unix

package ops

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moldau/moldau/test/child"
)

// patience bounds every wait. It is long, for machines that are busy with other tests.
const patience = 90 * time.Second

// process is a program as a child in a process group of its own, with its output in a file.
type process struct {
	*child.Process
	t   *testing.T
	log string
}

// start starts a program in dir; its output is appended to the file log.
func start(t *testing.T, dir, log string, env []string, program string, args ...string) *process {
	t.Helper()
	out, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = dir, out, out, append(os.Environ(), env...)
	child.InGroup(cmd)
	p := &process{t: t, log: log}
	if p.Process, err = child.Start(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("%v said:\n%s", cmd.Args, tail(p.output()))
		}
	})
	return p
}

func (p *process) output() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// tail is the end of a log, without its requests.
func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.Contains(l, "rest.RestServer:") })
	return strings.Join(lines[max(0, len(lines)-60):], "\n")
}

// end sends a signal to the process, waits for its end, and insists after a while.
func (p *process) end(s syscall.Signal) { p.End(s, patience) }

// await asks cond until it says nil; the test fails when patience ends.
func await(t *testing.T, what string, cond func() error) {
	t.Helper()
	if err := child.Await(patience, 100*time.Millisecond, nil, cond); err != nil {
		t.Fatalf("no %s in %v: %v", what, patience, err)
	}
}
