package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/moldau/moldau/connect"
)

// OffsetFile is the OffsetStore of standalone mode: a file that Java's FileOffsetBackingStore reads and writes. One process may use it at a
// time. Unlike Java it replaces the file atomically, so that a crash leaves the old offsets or the new ones (I3).
type OffsetFile struct {
	path string

	mu    sync.Mutex
	table *offsetTable
}

// OpenOffsetFile reads the file; a missing or empty one holds no offsets. A file that cannot be understood is an error and is never
// overwritten. It also checks that the file can be replaced, so that a mistake shows at start and not at the first commit.
func OpenOffsetFile(path string) (*OffsetFile, error) {
	if path == "" {
		return nil, errors.New("offset.storage.file.filename is empty: name the file for the offsets of source connectors")
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	content, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the offset file (offset.storage.file.filename): %w", err)
	}
	rows, err := DecodeOffsetFile(content)
	if err != nil {
		return nil, fmt.Errorf("the offset file %s is damaged or no offset file; it is left as it is, restore it or move it away to begin without offsets: %w", path, err)
	}
	f := &OffsetFile{path: path, table: newOffsetTable(rows)}
	if err := f.probe(); err != nil {
		return nil, fmt.Errorf("the offset file %s (offset.storage.file.filename) cannot be written: %w", path, err)
	}
	return f, nil
}

func (f *OffsetFile) isDevice() bool {
	info, err := os.Stat(f.path)
	return err == nil && !info.Mode().IsRegular()
}

func (f *OffsetFile) probe() error {
	if f.isDevice() {
		file, err := os.OpenFile(f.path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return file.Close()
	}
	file, err := os.CreateTemp(filepath.Dir(f.path), filepath.Base(f.path)+".*.tmp")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// Get implements OffsetStore.
func (f *OffsetFile) Get(_ context.Context, connector string, partitions []*connect.SourcePartition) ([]connect.OffsetFields, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.table.get(connector, partitions)
}

// Partitions implements OffsetStore.
func (f *OffsetFile) Partitions(_ context.Context, connector string) ([]OffsetEntry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.table.partitions(connector)
}

// Set implements OffsetStore. The whole file is written, as Java does.
func (f *OffsetFile) Set(ctx context.Context, connector string, writes []OffsetWrite) error {
	encoded, err := encodeWrites(connector, writes)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := ctx.Err(); err != nil { // here, so that who was given up while it waited does not write after its successor
		return err
	}
	next := f.table.clone()
	if !next.set(encoded) {
		return nil
	}
	if err := f.replace(EncodeOffsetFile(next.rows)); err != nil {
		return fmt.Errorf("writing the offset file: %w", err)
	}
	f.table = next
	return nil
}

// replace writes a file beside the old one, makes it durable and puts it in its place, and makes that durable too.
func (f *OffsetFile) replace(content []byte) (err error) {
	if f.isDevice() {
		return os.WriteFile(f.path, content, 0)
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(f.path); err == nil {
		mode = info.Mode().Perm()
	}
	dir := filepath.Dir(f.path)
	file, err := os.CreateTemp(dir, filepath.Base(f.path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	_, err = file.Write(content)
	err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
	if err != nil {
		return err
	}
	if err = os.Rename(file.Name(), f.path); err != nil {
		return err
	}
	return syncDirectory(dir)
}
