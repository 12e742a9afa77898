package child

import (
	"os"
	"os/exec"
	"runtime"
	"time"
)

// Process is a program that was started. Its methods may be called from any goroutine.
type Process struct {
	// Cmd is what was started. Its ProcessState may be read once Done is closed.
	Cmd *exec.Cmd
	// Done is closed when the program has ended.
	Done <-chan struct{}
}

// Start starts a program. What it does with its output and files, and whether it leads a group (InGroup), is the caller's to say before.
func Start(cmd *exec.Cmd) (*Process, error) {
	dieWithParent(cmd)
	done, started := make(chan struct{}), make(chan error)
	go func() {
		// Linux sends the parent's death signal when the starting thread ends, so that thread must live as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is read from the process state
			close(done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return &Process{Cmd: cmd, Done: done}, nil
}

// Ended reports whether the program has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.Done:
		return true
	default:
		return false
	}
}

// Code is the exit code of a program that has ended, -1 where a signal ended it.
func (p *Process) Code() int { return p.Cmd.ProcessState.ExitCode() }

// Signal sends a signal to the program, not to its group. The error is os.ErrProcessDone where it has ended.
func (p *Process) Signal(s os.Signal) error { return p.Cmd.Process.Signal(s) }

// Kill ends the program at once, as a crash would, with its group if it leads one, and waits for its end.
func (p *Process) Kill() {
	if !p.Ended() { // else its number may be another's by now
		kill(p.Cmd)
	}
	<-p.Done
}

// End sends a signal to the program and waits for its end; after limit it kills it.
func (p *Process) End(s os.Signal, limit time.Duration) {
	_ = p.Signal(s) // it may have ended
	select {
	case <-p.Done:
	case <-time.After(limit):
		p.Kill()
	}
}

// Await asks cond, with pauses, until it says nil. When limit is over or ended is closed, which may be nil, it asks once more and returns what cond says then.
func Await(limit, pause time.Duration, ended <-chan struct{}, cond func() error) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	deadline := time.After(limit)
	for {
		err := cond()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ended:
			return cond()
		case <-deadline:
			return cond()
		}
	}
}
