package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestDemoCountsOnATerminal runs the demo on a pseudo-terminal: there it prints live counts, and Ctrl-C is a key.
func TestDemoCountsOnATerminal(t *testing.T) {
	t.Parallel()
	keyboard, screen := openTerminal(t)
	p := &process{t: t, out: newTranscript(), errOut: newTranscript()}
	cmd := exec.Command(binary, "dev", "--data", t.TempDir(), "--rest", "127.0.0.1:0", "--kafka", "127.0.0.1:0", "--demo")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = screen, screen, screen
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	p.run(cmd)
	t.Cleanup(p.Kill)
	go func() {
		for block := make([]byte, 4096); ; {
			n, err := keyboard.Read(block)
			_, _ = p.out.Write([]byte(strings.ReplaceAll(string(block[:n]), "\r\n", "\n"))) // never fails
			if err != nil {
				return
			}
		}
	}()
	p.prints(liveCounts.String())
	if _, err := keyboard.Write([]byte{3}); err != nil { // Ctrl-C
		t.Fatal(err)
	}
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d after Ctrl-C\n%s", code, p.out)
	}
}

// openTerminal returns the two ends of a pseudo-terminal.
func openTerminal(t *testing.T) (keyboard, screen *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("this machine has no pseudo-terminals: %v", err)
	}
	t.Cleanup(func() { keyboard.Close() })
	raw, err := keyboard.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var number int
	var failure error
	err = raw.Control(func(fd uintptr) {
		if failure = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); failure == nil {
			number, failure = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	})
	if err != nil || failure != nil {
		t.Fatal(err, failure)
	}
	if screen, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		t.Skipf("this machine has no pseudo-terminals: %v", err)
	}
	t.Cleanup(func() { screen.Close() })
	return keyboard, screen
}
