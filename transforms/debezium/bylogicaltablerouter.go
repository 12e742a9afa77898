package debezium

import (
	"context"
	"log/slog"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// byLogicalTableRouter sends the events of several physical tables, such as shards, to one topic (ByLogicalTableRouter).
type byLogicalTableRouter struct {
	topicRegex, keyRegex             *javafmt.Regex
	topicReplacement, keyReplacement string
	unique                           bool
	keyField                         string
	names                            *adjuster
	topics                           map[string]logicalTopic
	// keys and envelopes hold the new schemas. As in Java they go by the old schema alone: the topic that had it first names them.
	keys      smt.SchemaCache
	envelopes smt.BySchema[logicalEnvelope]
}

// logicalTopic is what becomes of a topic: its new name, "" where it is left alone, and what it is called in keys.
type logicalTopic struct{ name, identifier string }

// logicalEnvelope is the new schema of an envelope and of the rows in it.
type logicalEnvelope struct{ envelope, row *data.Schema }

// mostTopics bounds how many topics are remembered.
const mostTopics = 1024

var byLogicalTableRouterKeys = declare(
	option{Key: config.Key{Name: "topic.regex", Type: config.String, Default: nil, Importance: config.Low, Width: config.WidthLong,
		Doc: "Java regular expression that the whole topic of a physical table must match; other topics are left alone. Required."}, checks: []check{checkRequired, checkRegex}},
	option{Key: config.Key{Name: "topic.replacement", Type: config.String, Default: nil, Importance: config.Low, Width: config.WidthLong,
		Doc: "Name of the logical table's topic; $1 and ${name} stand for groups of topic.regex. Required."}, checks: []check{checkRequired}},
	option{Key: config.Key{Name: "key.enforce.uniqueness", Type: config.Boolean, Default: true, Importance: config.Low, Width: config.WidthShort,
		Doc: "Whether the key gets a field that tells the physical tables apart, whose primary keys may collide."}},
	option{Key: config.Key{Name: "key.field.regex", Type: config.String, Default: nil, Importance: config.Low, Width: config.WidthLong,
		Doc: "Java regular expression for the whole old topic, from which key.field.replacement makes the value of that field. Without it the value is the old topic."},
		checks: []check{checkRegex}},
	option{unchecked: true, Key: config.Key{Name: "key.field.name", Type: config.String, Default: "__dbz__physicalTableIdentifier", Importance: config.Low, Width: config.WidthLong,
		Doc: "Name of the field that is added to the key; no key may have it already."}},
	option{Key: config.Key{Name: "key.field.replacement", Type: config.String, Default: nil, Importance: config.Low, Width: config.WidthLong,
		Doc: "Value of the field; $1 and ${name} stand for groups of key.field.regex, with which it is required."}, checks: []check{checkKeyReplacement}},
	schemaNameAdjustment(),
	option{Key: config.Key{Name: "logical.table.cache.size", Type: config.Int, Default: 16, Importance: config.Low, Width: config.WidthLong,
		Doc:      "How many schemas and topics Debezium remembers.",
		NoEffect: "more schemas and topics are remembered in any case"}},
)

func checkKeyReplacement(o *options, _ *option, value string, _ bool) string {
	if !isBlank(o.text("key.field.regex")) && isBlank(value) {
		return "key.field.replacement must be non-empty if key.field.regex is set."
	}
	return ""
}

func byLogicalTableRouterPlugin() connect.Plugin {
	return smt.One(classPrefix+"ByLogicalTableRouter", "Sends the events of several physical tables to the topic of their logical table, and names their schemas after it.",
		byLogicalTableRouterKeys.def, func() connect.Transformation { return new(byLogicalTableRouter) })
}

func (x *byLogicalTableRouter) Configure(props map[string]string) (err error) {
	o := byLogicalTableRouterKeys.read(props)
	if o.wrong() {
		return unable()
	}
	x.topicReplacement, x.keyReplacement = o.text("topic.replacement"), o.text("key.field.replacement")
	x.unique, x.keyField, x.names = o.bool("key.enforce.uniqueness"), o.text("key.field.name"), schemaNames(o)
	if regex := o.text("key.field.regex"); !isBlank(regex) {
		if x.keyRegex, err = javafmt.Compile(regex, 0); err != nil {
			return err
		}
	}
	x.topicRegex, err = javafmt.Compile(o.text("topic.regex"), 0)
	return err
}

func (x *byLogicalTableRouter) Apply(_ context.Context, r *connect.Record) (bool, error) {
	topic, err := x.topic(r.Topic)
	if err != nil {
		return false, err
	}
	if topic.name == "" {
		return true, nil
	}
	saved := *r
	if err := x.move(r, topic); err != nil {
		*r = saved
		return false, err
	}
	return true, nil
}

// move sends the record to another topic.
func (x *byLogicalTableRouter) move(r *connect.Record, topic logicalTopic) error {
	r.Topic = topic.name
	if r.Key().IsNull() {
		r.SetKey(nil, data.Null)
	} else if err := x.setKey(r, topic); err != nil {
		return err
	}
	if r.Value().IsNull() || !isEnvelope(r.ValueSchema()) {
		return nil
	}
	return x.setEnvelope(r)
}

// topic returns what becomes of a topic.
func (x *byLogicalTableRouter) topic(old string) (logicalTopic, error) {
	if t, ok := x.topics[old]; ok {
		return t, nil
	}
	old = strings.Clone(old) // its memory may be the record's and is used again
	var t logicalTopic
	matches, err := x.topicRegex.Matches(old)
	if err != nil {
		return t, err
	}
	if matches {
		if t.name, err = x.topicRegex.ReplaceFirst(old, x.topicReplacement); err != nil {
			return t, err
		}
		if t.name == "" {
			slog.Warn("topic.replacement gives an empty topic: the record keeps its own", "topic", old)
		}
	}
	t.identifier = old
	if t.name != "" && x.unique && x.keyRegex != nil {
		if matches, err = x.keyRegex.Matches(old); err != nil {
			return t, err
		}
		if matches {
			if t.identifier, err = x.keyRegex.ReplaceFirst(old, x.keyReplacement); err != nil {
				return t, err
			}
		}
	}
	if x.topics == nil || len(x.topics) >= mostTopics {
		x.topics = map[string]logicalTopic{}
	}
	x.topics[old] = t
	return t, nil
}

const updatingSchema = "Updating schema"

func (x *byLogicalTableRouter) setKey(r *connect.Record, topic logicalTopic) error {
	old, err := smt.RequireStruct(r.Key(), updatingSchema)
	if err != nil {
		return err
	}
	schema, err := x.keys.Get(old.Schema(), func(s *data.Schema) (*data.Schema, error) {
		b := smt.WithFields(renamed(s, x.names.adjust(topic.name+".Key")), s)
		if x.unique {
			b.Field(x.keyField, data.StringSchema)
		}
		return b.Build()
	})
	if err != nil {
		return err
	}
	b := r.Arena().Struct(schema)
	smt.CopyFields(&b, old, true)
	if x.unique {
		b.Set(old.Len(), data.String(topic.identifier))
	}
	key, err := b.BuildPartial()
	if err != nil {
		return err
	}
	r.SetKey(schema, key.Value())
	return nil
}

func (x *byLogicalTableRouter) setEnvelope(r *connect.Record) error {
	old, err := smt.RequireStruct(r.Value(), updatingSchema)
	if err != nil {
		return err
	}
	schemas, err := x.envelopes.Get(old.Schema(), func(s *data.Schema) (logicalEnvelope, error) { return x.envelope(s, r.Topic) })
	if err != nil {
		return err
	}
	b := r.Arena().Struct(schemas.envelope)
	for i := range old.Len() {
		v := old.Get(i)
		if name := old.Name(i); (name == beforeField || name == afterField) && !v.IsNull() {
			row, err := smt.RequireStruct(v, updatingSchema)
			if err != nil {
				return err
			}
			moved, err := sameFields(r.Arena(), row, schemas.row)
			if err != nil {
				return err
			}
			v = moved.Value()
		}
		b.Set(i, v)
	}
	s, err := b.BuildPartial()
	if err != nil {
		return err
	}
	r.SetValue(schemas.envelope, s.Value())
	return nil
}

// envelope returns the schema of an envelope and of its rows under the names of a logical table.
func (x *byLogicalTableRouter) envelope(s *data.Schema, topic string) (out logicalEnvelope, err error) {
	before, ok := s.Field(beforeField)
	if !ok {
		return out, smt.NullPointer("The envelope has no field before")
	}
	if before.Schema.Kind() != data.StructKind {
		return out, smt.DataError("Cannot list fields on non-struct type")
	}
	if out.row, err = smt.WithFields(renamed(before.Schema, x.names.adjust(topic+".Value")), before.Schema).Build(); err != nil {
		return out, err
	}
	b := renamed(s, x.names.adjust(topic+envelopeSuffix))
	for _, f := range s.Fields() {
		if f.Name == beforeField || f.Name == afterField {
			f.Schema = out.row
		}
		b.Field(f.Name, f.Schema)
	}
	out.envelope, err = b.Build()
	return out, err
}

// renamed starts a schema of another name with everything of a struct's schema but its fields and its default.
func renamed(s *data.Schema, name string) *data.SchemaBuilder {
	b := data.NewSchema(data.StructKind).Name(name)
	if v, ok := s.Version(); ok {
		b.Version(v)
	}
	if s.HasDoc() {
		b.Doc(s.Doc())
	}
	return b.ParamList(s.ParamList()).SetOptional(s.Optional())
}

func (x *byLogicalTableRouter) Close() error { return nil }
