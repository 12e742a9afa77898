package devbroker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// DirInUseError says that another process, or another broker of this one, uses the data directory.
type DirInUseError struct {
	Dir string
	PID int // 0 when it is not known
}

// Error names the directory and, where known, the process.
func (e *DirInUseError) Error() string {
	who := "another process"
	if e.PID > 0 {
		who = "process " + strconv.Itoa(e.PID)
	}
	return fmt.Sprintf("embedded broker: data directory %s is in use by %s: stop it or choose another directory", e.Dir, who)
}

// errLocked is what lockFile returns when somebody else holds the lock.
var errLocked = errors.New("locked")

// dirLock is a lock of the operating system, so it goes with its process however that ends. A nil one is no lock.
type dirLock struct{ file *os.File }

func lockDir(dir string) (*dirLock, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("embedded broker: data directory: %w", err)
	}
	if err := lockFile(f); err != nil {
		pid := readPID(f)
		_ = f.Close() // only read
		if errors.Is(err, errLocked) {
			return nil, &DirInUseError{Dir: dir, PID: pid}
		}
		return nil, fmt.Errorf("embedded broker: lock of data directory %s: %w", dir, err)
	}
	// The pid is only for the message of whoever is refused, so a failure to note it is no reason to stop.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return &dirLock{file: f}, nil
}

func readPID(f *os.File) int {
	var b [32]byte
	n, _ := f.ReadAt(b[:], 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil {
		return 0
	}
	return pid
}

func (l *dirLock) release() {
	if l != nil {
		_ = l.file.Close() // closing releases the lock
	}
}
