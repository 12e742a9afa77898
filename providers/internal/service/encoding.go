package service

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"

	"github.com/moldau/moldau/connect/config"
)

// Encoding says how Lenses' providers read a value: as it is, from base 64, or into a file whose name becomes the value.
type Encoding string

// The encodings, in the order in which names of keys are looked at.
const (
	Plain      Encoding = ""
	UTF8File   Encoding = "utf8_file"
	Base64File Encoding = "base64_file"
	Base64     Encoding = "base64"
	UTF8       Encoding = "utf8"
)

// EncodingOf returns the encoding that a key begins with, in whatever case, and what follows it.
func EncodingOf(key string) (Encoding, string) {
	name := strings.TrimSpace(key)
	for _, e := range []Encoding{UTF8File, Base64File, Base64, UTF8} {
		if len(name) >= len(e) && strings.EqualFold(name[:len(e)], string(e)) {
			return e, strings.TrimPrefix(strings.TrimSpace(name[len(e):]), "_")
		}
	}
	return Plain, ""
}

// Decode returns what a value stands for; file is where its content goes if it is to become a file, "" refuses that.
func (e Encoding) Decode(key, value, file string) (string, error) {
	content := []byte(value)
	if e == Base64 || e == Base64File {
		decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
		if err != nil {
			return "", config.Failed("Failed to decode value for key [" + key + "]")
		}
		content = decoded
	}
	if e != Base64File && e != UTF8File {
		return string(content), nil
	}
	if file == "" {
		return "", config.Failed("The value of key [" + key + "] is to be written to a file, which file.write and file.dir do not allow")
	}
	return file, writeSecret(file, content)
}

// writeSecret puts a secret into a file that only this user may read, in one step: a reader sees the old content or the new one.
func writeSecret(file string, content []byte) error {
	failed := func(err error) error { return Failed("Failed to write the secret to the file "+file, err) }
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return failed(err)
	}
	if before, err := os.ReadFile(file); err == nil && string(before) == string(content) {
		return nil
	}
	temporary, err := os.CreateTemp(filepath.Dir(file), ".secret-*")
	if err != nil {
		return failed(err)
	}
	_, err = temporary.Write(content)
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	if err != nil {
		_ = os.Remove(temporary.Name()) // what failed before is the error that counts
		return failed(err)
	}
	return nil
}

// FileIn returns the path of a file below a directory for a name that came from elsewhere, "" where that would lead out of it.
func FileIn(dir string, name string) string {
	if dir == "" || !filepath.IsLocal(name) {
		return ""
	}
	return filepath.Join(dir, name)
}
