//go:build linux

package main

import (
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// drain empties a named pipe at so many bytes a second, as a slow target does.
type drain struct {
	path  string
	f     *os.File
	taken atomic.Int64
	done  chan struct{}
}

// newDrain makes the pipe. It is open for reading before it returns, so that its writer can open it.
func newDrain(path string, rate int) (*drain, error) {
	if err := syscall.Mkfifo(path, 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0) // for writing too, so that it does not end before the sink opens it
	if err != nil {
		return nil, err
	}
	d := &drain{path: path, f: f, done: make(chan struct{})}
	go d.run(rate)
	return d, nil
}

func (d *drain) run(rate int) {
	defer close(d.done)
	const ticks = 20 // a second
	buf := make([]byte, max(rate/ticks, 1))
	ticker := time.NewTicker(time.Second / ticks)
	defer ticker.Stop()
	for range ticker.C {
		n, err := d.f.Read(buf)
		if err != nil {
			return // closed
		}
		d.taken.Add(int64(n))
	}
}

func (d *drain) end() {
	_ = d.f.Close() // nothing is written to it here
	<-d.done
}
