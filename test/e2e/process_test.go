//go:build unix

package e2e

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/moldau/moldau/test/child"
)

// patience bounds every wait. It is long, for machines that are busy with other tests.
const patience = 30 * time.Second

// process is the program under test as a child in a process group of its own.
type process struct {
	*child.Process
	t      *testing.T
	out    *transcript // standard output
	errOut *transcript // standard error
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
	cmd := exec.Command(program, args...)
	p := &process{t: t, out: newTranscript(), errOut: newTranscript()}
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, p.out, p.errOut
	child.InGroup(cmd)
	p.run(cmd)
	t.Cleanup(func() {
		p.Kill()
		for _, sign := range []string{"panic: ", "fatal error: ", "DATA RACE"} {
			if strings.Contains(p.errOut.String(), sign) {
				t.Errorf("standard error holds %q", sign)
			}
		}
		if t.Failed() {
			t.Logf("%s\nstandard output of %v:\n%s\nstandard error:\n%s", t.Name(), p.Cmd.Args, tail(p.out.String()), tail(p.errOut.String()))
		}
	})
	return p
}

// run starts the child, whose streams and attributes are set.
func (p *process) run(cmd *exec.Cmd) {
	p.t.Helper()
	var err error
	if p.Process, err = child.Start(cmd); err != nil {
		p.t.Fatal(err)
	}
}

// tail is the end of a long text.
func tail(text string) string {
	const most = 12_000
	if len(text) > most {
		return "...\n" + text[len(text)-most:]
	}
	return text
}

// signal sends a signal to the process.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
}

// exit waits for the process to end by itself and returns its exit code.
func (p *process) exit() int {
	p.t.Helper()
	select {
	case <-p.Done:
	case <-time.After(patience):
		p.t.Fatalf("still running after %v", patience)
	}
	return p.Code()
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
		case <-p.Done:
			if found := re.FindStringSubmatch(p.out.String()); found != nil {
				return found
			}
			p.t.Fatalf("ended with code %d without printing %s", p.Code(), pattern)
		case <-deadline:
			p.t.Fatalf("has not printed %s in %v", pattern, patience)
		}
	}
}

// await asks cond until it says nil; the test fails when the process ends or patience does.
func (p *process) await(what string, cond func() error) {
	p.t.Helper()
	p.awaitFor(patience, what, cond)
}

// awaitLong is await for what a busy machine needs long for.
func (p *process) awaitLong(what string, cond func() error) {
	p.t.Helper()
	p.awaitFor(4*patience, what, cond)
}

func (p *process) awaitFor(limit time.Duration, what string, cond func() error) {
	p.t.Helper()
	err := child.Await(limit, 20*time.Millisecond, p.Done, cond)
	switch {
	case err != nil && p.Ended():
		p.t.Fatalf("ended with code %d while the test waited for %s: %v", p.Code(), what, err)
	case err != nil:
		p.t.Fatalf("no %s in %v: %v", what, limit, err)
	}
}
