package transforms

import (
	"context"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// regexRouter renames the topic by a regular expression (RegexRouter).
type regexRouter struct {
	regex       *javafmt.Regex
	replacement string
	// The topic seen last and what became of it: most batches are of one topic.
	last, lastOut string
}

var regexRouterKeys = config.NewDef(
	config.Key{Name: "regex", Type: config.String, Default: config.NoDefault, Validator: config.ValidRegex(), Importance: config.High,
		Doc: "Java regular expression that the whole name of the topic must match; other topics are left alone."},
	config.Key{Name: "replacement", Type: config.String, Default: config.NoDefault, Importance: config.High,
		Doc: "New name of the topic; $1 and ${name} stand for groups of the expression."},
)

func regexRouterPlugins() []connect.Plugin {
	return one("RegexRouter", "Renames the topic by a regular expression.", regexRouterKeys, func() connect.Transformation { return new(regexRouter) })
}

func (x *regexRouter) Configure(props map[string]string) error {
	values, err := regexRouterKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.replacement = values.String("replacement")
	x.regex, err = javafmt.Compile(values.String("regex"), 0)
	return err
}

func (x *regexRouter) Apply(_ context.Context, r *connect.Record) (bool, error) {
	if r.Topic != x.last || x.last == "" {
		renamed := r.Topic
		matches, err := x.regex.Matches(r.Topic)
		if err != nil {
			return false, err
		}
		if matches {
			if renamed, err = x.regex.ReplaceFirst(r.Topic, x.replacement); err != nil {
				return false, err
			}
		}
		// A transformation before this one may have taken the topic from the record, whose memory is used again.
		x.last, x.lastOut = strings.Clone(r.Topic), strings.Clone(renamed)
	}
	r.Topic = x.lastOut
	return true, nil
}

func (x *regexRouter) Close() error { return nil }

// timestampRouter renames the topic by the record's timestamp (TimestampRouter).
type timestampRouter struct {
	topicFormat, pattern string
	format               *javafmt.DateFormat
	text                 []byte
	// The topic and the text of the timestamp seen last, and what became of them: a day has many records.
	last, lastText, lastOut string
}

var timestampRouterKeys = config.NewDef(
	config.Key{Name: "topic.format", Type: config.String, Default: "${topic}-${timestamp}", Importance: config.High,
		Doc: "New name of the topic; ${topic} stands for the old name and ${timestamp} for the record's timestamp."},
	config.Key{Name: "timestamp.format", Type: config.String, Default: "yyyyMMdd", Importance: config.High,
		Doc: "Pattern of java.text.SimpleDateFormat for the timestamp, in UTC."},
)

func timestampRouterPlugins() []connect.Plugin {
	return one("TimestampRouter", "Renames the topic by the timestamp of the record.", timestampRouterKeys,
		func() connect.Transformation { return new(timestampRouter) })
}

func (x *timestampRouter) Configure(props map[string]string) error {
	values, err := timestampRouterKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.topicFormat, x.pattern = values.String("topic.format"), values.String("timestamp.format")
	return nil
}

func (x *timestampRouter) Apply(_ context.Context, r *connect.Record) (bool, error) {
	if r.Timestamp == connect.NoTimestamp {
		return false, smt.DataError("Timestamp missing on record: " + r.String())
	}
	if x.format == nil {
		// A wrong pattern shows at the first record, as in Java.
		format, err := javafmt.NewDateFormat(x.pattern, javafmt.UTC())
		if err != nil {
			return false, err
		}
		x.format = format
	}
	x.text = x.format.Append(x.text[:0], r.Timestamp)
	if x.lastOut == "" || r.Topic != x.last || string(x.text) != x.lastText {
		x.last, x.lastText = strings.Clone(r.Topic), string(x.text)
		x.lastOut = strings.ReplaceAll(strings.ReplaceAll(x.topicFormat, "${topic}", x.last), "${timestamp}", x.lastText)
	}
	r.Topic = x.lastOut
	return true, nil
}

func (x *timestampRouter) Close() error { return nil }
