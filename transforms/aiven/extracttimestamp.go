package aiven

import (
	"context"
	"math"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// extractTimestamp makes a field the timestamp of the record (ExtractTimestamp).
type extractTimestamp struct {
	part    smt.Part
	field   string
	seconds bool
}

var extractTimestampKeys = config.NewDef(
	config.Key{Name: "field.name", Type: config.String, Default: config.NoDefault, Validator: config.NonEmptyString(), Importance: config.High,
		Doc: "Name of the field with the timestamp: an INT64, or a date such as org.apache.kafka.connect.data.Timestamp. It must not be null."},
	config.Key{Name: "timestamp.resolution", Type: config.String, Default: "milliseconds", Validator: config.Lambda(checkResolution, func() string { return "[milliseconds, seconds]" }),
		Importance: config.Low, Doc: "What an INT64 counts since 1970: milliseconds or seconds."},
)

func checkResolution(_ string, value any) error {
	text, _ := value.(string)
	if text == "milliseconds" || text == "seconds" {
		return nil
	}
	return config.Invalid("timestamp.resolution", text, "Unsupported resolution type '"+text+"'. Supported are: milliseconds, seconds")
}

func extractTimestampPlugins() []connect.Plugin {
	return smt.Both(classPrefix+"ExtractTimestamp", "Makes a field the timestamp of the record.", extractTimestampKeys,
		func(p smt.Part) connect.Transformation { return &extractTimestamp{part: p} })
}

func (x *extractTimestamp) Configure(props map[string]string) error {
	values, err := extractTimestampKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.field, x.seconds = values.String("field.name"), values.String("timestamp.resolution") == "seconds"
	return nil
}

func (x *extractTimestamp) Apply(_ context.Context, r *connect.Record) (bool, error) {
	_, v := x.part.Of(r)
	var field data.Value
	switch v.Kind() {
	case data.NullKind:
		return false, recordError(x.part.String()+" can't be null", r)
	case data.StructKind:
		field = v.Struct().Field(x.field)
	case data.MapKind:
		field = v.Map().Field(x.field)
	default:
		return false, recordError(x.part.String()+" type must be STRUCT or MAP", r)
	}
	if field.IsNull() {
		return false, recordError(x.field+" field must be present and its value can't be null", r)
	}
	if n, ok := field.Int64(); ok && field.Kind() == data.Int64Kind {
		if x.seconds {
			n = secondsToMillis(n)
		}
		r.Timestamp = n
		return true, nil
	}
	n, ok := field.Millis()
	if !ok {
		return false, recordError(x.field+" field must be INT64 or org.apache.kafka.connect.data.Timestamp", r)
	}
	r.Timestamp = n
	return true, nil
}

// secondsToMillis is TimeUnit.SECONDS.toMillis in Java, which stops at the largest numbers.
func secondsToMillis(n int64) int64 {
	switch {
	case n > math.MaxInt64/1000:
		return math.MaxInt64
	case n < math.MinInt64/1000:
		return math.MinInt64
	}
	return n * 1000
}

func (x *extractTimestamp) Close() error { return nil }
