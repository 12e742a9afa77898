package confluent

import (
	"context"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/jsonpath"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// extractTopic makes the key, the value, a field of them or a header the topic (ExtractTopic).
type extractTopic struct {
	part   smt.Part
	header bool
	field  string
	path   *jsonpath.Path
	skip   bool
}

var extractTopicKeys = config.NewDef(topicFieldKey(""), fieldFormatKey(), skipKey())

// extractTopicHeaderKeys are the keys of ExtractTopic$Header, where the field is the header and has to be given.
var extractTopicHeaderKeys = config.NewDef(topicFieldKey(config.NoDefault), fieldFormatKey(), skipKey())

func topicFieldKey(standard any) config.Key {
	k := config.Key{Name: "field", Type: config.String, Default: standard, Importance: config.Medium,
		Doc: "Name of the field with the topic, or a path to it where field.format is JSON_PATH. Without it the whole key or value is the topic. For ExtractTopic$Header it is the name of the header."}
	if standard == config.NoDefault {
		k.Validator = config.NonEmptyString()
	}
	return k
}

func fieldFormatKey() config.Key {
	return config.Key{Name: "field.format", Type: config.String, Default: "PLAIN", Validator: config.CaseInsensitiveValidString("JSON_PATH", "PLAIN", ""), Importance: config.Medium,
		Doc: `How field is written: PLAIN is the name of a field, JSON_PATH an expression such as $["f1"]["f2"]. Headers have PLAIN only.`}
}

func skipKey() config.Key {
	return config.Key{Name: "skip.missing.or.null", Type: config.Boolean, Default: false, Importance: config.Low,
		Doc: "Whether a record keeps its topic where there is none to extract. With false that is an error."}
}

func extractTopicPlugins() []connect.Plugin {
	const doc = "Makes a text of the record its topic. Numbers and booleans count as text."
	return append(
		smt.Both(classPrefix+"ExtractTopic", doc, extractTopicKeys, func(p smt.Part) connect.Transformation { return &extractTopic{part: p} }),
		smt.One(classPrefix+"ExtractTopic$Header", doc+" Works on a header of the record.", extractTopicHeaderKeys,
			func() connect.Transformation { return &extractTopic{header: true} }))
}

func (x *extractTopic) Configure(props map[string]string) error {
	keys := extractTopicKeys
	if x.header {
		keys = extractTopicHeaderKeys
	}
	values, err := keys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.field, x.skip = values.String("field"), values.Bool("skip.missing.or.null")
	if format := values.String("field.format"); format == "" || strings.EqualFold(format, "PLAIN") {
		return nil
	}
	if x.header {
		return config.Invalid("field.format", values.String("field.format"), "Only PLAIN is supported for headers")
	}
	if x.field == "" {
		return nil
	}
	if x.path, err = jsonpath.Parse(x.field); err != nil {
		return config.Invalid("field", x.field, err.Error())
	}
	if !x.path.Definite() {
		return config.Invalid("field", x.field, "The path must lead to one field: it must have no wildcards, filters or slices")
	}
	return nil
}

func (x *extractTopic) Apply(_ context.Context, r *connect.Record) (bool, error) {
	v, err := x.find(r)
	if err != nil {
		return false, err
	}
	topic := ""
	if !v.IsNull() {
		if !isText(v) {
			return false, smt.DataError("The " + x.what() + " cannot be used as topic name: found " + v.JavaClass() + " instead of java.lang.String")
		}
		topic = v.String()
	}
	if topic == "" {
		if x.skip {
			return true, nil
		}
		return false, smt.DataError("The " + x.what() + " is missing, null or empty and cannot be used as topic name")
	}
	r.Topic = topic
	return true, nil
}

// what names the place of the topic.
func (x *extractTopic) what() string {
	switch {
	case x.header:
		return "header '" + x.field + "'"
	case x.field != "":
		return "field '" + x.field + "' of the " + x.part.String()
	}
	return x.part.String()
}

const topicPurpose = "extracting the topic name"

// find returns the value that is to be the topic, null where there is none.
func (x *extractTopic) find(r *connect.Record) (data.Value, error) {
	if x.header {
		h, _ := r.Headers.Last(x.field)
		return h.Value, nil
	}
	schema, v := x.part.Of(r)
	if x.field == "" || v.IsNull() {
		return v, nil
	}
	if err := requireObject(schema, v, topicPurpose); err != nil {
		return data.Null, err
	}
	switch {
	case x.path != nil:
		found, err := x.path.Read(v)
		if jsonpath.IsNotFound(err) {
			return data.Null, nil
		}
		if err != nil {
			return data.Null, pathError(err, x.path)
		}
		return found[0], nil
	case v.Kind() == data.StructKind:
		return v.Struct().Field(x.field), nil
	}
	return v.Map().Field(x.field), nil
}

// requireObject refuses values without fields.
func requireObject(schema *data.Schema, v data.Value, purpose string) error {
	if v.Kind() == data.StructKind || v.Kind() == data.MapKind {
		return nil
	}
	if schema == nil {
		_, err := smt.RequireMap(v, purpose)
		return err
	}
	_, err := smt.RequireStruct(v, purpose)
	return err
}

// pathError is the error of a path that cannot be followed in a record.
func pathError(err error, p *jsonpath.Path) error {
	return javafmt.NewException(javafmt.DataException, "The path "+p.String()+" cannot be evaluated on the record: "+err.Error(), err)
}

func (x *extractTopic) Close() error { return nil }
