//go:build unix

package chaos

import (
	"bytes"
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

// process is a run of the program.
type process struct{ *child.Process }

// start runs the program with its output appended to a file.
func start(t *testing.T, log string, args ...string) *process {
	t.Helper()
	return launch(t, log, exec.Command(program, args...))
}

// launch starts a command with its output appended to a file.
func launch(t *testing.T, log string, cmd *exec.Cmd) *process {
	t.Helper()
	out, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(), "GOTRACEBACK=all")
	p, err := child.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return &process{p}
}

// end sends a signal and waits for the end, which comes after a minute at the latest.
func (p *process) end(s syscall.Signal) { p.End(s, time.Minute) }

// memory is what the process holds in RAM, 0 where the system does not say.
func (p *process) memory() int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(p.Cmd.Process.Pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// goroutines ends the process and returns how many goroutines it had, by the functions that started them.
func (p *process) goroutines(log string) (total int, by map[string]int, err error) {
	before, err := os.Stat(log)
	if err != nil {
		return 0, nil, err
	}
	p.end(syscall.SIGQUIT)
	text, err := os.ReadFile(log)
	if err != nil {
		return 0, nil, err
	}
	by = map[string]int{}
	for block := range bytes.SplitSeq(text[before.Size():], []byte("\n\n")) {
		if !bytes.HasPrefix(bytes.TrimLeft(block, "\n"), []byte("goroutine ")) {
			continue
		}
		total++
		if i := bytes.LastIndex(block, []byte("created by ")); i >= 0 {
			line, _, _ := bytes.Cut(block[i+len("created by "):], []byte("\n"))
			name, _, _ := strings.Cut(string(line), " in goroutine")
			by[name]++
		}
	}
	if total == 0 {
		return 0, nil, errors.New("no goroutines in the output of " + filepath.Base(log))
	}
	return total, by, nil
}

// transcript notes what was done when, for a failure to be understood.
type transcript struct {
	began time.Time
	mu    sync.Mutex
	lines []string
}

func (s *transcript) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.lines = append(s.lines, fmt.Sprintf("%s +%6.2fs %s", now.Format("15:04:05.000"), now.Sub(s.began).Seconds(), fmt.Sprintf(format, args...)))
}

func (s *transcript) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}
