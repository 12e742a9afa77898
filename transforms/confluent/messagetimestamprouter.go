package confluent

import (
	"context"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// messageTimestampRouter renames the topic by a time in the value (MessageTimestampRouter).
type messageTimestampRouter struct {
	topicFormat string
	fields      []string
	// in is nil where texts are numbers of milliseconds.
	in, out *javafmt.DateFormat
	text    []byte
	// The topic and the text of the time seen last, and what became of them: a day has many records.
	last, lastText, lastOut string
}

var messageTimestampRouterKeys = config.NewDef(
	config.Key{Name: "topic.format", Type: config.String, Default: "${topic}-${timestamp}", Importance: config.High,
		Doc: "New name of the topic; ${topic} stands for the old name and ${timestamp} for the time in the value."},
	config.Key{Name: "message.timestamp.format", Type: config.String, Default: "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Importance: config.High,
		Doc: "Pattern of java.text.SimpleDateFormat for the time in the value, in UTC unless the text says otherwise. Where it is empty the text is a number of milliseconds since 1970. Numbers are such milliseconds and dates are taken as they are, whatever the pattern."},
	config.Key{Name: "topic.timestamp.format", Type: config.String, Default: "yyyyMMdd", Importance: config.High,
		Doc: "Pattern of java.text.SimpleDateFormat for the time in the topic, in UTC."},
	config.Key{Name: "message.timestamp.keys", Type: config.List, Default: []string{"timestamp"}, Importance: config.High,
		Doc: "Names of the fields of the value to look for the time in; the first that is there and not null counts."},
)

func messageTimestampRouterPlugins() []connect.Plugin {
	return []connect.Plugin{smt.One(classPrefix+"MessageTimestampRouter", "Renames the topic by a time in the value, which is a map or struct.", messageTimestampRouterKeys,
		func() connect.Transformation { return new(messageTimestampRouter) })}
}

func (x *messageTimestampRouter) Configure(props map[string]string) error {
	values, err := messageTimestampRouterKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.topicFormat, x.fields = values.String("topic.format"), values.List("message.timestamp.keys")
	if len(x.fields) == 0 {
		return config.Invalid("message.timestamp.keys", "", "Must name at least one field")
	}
	format := func(key string) (*javafmt.DateFormat, error) {
		f, err := javafmt.NewDateFormat(values.String(key), javafmt.UTC())
		if err != nil {
			return nil, config.Invalid(key, values.String(key), err.Error())
		}
		return f, nil
	}
	if values.String("message.timestamp.format") != "" {
		if x.in, err = format("message.timestamp.format"); err != nil {
			return err
		}
	}
	x.out, err = format("topic.timestamp.format")
	return err
}

const routingPurpose = "routing by the timestamp of the message"

func (x *messageTimestampRouter) Apply(_ context.Context, r *connect.Record) (bool, error) {
	v := r.Value()
	if err := requireObject(nil, v, routingPurpose); err != nil {
		return false, err
	}
	field := v.Map().Field
	if s := v.Struct(); s != nil {
		field = s.Field
	}
	for _, name := range x.fields {
		if v := field(name); !v.IsNull() {
			millis, err := x.millis(name, v)
			if err != nil {
				return false, err
			}
			x.rename(r, millis)
			return true, nil
		}
	}
	return false, smt.DataError("The value has no timestamp in any of the fields [" + strings.Join(x.fields, ", ") + "] of message.timestamp.keys")
}

// millis returns the time that a field holds.
func (x *messageTimestampRouter) millis(name string, v data.Value) (int64, error) {
	if n, ok := v.Millis(); ok {
		return n, nil
	}
	switch v.Kind() {
	case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
		n, _ := v.Int64()
		return n, nil
	case data.StringKind:
		text := v.String()
		if x.in == nil {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return 0, javafmt.NewException(javafmt.DataException, "The field '"+name+"' holds '"+text+"', which is no number of milliseconds; set message.timestamp.format", err)
			}
			return n, nil
		}
		x.in.SetZone(javafmt.UTC()) // a text with a zone sets it for those that follow, as in Java
		n, err := x.in.Parse(text)
		if err != nil {
			return 0, javafmt.NewException(javafmt.DataException, "The field '"+name+"' holds '"+text+"', which message.timestamp.format does not fit: "+err.Error(), err)
		}
		return n, nil
	}
	return 0, smt.DataError("The field '" + name + "' holds no timestamp: found " + v.JavaClass())
}

func (x *messageTimestampRouter) rename(r *connect.Record, millis int64) {
	x.text = x.out.Append(x.text[:0], millis)
	if x.lastOut == "" || r.Topic != x.last || string(x.text) != x.lastText {
		x.last, x.lastText = strings.Clone(r.Topic), string(x.text)
		x.lastOut = strings.ReplaceAll(strings.ReplaceAll(x.topicFormat, "${topic}", x.last), "${timestamp}", x.lastText)
	}
	r.Topic = x.lastOut
}

func (x *messageTimestampRouter) Close() error { return nil }
