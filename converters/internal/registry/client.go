package registry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Schema is a schema of the registry.
type Schema struct {
	Subject string
	Version int32
	ID      int32
	// GUID is empty where the registry gives none.
	GUID string
	// Type is AVRO, PROTOBUF or JSON; registries leave AVRO out.
	Type       string
	Text       string
	References []Reference
}

// Reference is another schema that a schema uses, by the name under which it does.
type Reference struct {
	Name    string `json:"name"`
	Subject string `json:"subject"`
	Version int32  `json:"version"`
}

// schemaJSON is the form of requests and answers.
type schemaJSON struct {
	Subject    string      `json:"subject,omitempty"`
	Version    int32       `json:"version,omitempty"`
	ID         int32       `json:"id,omitempty"`
	GUID       string      `json:"guid,omitempty"`
	Type       string      `json:"schemaType,omitempty"`
	Text       string      `json:"schema,omitempty"`
	References []Reference `json:"references,omitempty"`
}

func (x schemaJSON) schema() *Schema {
	s := Schema(x)
	if s.Type == "" {
		s.Type = "AVRO"
	}
	return &s
}

// Client asks a registry, and remembers what it said. Its methods block until the registry has answered or all attempts failed, and may be called
// from any goroutine. Their errors are a *RestError, or say that there was no answer.
type Client struct {
	transport *transport
	byID      *Cache[idKey, *Schema]
	byGUID    *Cache[string, *Schema]
	byVersion *Cache[versionKey, *Schema]
	written   *Cache[textKey, *Schema]
	versions  *Cache[textKey, *Schema]
}

type idKey struct {
	subject string
	id      int32
}

type versionKey struct {
	subject string
	version int32
}

type textKey struct {
	subject, kind, text string
	// references are those of the schema, as text.
	references string
	mode       byte
}

// NewClient returns a client. Nothing is asked yet.
func NewClient(s *Settings) *Client {
	n := s.Capacity
	return &Client{
		transport: newTransport(s),
		byID:      NewCache[idKey, *Schema](n), byGUID: NewCache[string, *Schema](n), byVersion: NewCache[versionKey, *Schema](n),
		written: NewCache[textKey, *Schema](n), versions: NewCache[textKey, *Schema](n),
	}
}

func keyOf(s *Schema, mode byte) textKey {
	return textKey{s.Subject, s.Type, s.Text, fmt.Sprint(s.References), mode}
}

func (s *Schema) body() schemaJSON {
	x := schemaJSON{Text: s.Text, References: s.References}
	if s.Type != "AVRO" {
		x.Type = s.Type
	}
	return x
}

// Register registers a schema under its subject, or finds it there, and returns it with its id.
func (c *Client) Register(s *Schema, normalize bool) (*Schema, error) {
	key := keyOf(s, 'r')
	if known, ok := c.written.Get(key); ok {
		return known, nil
	}
	path := "/subjects/" + url.PathEscape(s.Subject) + "/versions?normalize=" + strconv.FormatBool(normalize)
	found, err := c.post(path, s)
	if err == nil {
		c.written.Put(key, found)
	}
	return found, err
}

// Lookup finds a schema under its subject. deleted includes schemas that were deleted softly.
func (c *Client) Lookup(s *Schema, normalize, deleted bool) (*Schema, error) {
	mode := byte('l')
	if deleted {
		mode = 'd'
	}
	key := keyOf(s, mode)
	if known, ok := c.versions.Get(key); ok {
		return known, nil
	}
	path := "/subjects/" + url.PathEscape(s.Subject) + "?normalize=" + strconv.FormatBool(normalize) + "&deleted=" + strconv.FormatBool(deleted)
	found, err := c.post(path, s)
	if err == nil {
		c.versions.Put(key, found)
	}
	return found, err
}

func (c *Client) post(path string, s *Schema) (*Schema, error) {
	body, err := json.Marshal(s.body())
	if err != nil {
		return nil, err
	}
	var x schemaJSON
	if err := c.transport.call(http.MethodPost, path, body, &x); err != nil {
		return nil, err
	}
	if x.ID == 0 && x.GUID == "" && x.Version == 0 {
		return nil, fmt.Errorf("the registry gave no id for the schema of subject %s", s.Subject)
	}
	return x.schema(), nil
}

// ByID returns the schema of an id. subject, if not empty, says in which context the id counts.
func (c *Client) ByID(id int32, subject string) (*Schema, error) {
	key := idKey{subject, id}
	if known, ok := c.byID.Get(key); ok {
		return known, nil
	}
	path := "/schemas/ids/" + strconv.Itoa(int(id)) + "?fetchMaxId=false"
	if subject != "" {
		path += "&subject=" + url.QueryEscape(subject)
	}
	var x schemaJSON
	if err := c.transport.call(http.MethodGet, path, nil, &x); err != nil {
		return nil, err
	}
	x.ID = id
	s := x.schema()
	c.byID.Put(key, s)
	return s, nil
}

// ByGUID returns the schema of a GUID.
func (c *Client) ByGUID(guid string) (*Schema, error) {
	if known, ok := c.byGUID.Get(guid); ok {
		return known, nil
	}
	var x schemaJSON
	if err := c.transport.call(http.MethodGet, "/schemas/guids/"+url.PathEscape(guid), nil, &x); err != nil {
		return nil, err
	}
	x.GUID = guid
	s := x.schema()
	c.byGUID.Put(guid, s)
	return s, nil
}

// Latest returns the latest schema of a subject. It is asked for each time.
func (c *Client) Latest(subject string) (*Schema, error) {
	var x schemaJSON
	if err := c.transport.call(http.MethodGet, "/subjects/"+url.PathEscape(subject)+"/versions/latest", nil, &x); err != nil {
		return nil, err
	}
	return x.schema(), nil
}

// LatestWith returns the latest schema of a subject whose metadata has a property of a value.
func (c *Client) LatestWith(subject, key, value string) (*Schema, error) {
	var x schemaJSON
	path := "/subjects/" + url.PathEscape(subject) + "/metadata?key=" + url.QueryEscape(key) + "&value=" + url.QueryEscape(value)
	if err := c.transport.call(http.MethodGet, path, nil, &x); err != nil {
		return nil, err
	}
	return x.schema(), nil
}

// ByVersion returns a version of a subject, also one that was deleted softly, since others may refer to it.
func (c *Client) ByVersion(subject string, version int32) (*Schema, error) {
	key := versionKey{subject, version}
	if known, ok := c.byVersion.Get(key); ok {
		return known, nil
	}
	var x schemaJSON
	path := "/subjects/" + url.PathEscape(subject) + "/versions/" + strconv.Itoa(int(version)) + "?deleted=true"
	if err := c.transport.call(http.MethodGet, path, nil, &x); err != nil {
		return nil, err
	}
	s := x.schema()
	c.byVersion.Put(key, s)
	return s, nil
}

// mostReferences bounds how many schemas one schema may need.
const mostReferences = 10000

// Resolve returns the schemas that a schema refers to, each behind those it refers to itself, with the names under which it does.
func (c *Client) Resolve(s *Schema) (names []string, schemas []*Schema, err error) {
	seen := map[string]bool{}
	var visit func(s *Schema) error
	visit = func(s *Schema) error {
		for _, r := range s.References {
			if seen[r.Name] {
				continue
			}
			if seen[r.Name] = true; len(seen) > mostReferences {
				return fmt.Errorf("subject %s refers to more than %d schemas", s.Subject, mostReferences)
			}
			target, err := c.ByVersion(r.Subject, r.Version)
			if err != nil {
				return fmt.Errorf("reference %s (subject %s, version %d): %w", r.Name, r.Subject, r.Version, err)
			}
			if err := visit(target); err != nil {
				return err
			}
			names, schemas = append(names, r.Name), append(schemas, target)
		}
		return nil
	}
	return names, schemas, visit(s)
}

// decodeError reads the body of an answer that says no.
func decodeError(status int, body []byte, request string) error {
	var x struct {
		Code    int    `json:"error_code"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(bytes.TrimSpace(body), &x); err != nil || x.Message == "" {
		text := strings.TrimSpace(string(body[:min(len(body), 200)]))
		if text == "" {
			text = http.StatusText(status)
		}
		return &RestError{Status: status, Code: 50005, Message: "Unable to parse error message from schema registry: '(" + text + ")'", Request: request}
	}
	return &RestError{Status: status, Code: x.Code, Message: x.Message, Request: request}
}
