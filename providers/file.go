package providers

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"
	"unicode/utf8"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
)

// File is Kafka's FileConfigProvider: the path is a properties file in UTF-8, the key one of its keys.
type File struct {
	allowed allowedPaths
	ttl     time.Duration
}

// NewFile returns an unconfigured File.
func NewFile() *File { return &File{} }

// Configure takes the options allowed.paths and ttl.ms.
func (f *File) Configure(props map[string]string) (err error) {
	if f.ttl, err = parseTTL(props); err != nil {
		return err
	}
	f.allowed, err = parseAllowedPaths(props[allowedPathsKey])
	return err
}

// Get reads the file anew at each call. An empty path and one that is not allowed give nothing; a file that cannot be read is an error.
func (f *File) Get(_ context.Context, path string, keys []string) (connect.ConfigData, error) {
	if path == "" {
		return forEver(nil), nil
	}
	name, ok := f.allowed.check(path)
	if !ok {
		return forEver(nil), nil
	}
	text, err := os.ReadFile(name)
	if err == nil && !utf8.Valid(text) {
		err = errors.New("not UTF-8")
	}
	if err != nil {
		return connect.ConfigData{}, unreadable("Could not read properties from file "+path, err)
	}
	properties, err := javafmt.LoadPropertiesText(string(text))
	if err != nil {
		return connect.ConfigData{}, err
	}
	values := make(map[string]string, len(properties))
	for _, p := range properties {
		values[p.Key] = p.Value
	}
	return connect.ConfigData{Values: pick(values, keys), TTL: f.ttl}, nil
}

// Close does nothing.
func (f *File) Close() error { return nil }

// unreadable is an error with Java's text, which leaves the reason out; the reason stays in the chain for logs.
func unreadable(msg string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return &config.Error{Msg: msg, Cause: err}
}
