package rest

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

//go:embed testdata
var testdata embed.FS

// File is one file of conversations.
type File struct {
	Name     string
	Title    string         `json:"title"`
	Profiles []string       `json:"profiles"`
	Defs     map[string]any `json:"defs"`
	Cases    []Case         `json:"cases"`
}

// Case is one conversation.
type Case struct {
	ID       string   `json:"id"`
	Profiles []string `json:"profiles"`
	Steps    []Step   `json:"steps"`
}

// Step is one request, or one preparation; its members are described in the recordings' README.
type Step map[string]any

// text returns a member that is a text.
func (s Step) text(name string) (string, bool) {
	v, ok := s[name].(string)
	return v, ok
}

// in reports whether the step, of a case that runs in the profile, is for that profile.
func (s Step) in(profile string) bool {
	list, ok := s["profiles"].([]any)
	return !ok || slices.Contains(list, any(profile))
}

// want returns what Java answered in the profile.
func (s Step) want(profile string) (map[string]any, bool) {
	expect, _ := s["expect"].(map[string]any)
	for _, key := range []string{profile, "any"} {
		if w, ok := expect[key].(map[string]any); ok {
			return w, true
		}
	}
	return nil, false
}

func (c *Case) in(profile string, f *File) bool {
	if c.Profiles != nil {
		return slices.Contains(c.Profiles, profile)
	}
	return slices.Contains(f.Profiles, profile)
}

// Profile is how a worker is started.
type Profile struct {
	Mode    string              `json:"mode"`
	Common  map[string]string   `json:"common"`
	Workers []map[string]string `json:"workers"`
	Files   map[string]string   `json:"files"`
	Env     map[string]string   `json:"env"`
	Share   []string            `json:"share"`
	Bases   map[string]string   `json:"bases"`
	Scheme  string              `json:"scheme"`
	Auth    string              `json:"auth"`
	Cert    string              `json:"cert"`
}

// Files returns all recorded files by name.
func Files() ([]*File, error) {
	entries, err := testdata.ReadDir("testdata")
	if err != nil {
		return nil, err
	}
	var files []*File
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".json.gz")
		if !ok {
			continue
		}
		f := &File{Name: name}
		if err := read(e.Name(), f); err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// Profiles returns all profiles by name.
func Profiles() (map[string]*Profile, error) {
	all := map[string]*Profile{}
	return all, read("profiles.json", &all)
}

func read(name string, into any) error {
	data, err := testdata.ReadFile(path.Join("testdata", name))
	if err != nil {
		return err
	}
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if data, err = io.ReadAll(z); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
