package debezium

import (
	"fmt"

	"github.com/moldau/moldau/connect/data"
)

// kinds are the types of a database for what every source has.
type kinds struct {
	boolean, int8, int16, int32, int64, float32, float64 string
	date                                                 string
	time, zonedTime, stamp, zonedStamp                   string // with %d for the digits of a second
	fraction                                             int    // the most of these, which are the usual ones too
	decimal                                              string
	mostDigits                                           int
	variableScale, entries                               string
}

// named returns the type of a schema of Debezium's, "" for those that each database decides about.
func (k *kinds) named(s *data.Schema) string {
	switch s.Name() {
	case date:
		return k.date
	case timeMillis, timeMicros, timeNanos:
		return k.fractional(k.time, s)
	case stampMillis, stampMicros, stampNanos:
		return k.fractional(k.stamp, s)
	case zonedTime:
		return k.fractional(k.zonedTime, s)
	case zonedStamp:
		return k.fractional(k.zonedStamp, s)
	case variableScale:
		return k.variableScale
	}
	return ""
}

// of returns the type of any other schema, "" for texts, bytes and lists.
func (k *kinds) of(s *data.Schema) string {
	switch s.ValueKind() {
	case data.BoolKind:
		return k.boolean
	case data.Int8Kind:
		return k.int8
	case data.Int16Kind:
		return k.int16
	case data.Int32Kind:
		return k.int32
	case data.Int64Kind:
		return k.int64
	case data.Float32Kind:
		return k.float32
	case data.Float64Kind:
		return k.float64
	case data.DecimalKind:
		return decimal(k.decimal, s, 38, k.mostDigits)
	case data.DateKind:
		return k.date
	case data.TimeKind:
		return k.fractional(k.time, s)
	case data.TimestampKind:
		return k.fractional(k.stamp, s)
	case data.MapKind:
		return k.entries
	}
	return ""
}

// fractional is a type with digits of a second: those of the source where they are known and possible, else the usual ones.
func (k *kinds) fractional(form string, s *data.Schema) string {
	n := k.fraction
	if d := digits(s); d > 0 && d <= n {
		n = d
	}
	return fmt.Sprintf(form, n)
}
