package providers

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/moldau/moldau/connect"
)

// Directory is Kafka's DirectoryConfigProvider: the path is a directory, the key the name of a file in it, the value its content in UTF-8. Mounted
// Kubernetes secrets have this form.
type Directory struct {
	allowed allowedPaths
	ttl     time.Duration
}

// NewDirectory returns an unconfigured Directory.
func NewDirectory() *Directory { return &Directory{} }

// Configure takes the options allowed.paths and ttl.ms.
func (d *Directory) Configure(props map[string]string) (err error) {
	if d.ttl, err = parseTTL(props); err != nil {
		return err
	}
	d.allowed, err = parseAllowedPaths(props[allowedPathsKey])
	return err
}

// Get reads the files anew at each call, regular files only. An empty path, one that is not allowed and one that is no directory give nothing.
func (d *Directory) Get(_ context.Context, path string, keys []string) (connect.ConfigData, error) {
	if path == "" {
		return forEver(nil), nil
	}
	dir, ok := d.allowed.check(path)
	if !ok {
		return forEver(nil), nil
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		slog.Warn("config provider: path is not a directory", "path", path)
		return forEver(nil), nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return connect.ConfigData{}, unreadable("Could not list directory "+dir, err)
	}
	values := map[string]string{}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if keys != nil && !slices.Contains(keys, e.Name()) {
			continue
		}
		// Links to files count as files: Kubernetes mounts each key as a link.
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
			continue
		}
		text, err := os.ReadFile(name)
		if err == nil && !utf8.Valid(text) {
			err = errors.New("not UTF-8")
		}
		if err != nil {
			return connect.ConfigData{}, unreadable("Could not read file "+name+" for property "+e.Name(), err)
		}
		values[e.Name()] = string(text)
	}
	return connect.ConfigData{Values: values, TTL: d.ttl}, nil
}

// Close does nothing.
func (d *Directory) Close() error { return nil }
