//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package file

import (
	"errors"
	"os"
)

func lockFile(*os.File, locking) error { return errors.ErrUnsupported }
