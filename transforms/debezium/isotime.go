package debezium

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
)

// isoTime is a date, a time of day and an offset as DateTimeFormatter.ISO_OFFSET_DATE_TIME and ISO_OFFSET_TIME have them.
type isoTime struct {
	// wall is the local time in seconds since 1970-01-01, or since midnight where there is no date.
	wall   int64
	nanos  int
	offset int64
}

// isoReader reads parts of a text and remembers where it failed.
type isoReader struct {
	text string
	at   int
	bad  bool
}

func (r *isoReader) fail() { r.bad = true }

func (r *isoReader) accept(c byte) bool {
	if !r.bad && r.at < len(r.text) && (r.text[r.at] == c || c >= 'A' && r.text[r.at] == c|0x20) {
		r.at++
		return true
	}
	return false
}

func (r *isoReader) expect(c byte) {
	if !r.accept(c) {
		r.fail()
	}
}

// number reads exactly n digits of at most a value.
func (r *isoReader) number(n, most int) (v int) {
	if r.bad || r.at+n > len(r.text) {
		r.fail()
		return 0
	}
	for i := range n {
		c := r.text[r.at+i]
		if !isDigit(c) {
			r.fail()
			return 0
		}
		v = v*10 + int(c-'0')
	}
	if v > most {
		r.fail()
		return 0
	}
	r.at += n
	return v
}

// year reads four digits, or more with a sign.
func (r *isoReader) year() int {
	negative := r.accept('-')
	n := 4
	if signed := negative || r.accept('+'); signed {
		for n < 10 && r.at+n < len(r.text) && isDigit(r.text[r.at+n]) {
			n++
		}
	}
	v := r.number(n, 999_999_999)
	if negative {
		return -v
	}
	return v
}

// clock reads hh:mm, and optionally :ss and a fraction.
func (r *isoReader) clock() (seconds int64, nanos int) {
	h := r.number(2, 23)
	r.expect(':')
	m := r.number(2, 59)
	s := 0
	if r.accept(':') {
		s = r.number(2, 59)
		if r.accept('.') {
			scale := 100_000_000
			for ; scale > 0 && r.at < len(r.text) && isDigit(r.text[r.at]); scale /= 10 {
				nanos += int(r.text[r.at]-'0') * scale
				r.at++
			}
		}
	}
	return int64(h*3600 + m*60 + s), nanos
}

// offset reads Z, or a sign with hours and optionally minutes and seconds.
func (r *isoReader) offset() int64 {
	if r.accept('Z') {
		return 0
	}
	sign := int64(1)
	if r.accept('-') {
		sign = -1
	} else {
		r.expect('+')
	}
	total := int64(r.number(2, 18)) * 3600
	if r.accept(':') {
		total += int64(r.number(2, 59)) * 60
		if r.accept(':') {
			total += int64(r.number(2, 59))
		}
	}
	return sign * total
}

// parseISO reads a text, with or without a date.
func parseISO(text string, dated bool) (isoTime, error) {
	r := isoReader{text: text}
	var t isoTime
	if dated {
		year := r.year()
		r.expect('-')
		month := r.number(2, 12)
		r.expect('-')
		day := r.number(2, 31)
		r.expect('T')
		midnight := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
		if !r.bad && (month == 0 || midnight.Day() != day) {
			return t, timeError(fmt.Sprintf("Text '%s' could not be parsed: Invalid date", text))
		}
		t.wall = midnight.Unix()
	}
	seconds, nanos := r.clock()
	t.wall, t.nanos, t.offset = t.wall+seconds, nanos, r.offset()
	switch {
	case r.bad:
		return t, timeError(fmt.Sprintf("Text '%s' could not be parsed at index %d", text, r.at))
	case r.at < len(text):
		return t, timeError(fmt.Sprintf("Text '%s' could not be parsed, unparsed text found at index %d", text, r.at))
	}
	return t, nil
}

func timeError(message string) error {
	return javafmt.NewException("java.time.format.DateTimeParseException", message, nil)
}

// moveTo gives the same point in time another offset; without a date it stays within a day.
func (t isoTime) moveTo(offset int64, dated bool) isoTime {
	t.wall += offset - t.offset
	t.offset = offset
	if !dated {
		const day = 24 * 3600
		t.wall = (t.wall%day + day) % day
	}
	return t
}

// format writes the time, seconds always and the fraction as far as it is not zero.
func (t isoTime) format(dated bool) string {
	var b strings.Builder
	wall := time.Unix(t.wall, 0).UTC()
	if dated {
		switch year := wall.Year(); {
		case year > 9999:
			fmt.Fprintf(&b, "+%d", year)
		case year < 0:
			fmt.Fprintf(&b, "-%04d", -year)
		default:
			fmt.Fprintf(&b, "%04d", year)
		}
		fmt.Fprintf(&b, "-%02d-%02dT", wall.Month(), wall.Day())
	}
	fmt.Fprintf(&b, "%02d:%02d:%02d", wall.Hour(), wall.Minute(), wall.Second())
	if t.nanos > 0 {
		b.WriteString("." + strings.TrimRight(strconv.Itoa(1_000_000_000 + t.nanos)[1:], "0"))
	}
	b.WriteString(offsetID(t.offset))
	return b.String()
}

// offsetID is ZoneOffset.getId.
func offsetID(seconds int64) string {
	if seconds == 0 {
		return "Z"
	}
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	id := fmt.Sprintf("%s%02d:%02d", sign, seconds/3600, seconds/60%60)
	if s := seconds % 60; s != 0 {
		id += fmt.Sprintf(":%02d", s)
	}
	return id
}
