package values

import (
	"github.com/moldau/moldau/connect/data"
)

const millisPerDay = 24 * 60 * 60 * 1000

// ToDate converts dates, timestamps, numbers of days and text to a date.
func ToDate(from *data.Schema, v data.Value) (data.Value, error) {
	if v.IsNull() {
		return data.Null, errNull()
	}
	return toDate(data.DateSchema, from, v)
}

// ToTime converts times, timestamps, numbers of milliseconds and text to a time of day.
func ToTime(from *data.Schema, v data.Value) (data.Value, error) {
	if v.IsNull() {
		return data.Null, errNull()
	}
	return toTime(data.TimeSchema, from, v)
}

// ToTimestamp converts dates, times, timestamps, numbers of milliseconds and text to a timestamp.
func ToTimestamp(from *data.Schema, v data.Value) (data.Value, error) {
	if v.IsNull() {
		return data.Null, errNull()
	}
	return toTimestamp(data.TimestampSchema, from, v)
}

// dateOf returns the milliseconds of a date, and the logical type its schema names; without schema Java takes a date as it is.
func dateOf(v data.Value, from *data.Schema) (ms int64, logical string, isDate bool) {
	ms, isDate = v.Millis()
	if from != nil {
		logical = from.Name()
	}
	return ms, logical, isDate
}

func toDate(to, from *data.Schema, v data.Value) (data.Value, error) {
	v, err := parsedText(v)
	if err != nil {
		return data.Null, err
	}
	if ms, logical, ok := dateOf(v, from); ok {
		switch {
		case from == nil || logical == data.DateName:
			return data.DateMillis(ms), nil
		case logical == data.TimestampName:
			// The division truncates: the evening before 1970 is day 0 to Java.
			return data.DateFromDays(to, int32(ms/millisPerDay))
		}
	}
	x, err := asLong(v, from, nil)
	if err != nil {
		return data.Null, err
	}
	return data.DateFromDays(to, int32(x))
}

func toTime(to, from *data.Schema, v data.Value) (data.Value, error) {
	v, err := parsedText(v)
	if err != nil {
		return data.Null, err
	}
	if ms, logical, ok := dateOf(v, from); ok {
		switch {
		case from == nil || logical == data.TimeName:
			return data.TimeMillis(ms), nil
		case logical == data.TimestampName:
			return data.TimeFromMillis(to, timeOfDay(ms))
		}
	}
	x, err := asLong(v, from, nil)
	if err != nil {
		return data.Null, err
	}
	return data.TimeFromMillis(to, int32(x))
}

// The first millisecond of the year 1, and 1 January 1970 BC, in Java's calendar, which is Julian there.
const (
	yearOne    = -719164 * millisPerDay
	year1970BC = -1438707 * millisPerDay
)

// timeOfDay moves a timestamp to 1 January 1970 as Java does: by setting year, month and day, but not the era.
func timeOfDay(ms int64) int32 {
	day := ms % millisPerDay
	if day < 0 {
		day += millisPerDay
	}
	if ms < yearOne {
		day += year1970BC
	}
	return int32(day)
}

func toTimestamp(to, from *data.Schema, v data.Value) (data.Value, error) {
	v, err := parsedText(v)
	if err != nil {
		return data.Null, err
	}
	if ms, logical, ok := dateOf(v, from); ok {
		switch {
		case from == nil || logical == data.TimestampName:
			return data.TimestampMillis(ms), nil
		case logical == data.DateName:
			days, err := data.DateToDays(from, v)
			return data.TimestampMillis(int64(days) * millisPerDay), err
		case logical == data.TimeName:
			time, err := data.TimeToMillis(from, v)
			return data.TimestampMillis(int64(time)), err
		}
	}
	x, err := asLong(v, from, nil)
	if err != nil {
		return data.Null, err
	}
	return data.TimestampFromMillis(to, x)
}
