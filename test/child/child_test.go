//go:build unix

package child

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// start starts a script of a shell and waits until it says something.
func start(t *testing.T, script string, group bool) *Process {
	t.Helper()
	hear, say, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer hear.Close()
	cmd := exec.Command("sh", "-c", script)
	cmd.Stdout = say
	if group {
		InGroup(cmd)
	}
	p, err := Start(cmd)
	say.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	if _, err := hear.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEnds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, script string
		group        bool
		end          func(*Process)
		code         int
	}{
		{"by itself", "echo; exit 3", false, func(p *Process) { <-p.Done }, 3},
		{"when it is told to", "trap 'exit 4' TERM; echo; while :; do sleep 0.01; done", false, func(p *Process) { p.End(syscall.SIGTERM, time.Minute) }, 4},
		{"killed, with its children", "echo; sleep 60; exit 5", true, (*Process).Kill, -1},
		{"killed where it does not listen", "trap '' INT; echo; exec sleep 60", false, func(p *Process) { p.End(syscall.SIGINT, time.Millisecond) }, -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, test.script, test.group)
			test.end(p)
			if !p.Ended() {
				t.Fatal("it runs")
			}
			if code := p.Code(); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			p.Kill() // once more, which must hit nobody else
			if err := p.Signal(syscall.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
				t.Errorf("a signal to what has ended: %v", err)
			}
		})
	}
}

func TestAwait(t *testing.T) {
	t.Parallel()
	no := errors.New("not yet")
	ended := make(chan struct{})
	close(ended)
	for _, test := range []struct {
		name  string
		limit time.Duration
		ended chan struct{}
		after int // how often cond is asked before it holds
		want  error
	}{
		{"at once", time.Minute, nil, 0, nil},
		{"in the end", time.Minute, nil, 3, nil},
		{"too late", time.Millisecond, nil, 1 << 30, no},
		{"the last word of a program counts", time.Minute, ended, 1, nil},
		{"a program that has ended says nothing more", time.Minute, ended, 1 << 30, no},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			pause := time.Microsecond
			if test.ended != nil {
				pause = time.Hour
			}
			err := Await(test.limit, pause, test.ended, func() error {
				if asked++; asked > test.after {
					return nil
				}
				return no
			})
			if err != test.want {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}
