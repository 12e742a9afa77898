package transforms

import (
	"math"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// timestampForm is a form of timestamps that TimestampConverter reads and writes.
type timestampForm uint8

const (
	unknownForm timestampForm = iota // to be seen from the value
	stringForm
	unixForm
	dateForm
	timeForm
	connectTimestampForm
)

var timestampForms = map[string]timestampForm{asString: stringForm, asUnix: unixForm, asDate: dateForm, asTime: timeForm, asTimestamp: connectTimestampForm}

// schema returns the schema of timestamps of the form.
func (f timestampForm) schema(optional bool) *data.Schema {
	s := map[timestampForm]*data.Schema{stringForm: data.StringSchema, unixForm: data.Int64Schema, dateForm: data.DateSchema, timeForm: data.TimeSchema,
		connectTimestampForm: data.TimestampSchema}[f]
	return s.AsOptional(optional)
}

// formOf returns the form of timestamps of a schema.
func formOf(s *data.Schema) (timestampForm, error) {
	switch s.Name() {
	case data.TimestampName:
		return connectTimestampForm, nil
	case data.DateName:
		return dateForm, nil
	case data.TimeName:
		return timeForm, nil
	}
	switch s.Kind() {
	case data.StringKind:
		return stringForm, nil
	case data.Int64Kind:
		return unixForm, nil
	}
	return unknownForm, javafmt.NewException(javafmt.ConnectException, "Schema "+s.String()+" does not correspond to a known timestamp type format", nil)
}

// formOfValue returns the form of a timestamp without schema.
func formOfValue(v data.Value) (timestampForm, error) {
	switch k := v.Kind(); {
	case k.IsTemporal():
		return connectTimestampForm, nil
	case k == data.Int64Kind:
		return unixForm, nil
	case k == data.StringKind:
		return stringForm, nil
	}
	return unknownForm, smt.DataError("TimestampConverter does not support class " + v.JavaClass() + " objects as timestamps")
}

// timestampUnit is how many units of unix.precision a millisecond has, or, negative, how many milliseconds a unit has.
type timestampUnit int64

var timestampUnits = map[string]timestampUnit{"seconds": -1000, "milliseconds": 1, "microseconds": 1000, "nanoseconds": 1000 * 1000}

// millis returns n units in milliseconds, rounded towards zero as java.util.concurrent.TimeUnit does.
func (u timestampUnit) millis(n int64) int64 {
	if u < 0 {
		return scaled(n, -int64(u))
	}
	return n / int64(u)
}

// of returns milliseconds in units.
func (u timestampUnit) of(ms int64) int64 {
	if u < 0 {
		return ms / -int64(u)
	}
	return scaled(ms, int64(u))
}

// scaled returns n times factor, or the nearest end of the range.
func scaled(n, factor int64) int64 {
	switch limit := math.MaxInt64 / factor; {
	case n > limit:
		return math.MaxInt64
	case n < -limit:
		return math.MinInt64
	}
	return n * factor
}

// timestampConversion converts single timestamps to a form. Its format is for one goroutine.
type timestampConversion struct {
	to      timestampForm
	unit    timestampUnit
	pattern string
	format  *javafmt.DateFormat // nil where none is configured
	text    []byte
}

// value converts a timestamp of a form. A null stays a null.
func (c *timestampConversion) value(a *data.Arena, v data.Value, from timestampForm) (data.Value, error) {
	if v.IsNull() {
		return v, nil
	}
	if from == unknownForm {
		var err error
		if from, err = formOfValue(v); err != nil {
			return data.Null, err
		}
	}
	ms, err := c.millis(v, from)
	if err != nil {
		return data.Null, err
	}
	switch c.to {
	case stringForm:
		c.text = c.format.Append(c.text[:0], ms)
		return smt.ArenaText(a, c.text), nil
	case unixForm:
		return data.Int64(c.unit.of(ms)), nil
	case dateForm:
		return data.DateMillis(ms - millisOfDay(ms)), nil
	case timeForm:
		return data.TimeMillis(millisOfDay(ms)), nil
	}
	return data.TimestampMillis(ms), nil
}

const millisPerDay = 24 * 60 * 60 * 1000

// millisOfDay returns the milliseconds since midnight.
func millisOfDay(ms int64) int64 {
	return (ms%millisPerDay + millisPerDay) % millisPerDay
}

// millis returns a timestamp as milliseconds since 1970.
func (c *timestampConversion) millis(v data.Value, from timestampForm) (int64, error) {
	switch from {
	case stringForm:
		text, ok := v.Text()
		if !ok {
			return 0, smt.DataError("Expected string timestamp to be a String, but found class " + v.JavaClass())
		}
		if c.format == nil {
			return 0, javafmt.NewException(javafmt.NullPointerException, "TimestampConverter needs a format to read the timestamp "+text, nil)
		}
		ms, err := c.format.Parse(text)
		if err != nil {
			return 0, javafmt.NewException(javafmt.DataException, "Could not parse timestamp: value ("+text+") does not match pattern ("+c.pattern+")", err)
		}
		return ms, nil
	case unixForm:
		n, ok := v.Int64()
		if !ok || v.Kind() != data.Int64Kind {
			return 0, smt.DataError("Expected Unix timestamp to be a Long, but found class " + v.JavaClass())
		}
		return c.unit.millis(n), nil
	}
	ms, ok := v.Millis()
	if !ok {
		kind := map[timestampForm]string{dateForm: "Date", timeForm: "Time", connectTimestampForm: "Timestamp"}[from]
		return 0, smt.DataError("Expected " + kind + " to be a java.util.Date, but found class " + v.JavaClass())
	}
	return ms, nil
}
