// Package reload keeps the content of a small file that is read again when the file changes.
package reload

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"
)

// largest bounds the files: what is read here is written by people.
const largest = 8 << 20

// File is the content of a file as a T. Its methods may be called by several goroutines.
type File[T any] struct {
	key, path string
	parse     func([]byte) (T, error)
	log       *slog.Logger

	mu    sync.Mutex
	value T
	stamp stamp
}

// stamp tells one state of a file from another. Mounted volumes of Kubernetes change what a link points to, so the file itself counts too.
type stamp struct {
	modified time.Time
	size     int64
	info     os.FileInfo
}

func (s stamp) same(other stamp) bool {
	return s.size == other.size && s.modified.Equal(other.modified) && (s.info == nil) == (other.info == nil) && (s.info == nil || os.SameFile(s.info, other.info))
}

// Open reads the file at path, which the configuration key names.
func Open[T any](key, path string, log *slog.Logger, parse func([]byte) (T, error)) (*File[T], error) {
	f := &File[T]{key: key, path: path, parse: parse, log: log, stamp: look(path)}
	var err error
	if f.value, err = f.read(); err != nil {
		return nil, fmt.Errorf("configuration %s: %w", key, err)
	}
	return f, nil
}

func look(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size(), info}
}

func (f *File[T]) read() (value T, err error) {
	in, err := os.Open(f.path)
	if err != nil {
		return value, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, largest+1))
	if err != nil {
		return value, err
	}
	if len(text) > largest {
		return value, fmt.Errorf("%s is larger than %d bytes", f.path, largest)
	}
	if value, err = f.parse(text); err != nil {
		return value, fmt.Errorf("%s: %w", f.path, err)
	}
	return value, nil
}

// Get returns the content. A change that cannot be read is logged once and leaves the old content in use.
func (f *File[T]) Get() T {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := look(f.path)
	if now.same(f.stamp) {
		return f.value
	}
	f.stamp = now
	value, err := f.read()
	if err != nil {
		f.log.Error(f.key + ": the changed file is not used, its former content stays in use: " + err.Error())
		return f.value
	}
	f.value = value
	f.log.Info(f.key + ": " + f.path + " has changed and was read again")
	return value
}
