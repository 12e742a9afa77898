// Package measured runs programs for benchmarks and says what they used.
package measured

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Usage is what a process has used so far.
type Usage struct {
	CPU  time.Duration
	RSS  int64 // bytes now
	Peak int64 // bytes at most
}

const ticksPerSecond = 100 // USER_HZ of every Linux

// Of asks the kernel about a process.
func Of(pid int) (Usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Usage{}, err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var ticks int64
	for _, i := range []int{11, 12} { // utime and stime, counted behind the command's name
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return Usage{}, err
		}
		ticks += n
	}
	u := Usage{CPU: time.Duration(ticks) * time.Second / ticksPerSecond}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return Usage{}, err
	}
	for line := range strings.Lines(string(status)) {
		name, rest, _ := strings.Cut(line, ":")
		kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		switch {
		case err != nil:
		case name == "VmHWM":
			u.Peak = kb << 10
		case name == "VmRSS":
			u.RSS = kb << 10
		}
	}
	return u, nil
}

// OfFamily is the CPU time of a process, of its children and of those that it has outlived. Of grandchildren only those count that
// their parents waited for. It is 0 for a process that is not ours, which has the number 0.
func OfFamily(pid int) (time.Duration, error) {
	if pid == 0 {
		return 0, nil
	}
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	var ticks int64
	for _, file := range all {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it ended meanwhile, and is counted with its parent
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		counted := fields[11:13] // utime and stime
		switch strconv.Itoa(pid) {
		case filepath.Base(filepath.Dir(file)):
			counted = fields[11:15] // and those of children that ended
		case fields[1]: // its parent
		default:
			continue
		}
		for _, f := range counted {
			n, err := strconv.ParseInt(f, 10, 64)
			if err != nil {
				return 0, err
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

// Child is a process of a benchmark; it dies with it.
type Child struct {
	cmd  *exec.Cmd
	log  string
	done chan error
}

// Start runs a program whose output goes to the file log.
func Start(log string, name string, args ...string) (*Child, error) {
	f, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c := &Child{cmd: exec.Command(name, args...), log: log, done: make(chan error, 1)}
	c.cmd.Stdout, c.cmd.Stderr = f, f
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { c.done <- c.cmd.Wait() }()
	return c, nil
}

// PID is its number.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Stop ends it, politely at first.
func (c *Child) Stop() {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-c.done:
	case <-time.After(30 * time.Second):
		_ = c.cmd.Process.Kill()
		<-c.done
	}
}

// Await asks cond until it holds, the process ends or time is up.
func (c *Child) Await(what string, limit, every time.Duration, cond func() bool) error {
	deadline := time.Now().Add(limit)
	for !cond() {
		select {
		case err := <-c.done:
			c.done <- err
			return fmt.Errorf("%s: the process ended (%v), see %s", what, err, c.log)
		case <-time.After(every):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: not within %v, see %s", what, limit, c.log)
		}
	}
	return nil
}

// FreePort returns a port that nobody listens on.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Answers reports whether a page is there.
func Answers(url string) bool {
	resp, err := http.Get(url)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// WriteFile writes a file in a directory, which it makes, and returns its path.
func WriteFile(dir, name, text string) (string, error) {
	path := filepath.Join(dir, name)
	return path, errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(path, []byte(text), 0o644))
}
