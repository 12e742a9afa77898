// Package registrytest is a Schema Registry in memory for tests.
package registrytest

import (
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/moldau/moldau/converters/internal/registry"
)

// Registry answers as a Schema Registry does: it gives ids and GUIDs to schemas, counts versions and finds them again. It checks no compatibility.
type Registry struct {
	// URL is where it listens.
	URL string
	// Intercept, if set, sees each request first; true means that it has answered.
	Intercept func(w http.ResponseWriter, r *http.Request) bool

	mu       sync.Mutex
	requests []string
	texts    []registry.Schema
	subjects map[string][]int32
}

// New starts a registry that stops with the test.
func New(t testing.TB) *Registry {
	x := &Registry{subjects: map[string][]int32{}}
	server := httptest.NewServer(x)
	t.Cleanup(server.Close)
	x.URL = server.URL
	return x
}

// Requests returns what was asked so far: method and path.
func (x *Registry) Requests() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return append([]string(nil), x.requests...)
}

// Add registers a schema and returns its id.
func (x *Registry) Add(subject string, s registry.Schema) int32 {
	x.mu.Lock()
	defer x.mu.Unlock()
	id := x.idOf(s)
	for _, known := range x.subjects[subject] {
		if known == id {
			return id
		}
	}
	x.subjects[subject] = append(x.subjects[subject], id)
	return id
}

func (x *Registry) idOf(s registry.Schema) int32 {
	for i := range x.texts {
		if x.texts[i].Text == s.Text && x.texts[i].Type == s.Type {
			return int32(i + 1)
		}
	}
	sum := sha256.Sum256([]byte(s.Type + s.Text))
	s.GUID = registry.FormatGUID([16]byte(sum[:16]))
	x.texts = append(x.texts, s)
	return int32(len(x.texts))
}

func (x *Registry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x.mu.Lock()
	x.requests = append(x.requests, r.Method+" "+r.URL.Path)
	x.mu.Unlock()
	if x.Intercept != nil && x.Intercept(w, r) {
		return
	}
	parts := strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	for i := range parts {
		if part, err := url.PathUnescape(parts[i]); err == nil {
			parts[i] = part
		}
	}
	switch {
	case r.Method == http.MethodPost && len(parts) == 3 && parts[0] == "subjects":
		s, ok := readSchema(w, r)
		if ok {
			id := x.Add(parts[1], s)
			x.mu.Lock()
			defer x.mu.Unlock()
			answer(w, map[string]any{"id": id, "guid": x.texts[id-1].GUID})
		}
	case r.Method == http.MethodPost && len(parts) == 2 && parts[0] == "subjects":
		x.find(w, r, parts[1])
	case len(parts) == 3 && parts[0] == "schemas":
		x.byName(w, parts[1], parts[2])
	case len(parts) == 4 && parts[0] == "subjects":
		x.version(w, parts[1], parts[3])
	default:
		Fail(w, http.StatusNotFound, 404, "HTTP 404 Not Found")
	}
}

func readSchema(w http.ResponseWriter, r *http.Request) (registry.Schema, bool) {
	var body struct {
		Schema     string               `json:"schema"`
		SchemaType string               `json:"schemaType"`
		References []registry.Reference `json:"references"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Schema == "" {
		Fail(w, http.StatusUnprocessableEntity, 42201, "Invalid schema")
		return registry.Schema{}, false
	}
	if body.SchemaType == "" {
		body.SchemaType = "AVRO"
	}
	return registry.Schema{Type: body.SchemaType, Text: body.Schema, References: body.References}, true
}

func (x *Registry) find(w http.ResponseWriter, r *http.Request, subject string) {
	s, ok := readSchema(w, r)
	if !ok {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.subjects[subject]) == 0 {
		Fail(w, http.StatusNotFound, 40401, "Subject '"+subject+"' not found.")
		return
	}
	for i, id := range x.subjects[subject] {
		if x.texts[id-1].Text == s.Text && x.texts[id-1].Type == s.Type {
			x.answerSchema(w, subject, i)
			return
		}
	}
	Fail(w, http.StatusNotFound, 40403, "Schema not found")
}

func (x *Registry) byName(w http.ResponseWriter, by, name string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range x.texts {
		if by == "ids" && strconv.Itoa(i+1) == name || by == "guids" && x.texts[i].GUID == name {
			answer(w, body(x.texts[i]))
			return
		}
	}
	Fail(w, http.StatusNotFound, 40403, "Schema "+name+" not found")
}

func (x *Registry) version(w http.ResponseWriter, subject, version string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := len(x.subjects[subject])
	i, err := strconv.Atoi(version)
	if version == "latest" {
		i, err = n, nil
	}
	if err != nil || i < 1 || i > n {
		Fail(w, http.StatusNotFound, 40401, "Subject '"+subject+"' not found.")
		return
	}
	x.answerSchema(w, subject, i-1)
}

func body(s registry.Schema) map[string]any {
	m := map[string]any{"schema": s.Text, "guid": s.GUID}
	if s.Type != "AVRO" {
		m["schemaType"] = s.Type
	}
	if len(s.References) > 0 {
		m["references"] = s.References
	}
	return m
}

func (x *Registry) answerSchema(w http.ResponseWriter, subject string, i int) {
	id := x.subjects[subject][i]
	m := body(x.texts[id-1])
	m["subject"], m["version"], m["id"] = subject, i+1, id
	answer(w, m)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err)
	}
}

// Fail answers a request with an error of the registry.
func Fail(w http.ResponseWriter, status, code int, message string) {
	w.Header().Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(map[string]any{"error_code": code, "message": message}); err != nil {
		panic(err)
	}
}
