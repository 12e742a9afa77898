package devbroker

import (
	"errors"

	"golang.org/x/sys/windows"
)

// Windows answers WSAEACCES for a port that another socket holds exclusively.
func isAddrInUse(err error) bool {
	return errors.Is(err, windows.WSAEADDRINUSE) || errors.Is(err, windows.WSAEACCES)
}
