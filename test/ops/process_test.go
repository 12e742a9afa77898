//go:build unix

package ops

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait. It is long, for machines that are busy with other tests.
const patience = 90 * time.Second

// process is a program as a child in a process group of its own, with its output in a file.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	log  string
	done chan struct{}
}

// start starts a program in dir; its output is appended to the file log.
func start(t *testing.T, dir, log string, env []string, program string, args ...string) *process {
	t.Helper()
	out, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p := &process{t: t, cmd: exec.Command(program, args...), log: log, done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr, p.cmd.Env = dir, out, out, append(os.Environ(), env...)
	p.cmd.SysProcAttr = childAttributes()
	started := make(chan error)
	go func() {
		// Linux sends the parent's death signal when the starting thread ends, so that thread must live as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // exit codes are read from the process state
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.end(syscall.SIGKILL)
		if t.Failed() {
			t.Logf("%v said:\n%s", p.cmd.Args, tail(p.output()))
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

// end sends a signal to the process group, waits for its end, and insists after a while.
func (p *process) end(s syscall.Signal) {
	select {
	case <-p.done: // it was waited for, so that its number may be another's by now
		return
	default:
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, s) // it may be gone already
	select {
	case <-p.done:
		return
	case <-time.After(patience):
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
}

// await asks cond until it says nil; the test fails when patience ends.
func await(t *testing.T, what string, cond func() error) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		err := cond()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("no %s in %v: %v", what, patience, err)
		}
	}
}
