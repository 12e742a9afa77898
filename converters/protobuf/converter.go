// Package protobuf is the converter of Protobuf whose schemas a Schema Registry holds.
package protobuf

import (
	"errors"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/describe"
	"github.com/moldau/moldau/converters/internal/registry"
	"github.com/moldau/moldau/converters/protobuf/internal/protofile"
	"github.com/moldau/moldau/internal/javafmt"
)

var words = registry.Words{
	Format:      "Protobuf",
	ToTimeout:   "Failed to serialize Protobuf data from topic %s :",
	To:          "Failed to serialize Protobuf data from topic %s:",
	FromTimeout: "Failed to deserialize data for topic %s to Protobuf: ",
	From:        "Failed to deserialize data for topic %s to Protobuf:",
}

// Converter reads and writes Protobuf as Confluent's ProtobufConverter does, byte for byte. Schemas that were met before take no lock and no
// request.
type Converter struct {
	def *config.Def

	isKey    bool
	settings *registry.Settings
	client   *registry.Client
	frame    registry.Frame
	imports  imports
	data     *Data
	decoder  Decoder
	// indexes are those of data whose schema the settings name.
	indexes []byte

	writers   map[writerKey]*writer
	lastWrite writerKey
	writer    *writer
	readers   map[readerKey]*reader
	lastRead  readerKey
	reader    *reader
}

type writerKey struct {
	schema *data.Schema
	topic  string
}

// writer writes values of one schema to one topic.
type writer struct {
	own  *Schema
	plan *WritePlan
	// ready says that the registry knows the schema; until is when the latest one must be asked for again, if that is not zero.
	ready   bool
	until   time.Time
	frame   []byte
	indexes []byte
	guid    [16]byte
}

type readerKey struct {
	id      registry.SchemaID
	topic   string
	indexes string
}

// reader reads data of one message from one topic.
type reader struct {
	plan *ReadPlan
	// until is when the latest schema must be asked for again, if that is not zero.
	until time.Time
}

// Configure reads the options. The registry is asked nothing yet.
func (c *Converter) Configure(props map[string]string, isKey bool) error {
	values, err := describe.Parse(c.def, props, isKey)
	if err != nil {
		return err
	}
	if c.settings, err = registry.Parse(values, isKey); err != nil {
		return err
	}
	if c.frame, err = registry.NewFrame(c.settings, isKey); err != nil {
		return err
	}
	indexes, err := parseSettingIndexes(values.String(indexesKey))
	if err != nil {
		return config.Invalid(indexesKey, values.String(indexesKey), "It must be a list of numbers, separated by commas.")
	}
	c.indexes = appendIndexes(nil, indexes)
	c.isKey = isKey
	c.client = registry.NewClient(c.settings)
	c.imports = importsOf(values)
	c.data = NewData(optionsOf(values))
	c.writers, c.readers = map[writerKey]*writer{}, map[readerKey]*reader{}
	c.writer, c.reader = nil, nil
	return nil
}

// FromConnect appends the frame and the Protobuf data of v.
func (c *Converter) FromConnect(dst []byte, topic string, headers *connect.Headers, schema *data.Schema, v data.Value) ([]byte, bool, error) {
	if schema == nil {
		if v.IsNull() {
			return dst, true, nil
		}
		return dst, false, nullPointer(`Cannot invoke "org.apache.kafka.connect.data.Schema.name()" because "schema" is null`)
	}
	w := c.writer
	if w == nil || c.lastWrite.schema != schema || c.lastWrite.topic != topic {
		var err error
		if w, err = c.writerOf(schema, topic); err != nil {
			return dst, false, err
		}
	}
	if w.plan.IsNull(v) {
		return dst, true, nil
	}
	if !w.ready || !w.until.IsZero() && time.Now().After(w.until) {
		if err := c.prepare(w, topic, v); err != nil {
			return dst, false, err
		}
	}
	out := dst
	if !c.frame.InHeader() {
		out = append(out, w.frame...)
	}
	out, err := w.plan.Append(out, v)
	if err != nil {
		return dst, false, err
	}
	if c.frame.InHeader() {
		if err := c.frame.AddHeader(headers, w.guid, w.indexes); err != nil {
			return dst, false, words.Written(topic, "Error serializing Protobuf message", err)
		}
	}
	return out, false, nil
}

// writerOf returns the writer of a schema for a topic.
func (c *Converter) writerOf(schema *data.Schema, topic string) (*writer, error) {
	key := writerKey{schema, topic}
	w := c.writers[key]
	if w == nil {
		own, err := c.data.ProtobufSchema(schema)
		if err != nil {
			return nil, err
		}
		w = &writer{own: own, plan: c.data.WritePlan(schema, own)}
		if len(c.writers) >= max(c.data.opts.CacheSize, 1) {
			clear(c.writers)
		}
		c.writers[key] = w
	}
	c.lastWrite, c.writer = key, w
	return w, nil
}

// prepare finds out by which schema of the registry values are written. A value that cannot be converted is refused before the registry hears of
// its schema.
func (c *Converter) prepare(w *writer, topic string, v data.Value) error {
	if _, err := w.plan.Append(nil, v); err != nil {
		return err
	}
	subject, err := c.settings.Subjects.Subject(topic, w.own.Root.FullName)
	if err != nil {
		return words.Written(topic, err.Error(), err)
	}
	registered, as, doing, err := c.choose(subject, topic, w.own)
	if err != nil {
		var rest *registry.RestError
		if !errors.As(err, &rest) {
			doing = "Error serializing Protobuf message"
		}
		return words.Written(topic, doing, err)
	}
	w.indexes = appendIndexes(nil, indexesOf(as, w.plan.Name, c.settings.Normalize))
	if c.frame.InHeader() {
		if w.guid, err = registry.ParseGUID(registered.GUID); err != nil {
			return words.Written(topic, "the registry gave no GUID for the schema of subject "+subject+", which the header needs", err)
		}
	} else {
		w.frame = append(registry.AppendID(nil, registered.ID), w.indexes...)
	}
	w.ready, w.until = true, c.expiry(!c.settings.AutoRegister)
	return nil
}

// expiry is when a schema that was the latest one must be asked for again.
func (c *Converter) expiry(usesLatest bool) time.Time {
	if usesLatest && c.settings.UseLatest && c.settings.LatestTTL >= 0 {
		return time.Now().Add(c.settings.LatestTTL)
	}
	return time.Time{}
}

// ToConnect reads the frame and the Protobuf data behind it. Texts and bytes of the result are views of raw.
func (c *Converter) ToConnect(a *data.Arena, topic string, headers *connect.Headers, raw []byte) (*data.Schema, data.Value, error) {
	if raw == nil {
		return nil, data.Null, nil
	}
	id, more, payload, err := c.frame.Read(headers, raw)
	if err != nil {
		return nil, data.Null, words.Read(topic, err.Error(), err)
	}
	indexes := c.indexes
	switch {
	case more != nil:
		indexes, _, err = splitIndexes(more)
	case !c.settings.ReadSettings:
		indexes, payload, err = splitIndexes(payload)
	}
	if err != nil {
		return nil, data.Null, words.Read(topic, err.Error(), err)
	}
	r := c.reader
	if r == nil || c.lastRead.id != id || c.lastRead.topic != topic || c.lastRead.indexes != string(indexes) ||
		!r.until.IsZero() && time.Now().After(r.until) {
		if r, err = c.readerOf(readerKey{id, topic, string(indexes)}); err != nil {
			return nil, data.Null, err
		}
	}
	a.View(raw)
	v, malformed, err := c.decoder.Decode(r.plan, a, payload)
	switch {
	case malformed:
		return nil, data.Null, words.Read(topic, "Error deserializing Protobuf message for id "+id.String(), err)
	case err != nil:
		return nil, data.Null, err
	}
	return r.plan.schema, v, nil
}

// readerOf returns the reader of a message for a topic.
func (c *Converter) readerOf(key readerKey) (*reader, error) {
	r := c.readers[key]
	if r == nil || !r.until.IsZero() && time.Now().After(r.until) {
		var err error
		if r, err = c.newReader(key); err != nil {
			return nil, err
		}
		if len(c.readers) >= max(c.data.opts.CacheSize, 1) {
			clear(c.readers)
		}
		c.readers[key] = r
	}
	c.lastRead, c.reader = key, r
	return r, nil
}

// parse parses a schema of the registry with those it refers to.
func (c *Converter) parse(s *registry.Schema) (*File, error) {
	if s.Type != protobufType {
		return nil, errors.New("the registry's schema is of type " + s.Type + ", not " + protobufType)
	}
	names, references, err := c.client.Resolve(s)
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for i, name := range names {
		texts[name] = references[i].Text
	}
	f, err := protofile.ParseAll(s.Text, texts)
	if err != nil {
		return nil, javafmt.NewException(illegalArgument, err.Error(), nil)
	}
	return f, nil
}
