//go:build unix

package app

import (
	"os/signal"
	"syscall"
)

// ignoreFileSizeSignal turns the end of the process at a limit of file sizes (ulimit -f) into a failed write, which a task reports as it
// reports a full disk.
func ignoreFileSizeSignal() { signal.Ignore(syscall.SIGXFSZ) }
