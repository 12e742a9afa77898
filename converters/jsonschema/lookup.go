package jsonschema

import (
	"errors"
	"fmt"
	"time"

	"github.com/moldau/moldau/converters/internal/registry"
	"github.com/moldau/moldau/converters/jsonschema/internal/everit"
)

const jsonType = "JSON"

// choose returns the schema of the registry by which values are written, as the settings say. doing names what was asked for, in the words of
// Confluent's serializer.
func (c *Converter) choose(subject string, w *writer) (found *registry.Schema, doing string, err error) {
	s := c.settings
	asked := &registry.Schema{Subject: subject, Type: jsonType, Text: w.text}
	latest := !s.AutoRegister && s.UseID < 0 && s.UseGUID == ""
	if w.own == nil && (s.AutoRegister || latest && s.UseMetadata[0] == "" && (!s.UseLatest || s.LatestStrict) || !latest && s.IDStrict) {
		return nil, "", nullPointer("data without schema has no JSON Schema: use another converter, or use.latest.version without latest.compatibility.strict")
	}
	switch {
	case s.AutoRegister:
		found, err = c.client.Register(asked, s.Normalize)
		return found, "Error registering JSON schema: " + w.text, err
	case s.UseID >= 0:
		doing = "Error retrieving schema ID" + w.text
		if found, err = c.client.ByID(s.UseID, subject); err == nil {
			err = c.compatible(found, w, s.IDStrict, "id.compatibility.strict")
		}
		return found, doing, err
	case s.UseGUID != "":
		doing = "Error retrieving schema GUID" + w.text
		if found, err = c.client.ByGUID(s.UseGUID); err == nil {
			err = c.compatible(found, w, s.IDStrict, "id.compatibility.strict")
		}
		if err == nil {
			var known *registry.Schema
			known, err = c.client.Lookup(&registry.Schema{Subject: subject, Type: jsonType, Text: found.Text, References: found.References}, false, false)
			if err == nil {
				found = &registry.Schema{Subject: subject, ID: known.ID, GUID: s.UseGUID, Type: jsonType, Text: found.Text, References: found.References}
			}
		}
		return found, doing, err
	case s.UseMetadata[0] != "":
		doing = fmt.Sprintf("Error retrieving latest with metadata '{%s=%s}'", s.UseMetadata[0], s.UseMetadata[1]) + w.text
		found, err = c.client.LatestWith(subject, s.UseMetadata[0], s.UseMetadata[1])
		return found, doing, err
	case s.UseLatest:
		doing = "Error retrieving latest version: " + w.text
		if found, err = c.client.Latest(subject); err == nil {
			err = c.compatible(found, w, s.LatestStrict, "latest.compatibility.strict")
		}
		return found, doing, err
	}
	found, err = c.client.Lookup(asked, s.Normalize, false)
	return found, "Error retrieving JSON schema: " + w.text, err
}

// compatible checks that a schema of the registry can read what is written by the own one, where that is asked for.
func (c *Converter) compatible(found *registry.Schema, w *writer, strict bool, key string) error {
	as, err := c.parse(found)
	if err != nil || !strict || found.Text == w.text {
		return err
	}
	own, err := ParseSchema(w.text, nil, false)
	if err != nil {
		return err
	}
	if where, ok := everit.Reads(as, own); !ok {
		return errors.New("Incompatible schema of type '" + found.Type + "'. Set " + key + "=false to disable this check: " + where)
	}
	return nil
}

// documents returns the texts that a schema of the registry refers to, by name.
func (c *Converter) documents(s *registry.Schema) (map[string]string, error) {
	names, schemas, err := c.client.Resolve(s)
	if err != nil {
		return nil, err
	}
	documents := make(map[string]string, len(names))
	for i, name := range names {
		documents[name] = schemas[i].Text
	}
	return documents, nil
}

// parse parses a schema of the registry with those it refers to.
func (c *Converter) parse(s *registry.Schema) (*Schema, error) {
	if s.Type != jsonType {
		return nil, errors.New("the registry's schema is of type " + s.Type + ", not " + jsonType)
	}
	documents, err := c.documents(s)
	if err != nil {
		return nil, err
	}
	return ParseSchema(s.Text, documents, c.data.opts.OldDialects)
}

// newReader gets the schema of a name, and its version under the subject of the topic, from the registry.
func (c *Converter) newReader(key readerKey) (*reader, error) {
	fail := func(err error) (*reader, error) {
		doing := "Error retrieving JSON schema for id " + key.id.String()
		var rest *registry.RestError
		if !errors.As(err, &rest) {
			doing = deserializing + key.id.String()
		}
		return nil, words.Read(key.topic, doing, err)
	}
	strategy := c.settings.Subjects
	subject := ""
	if !strategy.UsesSchema() {
		subject, _ = strategy.Subject(key.topic, "")
	}
	var found *registry.Schema
	var err error
	if key.id.ByGUID {
		found, err = c.client.ByGUID(registry.FormatGUID(key.id.GUID))
	} else {
		found, err = c.client.ByID(key.id.ID, subject)
	}
	if err != nil {
		return fail(err)
	}
	parsed, err := c.parse(found)
	if err != nil {
		return fail(err)
	}
	if strategy.UsesSchema() {
		name := ""
		if parsed.Title != nil {
			name = *parsed.Title
		}
		if subject, err = strategy.Subject(key.topic, name); err != nil {
			return nil, words.Read(key.topic, err.Error(), err)
		}
	}
	known, err := c.client.Lookup(&registry.Schema{Subject: subject, Type: jsonType, Text: found.Text, References: found.References}, false, true)
	if err != nil {
		return fail(err)
	}
	r := &reader{}
	version := known.Version
	// Where what is written takes the latest schema, so does what is read.
	var latest *registry.Schema
	switch s := c.settings; {
	case s.UseMetadata[0] != "":
		latest, err = c.client.LatestWith(subject, s.UseMetadata[0], s.UseMetadata[1])
	case s.UseLatest:
		if latest, err = c.client.Latest(subject); s.LatestTTL >= 0 {
			r.until = time.Now().Add(s.LatestTTL)
		}
	}
	if err != nil {
		return fail(err)
	}
	if latest != nil {
		found, version = latest, latest.Version
		if parsed, err = c.parse(found); err != nil {
			return fail(err)
		}
	}
	if c.validate {
		documents, err := c.documents(found)
		if err != nil {
			return fail(err)
		}
		if r.valid, err = newValidator(found.Text, documents); err != nil {
			return fail(err)
		}
	}
	s, err := c.data.ConnectSchema(parsed, &version)
	if err != nil {
		return nil, err
	}
	r.plan = c.data.ReadPlan(s)
	return r, nil
}
