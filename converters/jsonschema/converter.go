// Package jsonschema is the converter of JSON whose schemas, in JSON Schema, a Schema Registry holds.
package jsonschema

import (
	"errors"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/describe"
	"github.com/moldau/moldau/converters/internal/registry"
)

var words = registry.Words{
	Format:      "Json",
	ToTimeout:   "Converting Kafka Connect data to byte[] failed due to serialization error of topic %s: ",
	To:          "Converting Kafka Connect data to byte[] failed due to serialization error of topic %s: ",
	FromTimeout: "Converting byte[] to Kafka Connect data failed due to serialization error of topic %s: ",
	From:        "Converting byte[] to Kafka Connect data failed due to serialization error of topic %s: ",
}

const (
	serializing   = "Error serializing JSON message"
	deserializing = "Error deserializing JSON message for id "
)

// Converter reads and writes JSON as Confluent's JsonSchemaConverter does, byte for byte. Schemas that were met before take no lock and no request.
type Converter struct {
	def *config.Def

	isKey    bool
	indent   bool
	validate bool
	settings *registry.Settings
	client   *registry.Client
	frame    registry.Frame
	data     *Data
	decoder  Decoder

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
	// own is the schema of the values and text its text; both are empty for values without schema.
	own  *Schema
	text string
	plan *WritePlan
	// ready says that the registry knows the schema; until is when the latest one must be asked for again, if that is not zero.
	ready bool
	until time.Time
	frame []byte
	guid  [16]byte
	valid *validator
}

type readerKey struct {
	id    registry.SchemaID
	topic string
}

// reader reads data of one schema from one topic.
type reader struct {
	plan  *ReadPlan
	valid *validator
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
	c.isKey, c.indent, c.validate = isKey, values.Bool(indentKey), values.Bool(invalidKey)
	c.client = registry.NewClient(c.settings)
	c.data = NewData(optionsOf(values))
	c.writers, c.readers = map[writerKey]*writer{}, map[readerKey]*reader{}
	c.writer, c.reader = nil, nil
	return nil
}

// FromConnect appends the frame and the JSON of v.
func (c *Converter) FromConnect(dst []byte, topic string, headers *connect.Headers, schema *data.Schema, v data.Value) ([]byte, bool, error) {
	if schema == nil && v.IsNull() {
		return dst, true, nil
	}
	w := c.writer
	if w == nil || c.lastWrite.schema != schema || c.lastWrite.topic != topic {
		var err error
		if w, err = c.writerOf(schema, topic); err != nil {
			return dst, false, err
		}
	}
	if w.plan.Absent(v) {
		return dst, true, nil
	}
	if !w.ready || !w.until.IsZero() && time.Now().After(w.until) {
		if err := c.prepare(w, topic, v); err != nil {
			return dst, false, err
		}
	}
	out := append(dst, w.frame...)
	start := len(out)
	out, err := w.plan.Append(out, v)
	if err != nil {
		return dst, false, writeError(topic, err)
	}
	if w.valid != nil {
		if err := w.valid.check(out[start:]); err != nil {
			return dst, false, words.Written(topic, serializing, err)
		}
	}
	if c.indent {
		out = indented(out, start)
	}
	if c.frame.InHeader() {
		if err := c.frame.AddHeader(headers, w.guid, nil); err != nil {
			return dst, false, words.Written(topic, serializing, err)
		}
	}
	return out, false, nil
}

// writeError wraps what Java's writer of JSON would throw; what the conversion throws stands as it is.
func writeError(topic string, err error) error {
	if errors.Is(err, errTooDeep) {
		return words.Written(topic, serializing, err)
	}
	return err
}

// writerOf returns the writer of a schema for a topic.
func (c *Converter) writerOf(schema *data.Schema, topic string) (*writer, error) {
	key := writerKey{schema, topic}
	w := c.writers[key]
	if w == nil {
		own, err := c.data.JSONSchema(schema)
		if err != nil {
			return nil, err
		}
		w = &writer{own: own, plan: c.data.WritePlan(schema)}
		if own != nil {
			if w.text, err = own.Canonical(); err != nil {
				return nil, illegalArgument("Invalid JSON schema", err)
			}
		}
		if len(c.writers) >= c.mostWriters() {
			clear(c.writers)
		}
		c.writers[key] = w
	}
	c.lastWrite, c.writer = key, w
	return w, nil
}

// mostWriters bounds the writers.
func (c *Converter) mostWriters() int {
	n := c.data.opts.CacheSize
	if c.settings.UseLatest && !c.settings.AutoRegister {
		n = min(n, c.settings.LatestSize)
	}
	return max(n, 1)
}

// prepare finds out by which schema of the registry values are written. A value that cannot be converted is refused before the registry hears of
// its schema.
func (c *Converter) prepare(w *writer, topic string, v data.Value) error {
	if _, err := w.plan.Append(nil, v); err != nil && !errors.Is(err, errTooDeep) {
		return err
	}
	name := ""
	if w.own != nil && w.own.Title != nil {
		name = *w.own.Title
	}
	subject, err := c.settings.Subjects.Subject(topic, name)
	if err != nil {
		return words.Written(topic, err.Error(), err)
	}
	found, doing, err := c.choose(subject, w)
	if err == nil {
		err = c.validated(w, found)
	}
	if err != nil {
		var rest *registry.RestError
		if !errors.As(err, &rest) {
			doing = serializing
		}
		return words.Written(topic, doing, err)
	}
	if c.frame.InHeader() {
		if w.guid, err = registry.ParseGUID(found.GUID); err != nil {
			return words.Written(topic, "the registry gave no GUID for the schema of subject "+subject+", which the header needs", err)
		}
	} else {
		w.frame = registry.AppendID(nil, found.ID)
	}
	w.ready, w.until = true, time.Time{}
	if c.settings.UseLatest && !c.settings.AutoRegister && c.settings.LatestTTL >= 0 {
		w.until = time.Now().Add(c.settings.LatestTTL)
	}
	return nil
}

// validated prepares the check of what is written, where it is asked for.
func (c *Converter) validated(w *writer, found *registry.Schema) (err error) {
	if !c.validate {
		return nil
	}
	text, documents := found.Text, map[string]string(nil)
	if text == "" {
		text = w.text
	} else if documents, err = c.documents(found); err != nil {
		return err
	}
	w.valid, err = newValidator(text, documents)
	return err
}

// ToConnect reads the frame and the JSON behind it. Texts of the result are views of raw.
func (c *Converter) ToConnect(a *data.Arena, topic string, headers *connect.Headers, raw []byte) (*data.Schema, data.Value, error) {
	if raw == nil {
		return nil, data.Null, nil
	}
	r, payload, err := c.readerFor(topic, headers, raw)
	if err != nil {
		return nil, data.Null, err
	}
	if r.valid != nil {
		if err := r.valid.checkAny(payload); err != nil {
			return nil, data.Null, words.Read(topic, deserializing+c.lastRead.id.String(), err)
		}
	}
	a.View(raw)
	v, malformed, err := c.decoder.Decode(r.plan, a, payload)
	switch {
	case malformed:
		return nil, data.Null, words.Read(topic, deserializing+c.lastRead.id.String(), err)
	case err != nil:
		return nil, data.Null, err
	}
	return r.plan.Schema(), v, nil
}

// readerFor returns the reader of a record and its data: mostly the reader of the record before.
func (c *Converter) readerFor(topic string, headers *connect.Headers, raw []byte) (*reader, []byte, error) {
	if id, ok := c.frame.Prefix(headers, raw); ok && c.reader != nil && c.reader.until.IsZero() && c.lastRead.id.ID == id && !c.lastRead.id.ByGUID &&
		c.lastRead.topic == topic {
		return c.reader, raw[5:], nil
	}
	id, _, payload, err := c.frame.Read(headers, raw)
	if err != nil {
		return nil, nil, words.Read(topic, err.Error(), err)
	}
	key := readerKey{id, topic}
	r := c.readers[key]
	if r == nil || !r.until.IsZero() && time.Now().After(r.until) {
		if r, err = c.newReader(key); err != nil {
			return nil, nil, err
		}
		if len(c.readers) >= max(c.data.opts.CacheSize, 1) {
			clear(c.readers)
		}
		c.readers[key] = r
	}
	c.lastRead, c.reader = key, r
	return r, payload, nil
}
