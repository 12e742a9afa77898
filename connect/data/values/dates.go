package values

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// The patterns of dates, times and timestamps. The Z is a letter only: as in Java the texts are in the zone of the process.
const (
	datePattern      = "yyyy-MM-dd"
	timePattern      = "HH:mm:ss.SSS'Z'"
	timestampPattern = datePattern + "'T'" + timePattern
)

// The lengths that texts of the patterns have.
const (
	dateLength      = len("2000-01-01")
	timeLength      = len("00:00:00.000Z")
	timestampLength = len("2000-01-01T00:00:00.000Z")
)

// DatePattern returns the SimpleDateFormat pattern that Append uses for a date: its value decides, not its kind. The first day of 1970, and all
// that is before it, prints as a time, midnight as a date.
func DatePattern(v data.Value) string {
	ms, _ := v.Millis()
	switch {
	case ms < millisPerDay:
		return timePattern
	case ms%millisPerDay == 0:
		return datePattern
	}
	return timestampPattern
}

func format(pattern string) *javafmt.DateFormat {
	f, err := javafmt.NewDateFormat(pattern, javafmt.LocalZone())
	if err != nil {
		panic("values: " + err.Error())
	}
	return f
}

func appendDate(dst []byte, v data.Value) []byte {
	ms, _ := v.Millis()
	return format(DatePattern(v)).Append(dst, ms)
}

// parseTemporal reads a date, time or timestamp. The length of the text decides which one it may be.
func parseTemporal(text string) (parsed, bool) {
	text = unescapeColons(text)
	// Java counts UTF-16 units, of which a text has at most as many as bytes.
	if len(text) < dateLength || len(text) > 3*timestampLength {
		return parsed{}, false
	}
	schema, pattern := data.TimeSchema, timePattern
	switch javafmt.Length(text) {
	case timeLength:
	case timestampLength:
		schema, pattern = data.TimestampSchema, timestampPattern
	case dateLength:
		schema, pattern = data.DateSchema, datePattern
	default:
		return parsed{}, false
	}
	ms, err := format(pattern).Parse(text)
	if err != nil {
		return parsed{}, false
	}
	return parsed{schema, data.TemporalMillis(schema.ValueKind(), ms)}, true
}
