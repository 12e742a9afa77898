package protobuf

import (
	"errors"
	"fmt"

	"github.com/moldau/moldau/converters/internal/registry"
	"github.com/moldau/moldau/converters/protobuf/internal/protofile"
)

const protobufType = "PROTOBUF"

// choose returns the schema of the registry by which values of the schema own are written, as the settings say. doing names what was asked for, in
// the words of Confluent's serializer.
func (c *Converter) choose(subject, topic string, own *Schema) (found *registry.Schema, as *File, doing string, err error) {
	s := c.settings
	text := own.Text
	asked := &registry.Schema{Subject: subject, Type: protobufType, Text: text}
	if asked.References, err = c.references(topic, own.File); err != nil {
		return nil, nil, text, err
	}
	switch {
	case s.AutoRegister:
		doing = "Error registering Protobuf schema: " + text
		if found, err = c.client.Register(asked, s.Normalize); err == nil && found.Text != "" && found.Text != text {
			as, err = c.parse(found)
			return found, as, doing, err
		}
		return found, own.File, doing, err
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
			known, err = c.client.Lookup(&registry.Schema{Subject: subject, Type: protobufType, Text: found.Text, References: found.References}, false, false)
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
		doing = "Error retrieving latest version: " + text
		if found, err = c.client.Latest(subject); err == nil {
			as, err = c.compatible(found, own, s.LatestStrict, "latest.compatibility.strict")
		}
		return found, as, doing, err
	}
	found, err = c.client.Lookup(asked, s.Normalize, false)
	return found, own.File, "Error retrieving Protobuf schema: " + text, err
}

// compatible parses a schema of the registry that stands in for another one, which it must be able to read where that is asked for.
func (c *Converter) compatible(found *registry.Schema, own *Schema, strict bool, key string) (*File, error) {
	as, err := c.parse(found)
	if err != nil || !strict {
		return as, err
	}
	if where, ok := protofile.Reads(as, own.File); !ok {
		return nil, errors.New("Incompatible schema of type '" + found.Type + "'. Set " + key + "=false to disable this check: " + where)
	}
	return as, nil
}

// newReader gets the schema of a name, and its version under the subject of the topic, from the registry.
func (c *Converter) newReader(key readerKey) (*reader, error) {
	doing := "Error retrieving Protobuf schema for id " + key.id.String()
	fail := func(err error) (*reader, error) {
		var rest *registry.RestError
		if !errors.As(err, &rest) {
			return nil, words.Read(key.topic, "Error deserializing Protobuf message for id "+key.id.String(), err)
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
	file, err := c.parse(found)
	if err != nil {
		return fail(err)
	}
	m, err := messageOf(file, parseIndexes([]byte(key.indexes)))
	if err != nil {
		return fail(err)
	}
	if strategy.UsesSchema() {
		if subject, err = strategy.Subject(key.topic, m.FullName); err != nil {
			return fail(err)
		}
	}
	version, m, err := c.readAs(subject, found, m)
	if err != nil {
		return fail(err)
	}
	s, err := c.data.ConnectSchema(m, &version)
	if err != nil {
		return nil, err
	}
	return &reader{plan: c.data.ReadPlan(m, s), until: c.expiry(true)}, nil
}

// readAs returns by which message the data of m is read: that of the latest schema where the settings ask for it, else m itself. The version is that
// of the schema it is of.
func (c *Converter) readAs(subject string, found *registry.Schema, m *Message) (int32, *Message, error) {
	var latest *registry.Schema
	var err error
	switch s := c.settings; {
	case s.UseMetadata[0] != "":
		latest, err = c.client.LatestWith(subject, s.UseMetadata[0], s.UseMetadata[1])
	case s.UseLatest:
		latest, err = c.client.Latest(subject)
	default:
		known, err := c.client.Lookup(&registry.Schema{Subject: subject, Type: protobufType, Text: found.Text, References: found.References}, false, true)
		if err != nil {
			return 0, nil, err
		}
		return known.Version, m, nil
	}
	if err != nil {
		return 0, nil, err
	}
	file, err := c.parse(latest)
	if err != nil {
		return 0, nil, err
	}
	if same := file.Find(m.FullName); same != nil {
		return latest.Version, same, nil
	}
	first, err := messageOf(file, defaultIndexes)
	return latest.Version, first, err
}
