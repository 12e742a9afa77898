package servers

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/moldau/moldau/test/child"
)

// process is a child in the background, with its output in a file.
type process struct {
	*child.Process
	log string
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
	started, err := child.Start(cmd)
	if err != nil {
		return nil, err
	}
	p := &process{started, log}
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
	p.End(signal, 20*time.Second)
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
	err := child.Await(limit, 100*time.Millisecond, p.Done, ready)
	switch {
	case p.Ended(): // whatever answered instead of it
		return fmt.Errorf("%s ended: %v\n%s", what, p.Cmd.ProcessState, p.tail())
	case err != nil:
		return fmt.Errorf("%s is not ready after %v: %w\n%s", what, limit, err, p.tail())
	}
	return nil
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
