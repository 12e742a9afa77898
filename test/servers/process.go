package servers

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a child in the background, with its output in a file.
type process struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed when it has ended
	err  error         // how, once done is closed
}

var (
	childrenMu sync.Mutex
	children   = make(map[*process]bool)
	workDir    string
)

// work is the directory of this test binary's servers. Directories of binaries that are gone are removed: a killed one cannot do it.
func work(t testing.TB) string {
	t.Helper()
	childrenMu.Lock()
	defer childrenMu.Unlock()
	if workDir != "" {
		return workDir
	}
	const prefix = "moldau-servers-"
	old, _ := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	for _, dir := range old {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), prefix), "-")
		if n, err := strconv.Atoi(pid); err == nil && !alive(n) {
			_ = os.RemoveAll(dir) // only tidiness
		}
	}
	dir, err := os.MkdirTemp("", prefix+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		t.Fatal(err)
	}
	workDir = dir
	return dir
}

func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, os.ErrPermission)
}

// spawn starts a child whose output goes to the file log.
func spawn(cmd *exec.Cmd, log string) (*process, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	dieWithParent(cmd)
	p := &process{cmd: cmd, log: log, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Linux sends the parent's death signal when the starting thread ends, so that thread must live as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	childrenMu.Lock()
	children[p] = true
	childrenMu.Unlock()
	return p, nil
}

// end stops a child: politely, and after a while not.
func (p *process) end(signal os.Signal) {
	childrenMu.Lock()
	delete(children, p)
	childrenMu.Unlock()
	_ = p.cmd.Process.Signal(signal)
	select {
	case <-p.done:
		return
	case <-time.After(20 * time.Second):
	}
	_ = p.cmd.Process.Kill()
	<-p.done
}

func (p *process) output() string {
	data, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// tail is the end of the output, for failures.
func (p *process) tail() string {
	lines := strings.Split(strings.TrimSpace(p.output()), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}

// await calls ready until it says nil, the child ends or time is up.
func (p *process) await(what string, limit time.Duration, ready func() error) error {
	deadline := time.After(limit)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	err := errors.New("not asked yet")
	for {
		select {
		case <-p.done:
			return fmt.Errorf("%s ended: %v\n%s", what, p.err, p.tail())
		case <-deadline:
			return fmt.Errorf("%s is not ready after %v: %w\n%s", what, limit, err, p.tail())
		case <-tick.C:
			if err = ready(); err == nil {
				return nil
			}
		}
	}
}

// Stop ends every server of this test binary and removes their files. A later use starts them anew.
func Stop() {
	childrenMu.Lock()
	list := make([]*process, 0, len(children))
	for p := range children {
		list = append(list, p)
	}
	childrenMu.Unlock()
	for _, p := range list {
		p.end(os.Kill) // their data is thrown away
	}
	plain.forget()
	secure.forget()
	registryNode.forget()
	postgresNode.forget()
	mariadbNode.forget()
	childrenMu.Lock()
	defer childrenMu.Unlock()
	if workDir != "" {
		_ = os.RemoveAll(workDir)
		workDir = ""
	}
}
