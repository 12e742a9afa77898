package protobuf

import (
	"math/big"
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"google.golang.org/protobuf/encoding/protowire"
)

const (
	dayMillis   = 86_400_000
	minSeconds  = -62_135_596_800
	maxSeconds  = 253_402_300_799
	milliNanos  = 1_000_000
	secondNanos = 1_000_000_000
)

// millisOf returns the milliseconds since the epoch of a date, time or timestamp.
func millisOf(v data.Value) int64 {
	ms, _ := v.Millis()
	return ms
}

// appendNumber appends a field of an integer type unless it is 0.
func appendNumber(dst []byte, number protowire.Number, n int64) []byte {
	if n == 0 {
		return dst
	}
	return protowire.AppendVarint(protowire.AppendTag(dst, number, protowire.VarintType), uint64(n))
}

// appendTimestamp appends google.protobuf.Timestamp.
func appendTimestamp(dst []byte, v data.Value) ([]byte, error) {
	ms := millisOf(v)
	seconds, rest := ms/1000, ms%1000
	if rest < 0 {
		seconds, rest = seconds-1, rest+1000
	}
	if err := checkTimestamp(seconds, rest*milliNanos); err != nil {
		return dst, err
	}
	return appendNumber(appendNumber(dst, 1, seconds), 2, rest*milliNanos), nil
}

func checkTimestamp(seconds, nanos int64) error {
	if seconds >= minSeconds && seconds <= maxSeconds && nanos >= 0 && nanos < secondNanos {
		return nil
	}
	return argumentError("Timestamp is not valid. See proto definition for valid values. Seconds (" + strconv.FormatInt(seconds, 10) +
		") must be in range [-62,135,596,800, +253,402,300,799]. Nanos (" + strconv.FormatInt(nanos, 10) + ") must be in range [0, +999,999,999].")
}

// appendDate appends google.type.Date, by the calendar that Java uses: Julian before 15 October 1582.
func appendDate(dst []byte, _ *writePlan, v data.Value) ([]byte, error) {
	ms := millisOf(v)
	if ms%dayMillis != 0 {
		return dst, dataException("Kafka Connect Date type should not have any time fields set to non-zero values.")
	}
	year, month, day := civil(ms / dayMillis)
	if year <= 0 {
		// Java counts the years before 1 downwards from 1 too.
		year = 1 - year
	}
	return appendNumber(appendNumber(appendNumber(dst, 1, int64(int32(year))), 2, month), 3, day), nil
}

// appendTime appends google.type.TimeOfDay.
func appendTime(dst []byte, v data.Value) ([]byte, error) {
	ms := millisOf(v)
	if ms < 0 || ms > dayMillis {
		return dst, dataException("Time values must use number of millis greater than 0 and less than 86400000")
	}
	ms %= dayMillis
	dst = appendNumber(dst, 1, ms/3_600_000)
	dst = appendNumber(dst, 2, ms/60_000%60)
	dst = appendNumber(dst, 3, ms/1000%60)
	return appendNumber(dst, 4, ms%1000*milliNanos), nil
}

// decimal appends confluent.type.Decimal.
func (w *WritePlan) decimal(dst []byte, v data.Value) ([]byte, error) {
	d, _ := v.Decimal()
	w.scratch = data.AppendTwosComplement(w.scratch[:0], d)
	dst = protowire.AppendBytes(append(dst, 1<<3|byte(protowire.BytesType)), w.scratch)
	var precision int
	if n, ok := d.Small(); ok {
		precision = digits(n)
	} else {
		precision = javafmt.Decimal{Unscaled: d.Unscaled(), Scale: d.Scale()}.Precision()
	}
	return appendNumber(appendNumber(dst, 2, int64(precision)), 3, int64(d.Scale())), nil
}

// digits counts the digits of a number; those of 0 are one.
func digits(n int64) int {
	u := uint64(n)
	if n < 0 {
		u = -u
	}
	count := 1
	for ; u >= 10; u /= 10 {
		count++
	}
	return count
}

// decimalOf returns the value of a Decimal message, rounded half up to its precision.
func decimalOf(unscaled []byte, precision *int32, scale int32) (data.Value, error) {
	if precision != nil && *precision < 0 {
		return data.Null, argumentError("Digits < 0")
	}
	if len(unscaled) == 0 {
		return data.Null, javafmt.NewException(javafmt.NumberFormatException, "Zero length BigInteger", nil)
	}
	d := data.DecimalFromTwosComplement(unscaled, scale)
	if precision == nil || *precision == 0 {
		return d.Value(), nil
	}
	if n, ok := d.Small(); ok && digits(n) <= int(*precision) {
		return d.Value(), nil
	}
	x := javafmt.Decimal{Unscaled: d.Unscaled(), Scale: scale}
	for {
		// A carry may give the rounded number a digit more.
		drop := x.Precision() - int(*precision)
		if drop <= 0 {
			return data.DecimalOf(x.Unscaled, x.Scale), nil
		}
		scaled := int64(x.Scale) - int64(drop)
		if scaled != int64(int32(scaled)) {
			return data.Null, javafmt.NewException("java.lang.ArithmeticException", "Underflow", nil)
		}
		x = javafmt.Decimal{Unscaled: halfUp(x.Unscaled, drop), Scale: int32(scaled)}
	}
}

// halfUp divides by a power of ten and rounds to the nearest, away from 0 in the middle.
func halfUp(n *big.Int, drop int) *big.Int {
	divisor := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(drop)), nil)
	quotient, rest := new(big.Int).QuoRem(n, divisor, new(big.Int))
	if rest.Abs(rest).Lsh(rest, 1).Cmp(divisor) >= 0 {
		quotient.Add(quotient, big.NewInt(int64(n.Sign())))
	}
	return quotient
}

// dateOf returns the value of a Date message, in the words of a strict calendar of Java.
func dateOf(year, month, day int32) (data.Value, error) {
	const lastYear = 292278994
	switch {
	case year < 1 || year > lastYear:
		return data.Null, argumentError("YEAR")
	case month < 1 || month > 12:
		return data.Null, argumentError("MONTH")
	case day < 1 || day > 31:
		return data.Null, argumentError("DAY_OF_MONTH")
	case year == 1582 && month == 10 && day >= 5 && day <= 14:
		return data.Null, argumentError("the specified date doesn't exist")
	}
	days := dayNumber(int64(year), int64(month), int64(day))
	if _, m, _ := civil(days); m != int64(month) {
		return data.Null, argumentError("MONTH: " + strconv.Itoa(int(month)-1) + " -> " + strconv.Itoa(int(m)-1))
	}
	return data.DateMillis(days * dayMillis), nil
}

// timeOf returns the value of a TimeOfDay message.
func timeOf(hours, minutes, seconds, nanos int32) (data.Value, error) {
	for _, x := range []struct {
		name       string
		value, max int32
	}{{"HourOfDay", hours, 23}, {"MinuteOfHour", minutes, 59}, {"SecondOfMinute", seconds, 59}, {"NanoOfSecond", nanos, secondNanos - 1}} {
		if x.value < 0 || x.value > x.max {
			return data.Null, javafmt.NewException("java.time.DateTimeException", "Invalid value for "+x.name+" (valid values 0 - "+
				strconv.Itoa(int(x.max))+"): "+strconv.Itoa(int(x.value)), nil)
		}
	}
	return data.TimeMillis(int64(hours)*3_600_000 + int64(minutes)*60_000 + int64(seconds)*1000 + int64(nanos)/milliNanos), nil
}

// timestampOf returns the value of a Timestamp message.
func timestampOf(seconds int64, nanos int32) (data.Value, error) {
	if err := checkTimestamp(seconds, int64(nanos)); err != nil {
		return data.Null, err
	}
	return data.TimestampMillis(seconds*1000 + int64(nanos)/milliNanos), nil
}
