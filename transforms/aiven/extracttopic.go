package aiven

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// extractTopic makes the key, the value or a field of them the topic (ExtractTopic).
type extractTopic struct {
	part  smt.Part
	field string
	skip  bool
}

var extractTopicKeys = config.NewDef(
	config.Key{Name: "field.name", Type: config.String, Default: nil, Importance: config.High,
		Doc: "Name of the field with the topic. Without it the whole key or value is the topic."},
	config.Key{Name: "skip.missing.or.null", Type: config.Boolean, Default: false, Importance: config.Low,
		Doc: "Whether a record keeps its topic where there is none to extract. With false that is an error."},
)

func extractTopicPlugins() []connect.Plugin {
	return smt.Both(classPrefix+"ExtractTopic", "Makes the text of the whole or of a field the topic of the record. Numbers and booleans count as text.", extractTopicKeys,
		func(p smt.Part) connect.Transformation { return &extractTopic{part: p} })
}

func (x *extractTopic) Configure(props map[string]string) error {
	values, err := extractTopicKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.field, x.skip = values.String("field.name"), values.Bool("skip.missing.or.null")
	return nil
}

// The types that make a topic, as messages list them.
const (
	topicTypes   = "[INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING]"
	topicClasses = "[class java.lang.Byte, class java.lang.Short, class java.lang.Integer, class java.lang.Long, class java.lang.Double, " +
		"class java.lang.Float, class java.lang.Boolean, class java.lang.String]"
)

// makesTopic reports whether values of a kind make a topic.
func makesTopic(k data.Kind) bool { return k >= data.BoolKind && k <= data.StringKind }

func (x *extractTopic) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema, v := x.part.Of(r)
	var topic string
	var err error
	switch {
	case schema == nil && x.field != "":
		topic, err = x.fromMap(r, v)
	case schema == nil:
		topic, err = x.fromPlain(r, v)
	case x.field != "":
		topic, err = x.fromStruct(r, schema, v)
	default:
		topic, err = x.fromWhole(r, schema, v)
	}
	if err != nil {
		return false, err
	}
	if topic != "" {
		r.Topic = topic
	}
	return true, nil
}

// none is the outcome where there is no topic.
func (x *extractTopic) none(r *connect.Record, what, problem string) (string, error) {
	if x.skip {
		return "", nil
	}
	return "", recordError(what+problem, r)
}

const nullOrEmpty = " can't be null or empty"

func (x *extractTopic) fromMap(r *connect.Record, v data.Value) (string, error) {
	if v.IsNull() {
		return "", recordError(x.part.String()+" can't be null if field name is specified", r)
	}
	if v.Kind() != data.MapKind {
		return "", recordError(x.part.String()+" type must be Map if field name is specified", r)
	}
	field := v.Map().Field(x.field)
	if !field.IsNull() && !makesTopic(field.Kind()) {
		return "", recordError(x.field+" type in "+x.part.String()+" "+v.String()+" must be "+topicClasses, r)
	}
	if !field.IsNull() {
		if topic := field.String(); !isBlank(topic) {
			return topic, nil
		}
	}
	return x.none(r, x.field+" in "+x.part.String(), nullOrEmpty)
}

func (x *extractTopic) fromPlain(r *connect.Record, v data.Value) (string, error) {
	topic := ""
	if !v.IsNull() {
		topic = v.String()
	}
	if isBlank(topic) {
		return x.none(r, x.part.String(), nullOrEmpty)
	}
	if !makesTopic(v.Kind()) {
		return "", recordError("type in "+x.part.String()+" "+topic+" must be "+topicClasses, r)
	}
	return topic, nil
}

func (x *extractTopic) fromStruct(r *connect.Record, schema *data.Schema, v data.Value) (string, error) {
	if schema.Kind() != data.StructKind {
		return "", recordError(x.part.String()+" schema type must be STRUCT if field name is specified", r)
	}
	if v.IsNull() {
		return "", recordError(x.part.String()+" can't be null if field name is specified", r)
	}
	f, ok := schema.Field(x.field)
	if !ok {
		return x.none(r, x.field+" in "+x.part.String(), " schema can't be missing")
	}
	if !makesTopic(f.Schema.Kind()) {
		return "", recordError(x.field+" schema type in "+x.part.String()+" must be "+topicTypes, r)
	}
	s := v.Struct()
	if s == nil {
		return "", smt.CastError(v, "org.apache.kafka.connect.data.Struct")
	}
	if field := s.Field(x.field); !field.IsNull() {
		if topic := field.String(); topic != "" {
			return topic, nil
		}
	}
	return x.none(r, x.field+" in "+x.part.String(), nullOrEmpty)
}

func (x *extractTopic) fromWhole(r *connect.Record, schema *data.Schema, v data.Value) (string, error) {
	if !makesTopic(schema.Kind()) {
		return "", recordError(x.part.String()+" schema type must be "+topicTypes+" if field name is not specified", r)
	}
	if !v.IsNull() {
		if topic := v.String(); topic != "" {
			return topic, nil
		}
	}
	return x.none(r, x.part.String(), nullOrEmpty)
}

func (x *extractTopic) Close() error { return nil }
