// Package avro is the converter of Avro whose schemas a Schema Registry holds.
package avro

import (
	"errors"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/avro/internal/avsc"
	"github.com/moldau/moldau/converters/internal/describe"
	"github.com/moldau/moldau/converters/internal/registry"
	"github.com/moldau/moldau/internal/javafmt"
)

var words = registry.Words{
	Format:      "Avro",
	ToTimeout:   "Failed to serialize Avro data from topic %s :",
	To:          "Failed to serialize Avro data from topic %s:",
	FromTimeout: "Failed to deserialize data for topic %s to Avro: ",
	From:        "Failed to deserialize data for topic %s to Avro:",
}

// Converter reads and writes Avro as Confluent's AvroConverter does, byte for byte. Schemas that were met before take no lock and no request.
type Converter struct {
	def *config.Def

	isKey    bool
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
	own  *avsc.Schema
	plan *WritePlan
	// ready says that the registry knows the schema; until is when the latest one must be asked for again, if that is not zero.
	ready bool
	until time.Time
	// raw says that the whole value is bytes, which stand without their length.
	raw   bool
	frame []byte
	id    int32
	// direct is the plan of a struct where a value of its schema is written after the frame, and nothing else is to be asked or done.
	direct *writePlan
	guid   [16]byte
}

type readerKey struct {
	id    registry.SchemaID
	topic string
}

// reader reads data of one schema from one topic.
type reader struct {
	plan *ReadPlan
	raw  bool
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
	c.isKey = isKey
	c.client = registry.NewClient(c.settings)
	c.data = NewData(optionsOf(values))
	c.writers, c.readers = map[writerKey]*writer{}, map[readerKey]*reader{}
	return nil
}

// FromConnect appends the frame and the Avro data of v.
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
	if p := w.direct; p != nil {
		if s := v.Struct(); s != nil && s.Schema() == p.schema {
			framed := registry.AppendID(dst, w.id)
			out, n, err := w.plan.write(p, framed[:cap(framed)], len(framed), s.Row(), 1, 0)
			if err != nil {
				return dst, false, writeError(topic, err)
			}
			return out[:n], false, nil
		}
	}
	if v.IsNull() || w.plan.root.op == writeUnion && w.plan.IsNull(v) {
		// A null of a required schema is an error all the same.
		_, err := w.plan.Append(nil, v)
		return dst, err == nil, err
	}
	if !w.ready || !w.until.IsZero() && time.Now().After(w.until) {
		if err := c.prepare(w, topic, v); err != nil {
			return dst, false, err
		}
	}
	if c.frame.InHeader() {
		if err := c.frame.AddHeader(headers, w.guid, nil); err != nil {
			return dst, false, words.Written(topic, "Error serializing Avro message", err)
		}
	}
	out, err := w.append(append(dst, w.frame...), v)
	if err != nil {
		return dst, false, writeError(topic, err)
	}
	return out, false, nil
}

// writeError wraps what Java's writer of Avro data would throw; what the conversion throws stands as it is.
func writeError(topic string, err error) error {
	if javafmt.ClassOf(err) == javafmt.DataException {
		return err
	}
	return words.Written(topic, "Error serializing Avro message", err)
}

func (w *writer) append(dst []byte, v data.Value) ([]byte, error) {
	if !w.raw {
		return w.plan.Append(dst, v)
	}
	b, ok := v.Bytes()
	if buffer := v.Buffer(); buffer != nil {
		// Java takes the whole array behind a ByteBuffer.
		b = buffer.Array
	}
	if d, isDecimal := v.Decimal(); isDecimal {
		var err error
		if b, err = data.DecimalToBytes(w.plan.root.schema, d); err != nil {
			return dst, err
		}
		ok = true
	}
	if !ok {
		return dst, w.plan.root.mismatch(v)
	}
	return append(dst, b...), nil
}

// writerOf returns the writer of a schema for a topic.
func (c *Converter) writerOf(schema *data.Schema, topic string) (*writer, error) {
	key := writerKey{schema, topic}
	w := c.writers[key]
	if w == nil {
		own, err := c.data.AvroSchema(schema)
		if err != nil {
			return nil, err
		}
		w = &writer{own: own, plan: c.data.WritePlan(schema, own, own)}
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
	schema := c.lastWrite.schema
	own := c.data.WritePlan(schema, w.own, w.own)
	if _, err := own.Append(nil, v); err != nil && javafmt.ClassOf(err) == javafmt.DataException {
		return err
	}
	name := ""
	if w.own.Type == avsc.RecordType {
		name = w.own.FullName()
	}
	subject, err := c.settings.Subjects.Subject(topic, name)
	if err != nil {
		return words.Written(topic, err.Error(), err)
	}
	registered, as, doing, err := c.choose(subject, w.own)
	if err != nil {
		var rest *registry.RestError
		if !errors.As(err, &rest) {
			doing = "Error serializing Avro message"
		}
		return words.Written(topic, doing, err)
	}
	if c.frame.InHeader() {
		if w.guid, err = registry.ParseGUID(registered.GUID); err != nil {
			return words.Written(topic, "the registry gave no GUID for the schema of subject "+subject+", which the header needs", err)
		}
	} else {
		w.id, w.frame = registered.ID, registry.AppendID(nil, registered.ID)
	}
	w.plan = own
	if as != w.own {
		w.plan = c.data.WritePlan(schema, w.own, as)
	}
	w.raw, w.ready, w.until, w.direct = as.Type == avsc.BytesType, true, time.Time{}, nil
	if c.settings.UseLatest && !c.settings.AutoRegister && c.settings.LatestTTL >= 0 {
		w.until = time.Now().Add(c.settings.LatestTTL)
	}
	if p := w.plan.root; p.op == writeStruct && len(p.prefix) == 0 && !w.raw && w.until.IsZero() && !c.frame.InHeader() {
		w.direct = p
	}
	return nil
}

// ToConnect reads the frame and the Avro data behind it. Texts and bytes of the result are views of raw.
func (c *Converter) ToConnect(a *data.Arena, topic string, headers *connect.Headers, raw []byte) (*data.Schema, data.Value, error) {
	if raw == nil {
		return nil, data.Null, nil
	}
	r, payload, err := c.readerFor(topic, headers, raw)
	if err != nil {
		return nil, data.Null, err
	}
	a.View(raw)
	var v data.Value
	var malformed bool
	if r.raw {
		v, err = c.decoder.Raw(r.plan, a, payload)
	} else {
		v, malformed, err = c.decoder.Decode(r.plan, a, payload)
	}
	switch {
	case malformed:
		return nil, data.Null, words.Read(topic, "Error deserializing Avro message for id "+c.lastRead.id.String(), err)
	case err != nil:
		return nil, data.Null, err
	case v.IsNull() && !r.raw:
		// For a null Java's converter returns no pair of schema and value.
		return nil, data.Null, nil
	}
	return r.plan.schema, v, nil
}

// readerFor returns the reader of a record and its data: mostly the reader of the record before.
func (c *Converter) readerFor(topic string, headers *connect.Headers, raw []byte) (*reader, []byte, error) {
	if id, ok := c.frame.Prefix(headers, raw); ok && c.reader != nil && c.lastRead.id.ID == id && !c.lastRead.id.ByGUID && c.lastRead.topic == topic {
		return c.reader, raw[5:], nil
	}
	id, _, payload, err := c.frame.Read(headers, raw)
	if err != nil {
		return nil, nil, words.Read(topic, err.Error(), err)
	}
	if key := (readerKey{id, topic}); c.reader == nil || c.lastRead != key {
		if _, err := c.readerOf(key); err != nil {
			return nil, nil, err
		}
	}
	return c.reader, payload, nil
}

// readerOf returns the reader of a schema for a topic.
func (c *Converter) readerOf(key readerKey) (*reader, error) {
	r := c.readers[key]
	if r == nil {
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

// Raw returns the value of a schema that is bytes as a whole, whose data is b.
func (d *Decoder) Raw(p *ReadPlan, a *data.Arena, b []byte) (data.Value, error) {
	d.arena, d.bad, d.wrong = a, nil, nil
	v := d.bytes(p.root, b[:len(b):len(b)])
	d.arena = nil
	return v, d.wrong
}
