//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package file

import (
	"errors"
	"os"
	"syscall"
)

func lockFile(f *os.File, how locking) error {
	kind := syscall.LOCK_EX
	if how == shared {
		kind = syscall.LOCK_SH
	}
	err := syscall.Flock(int(f.Fd()), kind|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return err
}
