package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"sync"
)

// File appends events to a file. It renames the file when it is full, and opens it anew when somebody else has renamed it, as logrotate does.
type File struct {
	path  string
	most  int64
	files int
	log   *slog.Logger

	mu     sync.Mutex
	out    *os.File
	size   int64
	failed int // events that could not be written since the last that could
}

// OpenFile opens the file at path, which begins anew at most bytes, 0 for never; files older ones are kept as path.1, path.2 and so on.
func OpenFile(path string, most int64, files int, log *slog.Logger) (*File, error) {
	f := &File{path: path, most: most, files: files, log: log}
	if err := f.open(); err != nil {
		return nil, fmt.Errorf("configuration moldau.rest.audit.file: %w", err)
	}
	return f, nil
}

func (f *File) open() error {
	out, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := out.Stat()
	if err != nil {
		return errors.Join(err, out.Close())
	}
	f.out, f.size = out, info.Size()
	return nil
}

// Write appends an event. Events that cannot be written are counted, and the log says so when that begins and ends.
func (f *File) Write(e *Event) {
	line, err := e.line()
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		err = f.append(append(line, '\n'))
	}
	switch {
	case err != nil:
		if f.failed++; f.failed == 1 {
			f.log.Error("moldau.rest.audit.file: events of the audit cannot be written and are lost until they can: " + err.Error())
		}
	case f.failed > 0:
		f.log.Warn("moldau.rest.audit.file: events are written again; " + strconv.Itoa(f.failed) + " were lost")
		f.failed = 0
	}
}

func (f *File) append(line []byte) error {
	if err := f.current(); err != nil {
		return err
	}
	if f.most > 0 && f.size > 0 && f.size+int64(len(line)) > f.most {
		if err := f.rotate(); err != nil {
			return err
		}
	}
	n, err := f.out.Write(line)
	f.size += int64(n)
	if err != nil && n > 0 {
		// A piece of a line would spoil the next one as well.
		if cut := os.Truncate(f.path, f.size-int64(n)); cut == nil {
			f.size -= int64(n)
		}
	}
	return err
}

// current makes sure that the open file is the one that the path names.
func (f *File) current() error {
	if f.out != nil {
		named, err := os.Stat(f.path)
		if err == nil {
			if open, err := f.out.Stat(); err == nil && os.SameFile(named, open) {
				f.size = open.Size()
				return nil
			}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		_ = f.out.Close() // what was written to it is there
		f.out = nil
	}
	return f.open()
}

func (f *File) rotate() error {
	_ = f.out.Close() // each event was written in one call, which told of its error
	f.out = nil
	for i := f.files - 1; i >= 1; i-- {
		if err := os.Rename(f.numbered(i), f.numbered(i+1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(f.path, f.numbered(1)); err != nil {
		return err
	}
	return f.open()
}

func (f *File) numbered(n int) string { return f.path + "." + strconv.Itoa(n) }

// Close closes the file.
func (f *File) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.out != nil {
		_ = f.out.Close() // as in rotate
		f.out = nil
	}
}
