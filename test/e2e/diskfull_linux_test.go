package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// limitFiles sets how large a file the process may write, which stands for a disk that fills.
func (p *process) limitFiles(bytes uint64) {
	p.t.Helper()
	limit := unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(p.Cmd.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		p.t.Fatal(err)
	}
}

func TestSinkSurvivesAFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const lines = 20_000
	in, out, other := write(t, dir, "in.txt", numbered("line ", 1, 100)), filepath.Join(dir, "out.txt"), filepath.Join(dir, "other.txt")
	p := moldau(t, dir, "standalone", worker(t, dir))
	rest := p.rest()
	p.limitFiles(100_000)
	rest.create("src", source(in, "full"))
	rest.create("snk", sink(out, "full"))
	p.holds(out, numbered("line ", 1, 100))
	add(t, in, numbered("line ", 101, lines))
	trace := rest.failed("snk")
	for _, want := range []string{out, "file too large", "restart the task"} {
		if !strings.Contains(trace, want) {
			t.Errorf("%q is missing in the trace: %s", want, trace)
		}
	}
	rest.running("src")
	text := read(t, out)
	if !strings.HasPrefix(numbered("line ", 1, lines), text) || !strings.HasSuffix(text, "\n") {
		t.Errorf("%d bytes are in the output, which are not the whole lines of the beginning: ... %q", len(text), text[max(0, len(text)-50):])
	}
	// Nothing but the one task is harmed.
	few := write(t, dir, "few.txt", "few\n")
	rest.create("src2", source(few, "full-2"))
	rest.create("snk2", sink(other, "full-2"))
	p.holds(other, "few\n")

	p.limitFiles(unix.RLIM_INFINITY)
	rest.want(http.StatusNoContent, http.MethodPost, "/connectors/snk/tasks/0/restart", nil)
	p.holds(out, numbered("line ", 1, lines))
	rest.running("snk")
}

// TestOffsetFileSurvivesAFullDisk checks that positions that cannot be written are tried again and lose nothing.
func TestOffsetFileSurvivesAFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	offsets := filepath.Join(dir, "connect.offsets")
	in := write(t, dir, "in.txt", numbered("line ", 1, 10))
	p := moldau(t, dir, "standalone", worker(t, dir), properties(t, dir, "src", source(in, "full-offsets")))
	rest := p.rest()
	holds := func(position int) {
		p.t.Helper()
		p.await(fmt.Sprint("position ", position), func() error {
			text, err := os.ReadFile(offsets)
			if err == nil && !strings.Contains(string(text), fmt.Sprintf(`{"position":%d}`, position)) {
				err = fmt.Errorf("%q", text)
			}
			return err
		})
	}
	holds(len(numbered("line ", 1, 10)))
	before := read(t, offsets)
	p.limitFiles(20)
	add(t, in, numbered("line ", 11, 20))
	p.prints(`(ERROR|WARN) .*src.*offsets`)
	consume(t, broker(t), "full-offsets", 20)
	rest.running("src")
	if after := read(t, offsets); after != before {
		t.Errorf("the offset file was changed: %q", after)
	}
	p.limitFiles(unix.RLIM_INFINITY)
	holds(len(numbered("line ", 1, 20)))
	if code := p.stop(syscall.SIGTERM); code != 143 {
		t.Errorf("exit code %d", code)
	}
	if left, _ := filepath.Glob(offsets + "*"); len(left) != 1 {
		t.Errorf("files left behind: %v", left)
	}
}
