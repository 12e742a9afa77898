// Package audit writes down who did what over the REST API: lines of JSON in a file, records in a topic.
package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/moldau/moldau/connect/config"
)

// Event is one request. It holds no secrets: of configurations it has digests and names of keys only.
type Event struct {
	Time time.Time `json:"time"`
	// RequestID is the same in the events of all workers that a request passed through, and in the header X-Request-Id of its answer.
	RequestID string `json:"request_id"`
	// Worker is the host and port that the worker is known by.
	Worker string `json:"worker"`
	// Principal is who asked, empty for nobody known; Login says how that is known.
	Principal string `json:"principal,omitempty"`
	Login     string `json:"login,omitempty"`
	// Client is the address that the request came from; Forwarded says that another worker sent it on for that client.
	Client    string `json:"client"`
	Forwarded bool   `json:"forwarded,omitempty"`
	// Verb is what the request needed a right for, Connector for which connector.
	Verb      string `json:"verb,omitempty"`
	Connector string `json:"connector,omitempty"`
	Method    string `json:"method"`
	Path      string `json:"path"`
	Status    int    `json:"status"`
	// Result is one of the results below.
	Result Result `json:"result"`
	// Reason says why a request was denied.
	Reason string `json:"reason,omitempty"`
	// Before and After are digests of a connector's configuration, empty for none; Changed names the keys that differ.
	Before  string   `json:"before,omitempty"`
	After   string   `json:"after,omitempty"`
	Changed []string `json:"changed,omitempty"`
}

// Result says what became of a request.
type Result string

// A request was carried out, failed, or was denied: by login, roles or a limit.
const (
	Done   Result = "done"
	Failed Result = "failed"
	Denied Result = "denied"
)

// ResultOf is the result that an answer's status tells.
func ResultOf(status int) Result {
	switch {
	case status == 401 || status == 403 || status == 429:
		return Denied
	case status >= 400:
		return Failed
	}
	return Done
}

// line is the event as a line of JSON, without its end.
func (e *Event) line() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Digest is that of a configuration's canonical form, JSON without blanks with its keys in order: what jq -cjS prints.
func Digest(props config.Props) string {
	if props == nil {
		return ""
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(map[string]*string(props)); err != nil {
		return "" // a map of texts can be written
	}
	sum := sha256.Sum256(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Changed returns the keys whose values differ, in order.
func Changed(before, after config.Props) []string {
	var keys []string
	for key := range after {
		if !same(before, after, key) {
			keys = append(keys, key)
		}
	}
	for key := range before {
		if _, ok := after[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func same(a, b config.Props, key string) bool {
	x, inA := a[key]
	y, inB := b[key]
	return inA == inB && (x == nil) == (y == nil) && (x == nil || *x == *y)
}

// Sink takes events. Write is called on the goroutine of the request, and may not wait for anything but a disk.
type Sink interface {
	Write(*Event)
	// Close ends the sink; no event comes after that.
	Close()
}
