package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
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
	// Tags asks for the tags of the version before.
	Tags bool `json:"propagateSchemaTags,omitempty"`
}

func (x schemaJSON) schema() *Schema {
	s := Schema{x.Subject, x.Version, x.ID, x.GUID, x.Type, x.Text, x.References}
	if s.Type == "" {
		s.Type = "AVRO"
	}
	return &s
}

// Client asks a registry, and remembers what it said. Its methods block until the registry has answered or all attempts failed, and may be called
// from any goroutine. Their errors are a *RestError, or say that there was no answer.
type Client struct {
	transport *transport
	tags      bool
	byID      *Cache[idKey, *Schema]
	byGUID    *Cache[string, *Schema]
	byVersion *Cache[versionKey, *Schema]
	written   *Cache[textKey, *Schema]
	versions  *Cache[textKey, *Schema]
	// latest are the latest schemas of subjects, latestWith those with a property.
	latest     *Expiring[string, *Schema]
	latestWith *Expiring[withKey, *Schema]
	// missing are the answers that something is not there.
	missingID      *Expiring[idKey, *RestError]
	missingGUID    *Expiring[string, *RestError]
	missingVersion *Expiring[versionKey, *RestError]
	missingText    *Expiring[textKey, *RestError]
}

type withKey struct{ subject, key, value string }

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

const latestDefault = time.Minute

// NewClient returns a client. Nothing is asked yet.
func NewClient(s *Settings) *Client {
	n := s.Capacity
	latest := s.LatestTTL
	if latest < 0 {
		// CachedSchemaRegistryClient has a default of its own for the time that the serializer does not limit.
		latest = latestDefault
	}
	return &Client{
		transport: newTransport(s), tags: s.PropagateTags,
		byID: NewCache[idKey, *Schema](n), byGUID: NewCache[string, *Schema](n), byVersion: NewCache[versionKey, *Schema](n),
		written: NewCache[textKey, *Schema](n), versions: NewCache[textKey, *Schema](n),
		latest: NewExpiring[string, *Schema](n, latest), latestWith: NewExpiring[withKey, *Schema](n, latest),
		missingID: NewExpiring[idKey, *RestError](s.MissingSize, s.MissingID), missingGUID: NewExpiring[string, *RestError](s.MissingSize, s.MissingID),
		missingVersion: NewExpiring[versionKey, *RestError](s.MissingSize, s.MissingVersion),
		missingText:    NewExpiring[textKey, *RestError](s.MissingSize, s.MissingSchema),
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
	body := s.body()
	body.Tags = c.tags
	found, err := c.post(path, s.Subject, body)
	if err == nil {
		c.written.Put(key, found)
		c.latest.Delete(s.Subject)
		c.latestWith.Clear()
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
	if known, ok := c.missingText.Get(key); ok {
		return nil, known
	}
	path := "/subjects/" + url.PathEscape(s.Subject) + "?normalize=" + strconv.FormatBool(normalize) + "&deleted=" + strconv.FormatBool(deleted)
	found, err := c.post(path, s.Subject, s.body())
	if err == nil {
		c.versions.Put(key, found)
	} else if rest := notFound(err, 40401, 40403); rest != nil {
		c.missingText.Put(key, rest)
	}
	return found, err
}

// notFound returns the answer that says, by one of these codes, that something is not there; nil for any other error.
func notFound(err error, codes ...int) *RestError {
	var rest *RestError
	if errors.As(err, &rest) && rest.Status == http.StatusNotFound && slices.Contains(codes, rest.Code) {
		return rest
	}
	return nil
}

func (c *Client) post(path, subject string, asked schemaJSON) (*Schema, error) {
	body, err := json.Marshal(asked)
	if err != nil {
		return nil, err
	}
	var x schemaJSON
	if err := c.transport.call(http.MethodPost, path, body, &x); err != nil {
		return nil, err
	}
	if x.ID == 0 && x.GUID == "" && x.Version == 0 {
		return nil, fmt.Errorf("the registry gave no id for the schema of subject %s", subject)
	}
	return x.schema(), nil
}

// ByID returns the schema of an id. subject, if not empty, says in which context the id counts.
func (c *Client) ByID(id int32, subject string) (*Schema, error) {
	key := idKey{subject, id}
	if known, ok := c.byID.Get(key); ok {
		return known, nil
	}
	if known, ok := c.missingID.Get(key); ok {
		return nil, known
	}
	path := "/schemas/ids/" + strconv.Itoa(int(id)) + "?fetchMaxId=false"
	if subject != "" {
		path += "&subject=" + url.QueryEscape(subject)
	}
	var x schemaJSON
	if err := c.transport.call(http.MethodGet, path, nil, &x); err != nil {
		if rest := notFound(err, 40401, 40403); rest != nil {
			c.missingID.Put(key, rest)
		}
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
	if known, ok := c.missingGUID.Get(guid); ok {
		return nil, known
	}
	var x schemaJSON
	if err := c.transport.call(http.MethodGet, "/schemas/guids/"+url.PathEscape(guid), nil, &x); err != nil {
		if rest := notFound(err, 40401, 40403); rest != nil {
			c.missingGUID.Put(guid, rest)
		}
		return nil, err
	}
	x.GUID = guid
	s := x.schema()
	c.byGUID.Put(guid, s)
	return s, nil
}

// Latest returns the latest schema of a subject, or the one that was the latest latest.cache.ttl.sec ago at most, by default a minute.
func (c *Client) Latest(subject string) (*Schema, error) {
	if known, ok := c.latest.Get(subject); ok {
		return known, nil
	}
	var x schemaJSON
	if err := c.transport.call(http.MethodGet, "/subjects/"+url.PathEscape(subject)+"/versions/latest", nil, &x); err != nil {
		return nil, err
	}
	s := x.schema()
	c.latest.Put(subject, s)
	return s, nil
}

// LatestWith returns the latest schema of a subject whose metadata has a property of a value.
func (c *Client) LatestWith(subject, key, value string) (*Schema, error) {
	if known, ok := c.latestWith.Get(withKey{subject, key, value}); ok {
		return known, nil
	}
	var x schemaJSON
	path := "/subjects/" + url.PathEscape(subject) + "/metadata?key=" + url.QueryEscape(key) + "&value=" + url.QueryEscape(value)
	if err := c.transport.call(http.MethodGet, path, nil, &x); err != nil {
		return nil, err
	}
	s := x.schema()
	c.latestWith.Put(withKey{subject, key, value}, s)
	return s, nil
}

// ByVersion returns a version of a subject, also one that was deleted softly, since others may refer to it.
func (c *Client) ByVersion(subject string, version int32) (*Schema, error) {
	key := versionKey{subject, version}
	if known, ok := c.byVersion.Get(key); ok {
		return known, nil
	}
	if known, ok := c.missingVersion.Get(key); ok {
		return nil, known
	}
	var x schemaJSON
	path := "/subjects/" + url.PathEscape(subject) + "/versions/" + strconv.Itoa(int(version)) + "?deleted=true"
	if err := c.transport.call(http.MethodGet, path, nil, &x); err != nil {
		if rest := notFound(err, 40402); rest != nil {
			c.missingVersion.Put(key, rest)
		}
		return nil, err
	}
	s := x.schema()
	c.byVersion.Put(key, s)
	return s, nil
}
