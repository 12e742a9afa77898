package avro

import (
	"errors"
	"fmt"

	"github.com/moldau/moldau/converters/avro/internal/avsc"
	"github.com/moldau/moldau/converters/internal/registry"
)

const avroType = "AVRO"

// choose returns the schema of the registry by which values of the schema own are written, as the settings say. doing names what was asked for, in
// the words of Confluent's serializer.
func (c *Converter) choose(subject string, own *avsc.Schema) (found *registry.Schema, as *avsc.Schema, doing string, err error) {
	s := c.settings
	text := own.String()
	asked := &registry.Schema{Subject: subject, Type: avroType, Text: text}
	switch {
	case s.AutoRegister:
		doing = "Error registering Avro schema" + text
		if found, err = c.client.Register(asked, s.Normalize); err == nil && found.Text != "" && found.Text != text {
			as, err = c.parse(found)
			return found, as, doing, err
		}
		return found, own, doing, err
	case s.UseID >= 0:
		doing = "Error retrieving schema ID" + text
		if found, err = c.client.ByID(s.UseID, subject); err == nil {
			as, err = c.compatible(found, own, s.IDStrict, "id.compatibility.strict")
		}
		return found, as, doing, err
	case s.UseGUID != "":
		doing = "Error retrieving schema GUID" + text
		if found, err = c.client.ByGUID(s.UseGUID); err == nil {
			as, err = c.compatible(found, own, s.IDStrict, "id.compatibility.strict")
		}
		if err == nil {
			var known *registry.Schema
			known, err = c.client.Lookup(&registry.Schema{Subject: subject, Type: avroType, Text: found.Text, References: found.References}, false, false)
			if err == nil {
				found = &registry.Schema{Subject: subject, ID: known.ID, GUID: s.UseGUID}
			}
		}
		return found, as, doing, err
	case s.UseMetadata[0] != "":
		doing = fmt.Sprintf("Error retrieving latest with metadata '{%s=%s}'", s.UseMetadata[0], s.UseMetadata[1]) + text
		if found, err = c.client.LatestWith(subject, s.UseMetadata[0], s.UseMetadata[1]); err == nil {
			as, err = c.parse(found)
		}
		return found, as, doing, err
	case s.UseLatest:
		doing = "Error retrieving latest version of Avro schema" + text
		if found, err = c.client.Latest(subject); err == nil {
			as, err = c.compatible(found, own, s.LatestStrict, "latest.compatibility.strict")
		}
		return found, as, doing, err
	}
	found, err = c.client.Lookup(asked, s.Normalize, false)
	return found, own, "Error retrieving Avro schema" + text, err
}

// compatible parses a schema of the registry that stands in for another one, which it must be able to read where that is asked for.
func (c *Converter) compatible(found *registry.Schema, own *avsc.Schema, strict bool, key string) (*avsc.Schema, error) {
	as, err := c.parse(found)
	if err != nil || !strict {
		return as, err
	}
	if where, ok := avsc.Reads(as, own); !ok {
		return nil, errors.New("Incompatible schema of type '" + found.Type + "'. Set " + key + "=false to disable this check: " + where)
	}
	return as, nil
}

// parse parses a schema of the registry with those it refers to.
func (c *Converter) parse(s *registry.Schema) (*avsc.Schema, error) {
	if s.Type != avroType {
		return nil, errors.New("the registry's schema is of type " + s.Type + ", not " + avroType)
	}
	_, references, err := c.client.Resolve(s)
	if err != nil {
		return nil, err
	}
	var known []*avsc.Schema
	for _, r := range references {
		a, err := avsc.Parse(r.Text, known...)
		if err != nil {
			return nil, fmt.Errorf("subject %s, version %d: %w", r.Subject, r.Version, err)
		}
		known = append(known, a)
	}
	return avsc.Parse(s.Text, known...)
}

// newReader gets the schema of a name, and its version under the subject of the topic, from the registry.
func (c *Converter) newReader(key readerKey) (*reader, error) {
	side := "value"
	if c.isKey {
		side = "key"
	}
	doing := "Error retrieving Avro " + side + " schema for id " + key.id.String()
	fail := func(err error) (*reader, error) { return nil, words.Read(key.topic, doing, err) }
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
	a, err := c.parse(found)
	if err != nil {
		return fail(err)
	}
	if strategy.UsesSchema() {
		name := ""
		if a.Type == avsc.RecordType {
			name = a.FullName()
		}
		if subject, err = strategy.Subject(key.topic, name); err != nil {
			return nil, words.Read(key.topic, err.Error(), err)
		}
	}
	doing = "Error retrieving Avro " + side + " schema version for id " + key.id.String()
	known, err := c.client.Lookup(&registry.Schema{Subject: subject, Type: avroType, Text: found.Text, References: found.References}, false, true)
	if err != nil {
		return fail(err)
	}
	version := known.Version
	s, err := c.data.ConnectSchema(a, &version)
	if err != nil {
		return nil, err
	}
	return &reader{plan: c.data.ReadPlan(a, s, &version), raw: a.Type == avsc.BytesType}, nil
}
