//go:build unix

package e2e

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait. It is long, for machines that are busy with other tests.
const patience = 30 * time.Second

// process is the program under test as a child in a process group of its own.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	out    *transcript // standard output
	errOut *transcript // standard error
	done   chan struct{}
}

// transcript collects what a process prints and tells those who wait for it.
type transcript struct {
	mu    sync.Mutex
	text  strings.Builder
	grown chan struct{} // closed and replaced at every write
}

func newTranscript() *transcript { return &transcript{grown: make(chan struct{})} }

func (o *transcript) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.grown)
	o.grown = make(chan struct{})
	return o.text.Write(b)
}

func (o *transcript) read() (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String(), o.grown
}

func (o *transcript) String() string {
	text, _ := o.read()
	return text
}

// moldau starts the program in dir.
func moldau(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	return start(t, dir, binary, args...)
}

func start(t *testing.T, dir, program string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(program, args...), out: newTranscript(), errOut: newTranscript(), done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p.out, p.errOut
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
		p.kill()
		for _, sign := range []string{"panic: ", "fatal error: ", "DATA RACE"} {
			if strings.Contains(p.errOut.String(), sign) {
				t.Errorf("standard error holds %q", sign)
			}
		}
		if t.Failed() {
			t.Logf("%s\nstandard output of %v:\n%s\nstandard error:\n%s", t.Name(), p.cmd.Args, tail(p.out.String()), tail(p.errOut.String()))
		}
	})
	return p
}

// tail is the end of a long text.
func tail(text string) string {
	const most = 12_000
	if len(text) > most {
		return "...\n" + text[len(text)-most:]
	}
	return text
}

// kill ends the process group at once, as a crash would, and waits for its end.
func (p *process) kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // it may be gone already
	<-p.done
}

// signal sends a signal to the process.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
}

// exit waits for the process to end by itself and returns its exit code.
func (p *process) exit() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("still running after %v", patience)
	}
	return p.cmd.ProcessState.ExitCode()
}

// stop sends a signal, waits for the end and returns the exit code.
func (p *process) stop(s syscall.Signal) int {
	p.t.Helper()
	p.signal(s)
	return p.exit()
}

// prints waits until standard output matches and returns the submatches.
func (p *process) prints(pattern string) []string {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	deadline := time.After(patience)
	for {
		text, grown := p.out.read()
		if found := re.FindStringSubmatch(text); found != nil {
			return found
		}
		select {
		case <-grown:
		case <-p.done:
			if found := re.FindStringSubmatch(p.out.String()); found != nil {
				return found
			}
			p.t.Fatalf("ended with code %d without printing %s", p.cmd.ProcessState.ExitCode(), pattern)
		case <-deadline:
			p.t.Fatalf("has not printed %s in %v", pattern, patience)
		}
	}
}

// await asks cond until it says nil; the test fails when the process ends or patience does.
func (p *process) await(what string, cond func() error) {
	p.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		err := cond()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-p.done:
			p.t.Fatalf("ended with code %d while the test waited for %s: %v", p.cmd.ProcessState.ExitCode(), what, err)
		case <-deadline:
			p.t.Fatalf("no %s in %v: %v", what, patience, err)
		}
	}
}
