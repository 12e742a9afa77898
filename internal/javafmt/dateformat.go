package javafmt

import (
	"strconv"
	"strings"
	"time"
)

// DateFormat is a SimpleDateFormat of the locale en_US, lenient as it is by default. It is for one goroutine: as in Java, parsing a text that names
// a time zone changes the zone of the format.
type DateFormat struct {
	items []dateItem
	zone  *Zone
	// century is the point in time from which two-digit years count: 80 years before the format was made.
	century int64
	fields  calendar
}

// dateItem is a run of one pattern letter, or literal text where letter is 0.
type dateItem struct {
	letter  byte
	count   int
	literal string
}

const dateLetters = "GyMdkHmsSEDFwWahKzZYuXL"

// NewDateFormat returns new SimpleDateFormat(pattern) with the zone set. A bad pattern gives an Exception of class IllegalArgumentException.
func NewDateFormat(pattern string, zone *Zone) (*DateFormat, error) {
	f := &DateFormat{zone: zone, century: time.Now().AddDate(-80, 0, 0).UnixMilli()}
	var literal []byte
	flush := func() {
		if len(literal) > 0 {
			f.items = append(f.items, dateItem{literal: string(literal)})
			literal = literal[:0]
		}
	}
	quoted := false
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '\'' && i+1 < len(pattern) && pattern[i+1] == '\'':
			literal = append(literal, c)
			i++
		case c == '\'':
			quoted = !quoted
		case quoted || c|0x20 < 'a' || c|0x20 > 'z':
			literal = append(literal, c)
		case strings.IndexByte(dateLetters, c) < 0:
			return nil, NewException(IllegalArgument, "Illegal pattern character '"+string(rune(c))+"'", nil)
		default:
			flush()
			n := len(pattern[i:]) - len(strings.TrimLeft(pattern[i:], pattern[i:i+1]))
			if c == 'X' && n > 3 {
				return nil, NewException(IllegalArgument, "invalid ISO 8601 format: length="+strconv.Itoa(n), nil)
			}
			f.items = append(f.items, dateItem{letter: c, count: n})
			i += n - 1
		}
	}
	if quoted {
		return nil, NewException(IllegalArgument, "Unterminated quote", nil)
	}
	flush()
	return f, nil
}

// Zone returns the zone of the format.
func (f *DateFormat) Zone() *Zone { return f.zone }

// SetZone sets the zone of the format.
func (f *DateFormat) SetZone(z *Zone) { f.zone = z }

// Format returns the text of a point in time.
func (f *DateFormat) Format(millis int64) string {
	return string(f.Append(make([]byte, 0, 32), millis))
}

// Append appends the text of a point in time.
func (f *DateFormat) Append(dst []byte, millis int64) []byte {
	m := momentOf(millis, f.zone)
	for i := range f.items {
		if item := &f.items[i]; item.letter == 0 {
			dst = append(dst, item.literal...)
		} else {
			dst = f.appendField(dst, item, &m)
		}
	}
	return dst
}

func (f *DateFormat) appendField(dst []byte, item *dateItem, m *moment) []byte {
	var v int64
	switch item.letter {
	case 'G':
		return append(dst, eraNames[m.era()]...)
	case 'y':
		return appendYear(dst, m.yearOfEra(), item.count)
	case 'Y':
		year, _ := m.week()
		return appendYear(dst, year, item.count)
	case 'M', 'L':
		if item.count >= 3 {
			return append(dst, named(monthNames[m.month-1], item.count)...)
		}
		v = m.month
	case 'E':
		return append(dst, named(dayNames[m.dayOfWeek-1], item.count)...)
	case 'a':
		return append(dst, halfNames[m.timeOfDay/(12*3600_000)]...)
	case 'z':
		return append(dst, f.zone.name(m.savings != 0, item.count >= 4)...)
	case 'Z':
		dst, v = appendSign(dst, m.offset/60_000)
		return appendPadded(dst, v/60*100+v%60, 4)
	case 'X':
		return appendISOZone(dst, m.offset/60_000, item.count)
	default:
		v = m.number(item.letter)
	}
	return appendPadded(dst, v, item.count)
}

// number returns the value of the letters that stand for plain numbers.
func (m *moment) number(letter byte) int64 {
	hour := m.timeOfDay / 3600_000
	switch letter {
	case 'd':
		return m.day
	case 'k':
		return (hour+23)%24 + 1
	case 'H':
		return hour
	case 'm':
		return m.timeOfDay / 60_000 % 60
	case 's':
		return m.timeOfDay / 1000 % 60
	case 'S':
		return m.timeOfDay % 1000
	case 'D':
		return m.dayOfYear
	case 'F':
		return (m.day-1)/7 + 1
	case 'w':
		_, week := m.week()
		return week
	case 'W':
		return m.weekOfMonth()
	case 'h':
		return (hour+11)%12 + 1
	case 'K':
		return hour % 12
	case 'u':
		return (m.dayOfWeek+5)%7 + 1
	}
	panic("javafmt: date letter " + string(rune(letter)))
}

func (m *moment) era() int {
	if m.year < 1 {
		return bce
	}
	return ce
}

func (m *moment) yearOfEra() int64 {
	if m.year < 1 {
		return 1 - m.year
	}
	return m.year
}

func appendYear(dst []byte, year int64, count int) []byte {
	if count == 2 {
		// Two letters cut the year to two digits; a minus stays.
		dst, year = appendMinus(dst, year)
		return appendPadded(dst, year%100, 2)
	}
	return appendPadded(dst, year, count)
}

func appendMinus(dst []byte, v int64) ([]byte, int64) {
	if v < 0 {
		return append(dst, '-'), -v
	}
	return dst, v
}

func appendSign(dst []byte, v int64) ([]byte, int64) {
	if v < 0 {
		return append(dst, '-'), -v
	}
	return append(dst, '+'), v
}

func appendISOZone(dst []byte, minutes int64, count int) []byte {
	if minutes == 0 {
		return append(dst, 'Z')
	}
	dst, minutes = appendSign(dst, minutes)
	dst = appendPadded(dst, minutes/60, 2)
	if count == 1 {
		return dst
	}
	if count == 3 {
		dst = append(dst, ':')
	}
	return appendPadded(dst, minutes%60, 2)
}

// appendPadded appends v with zeros before it, so that it has at least width digits.
func appendPadded(dst []byte, v int64, width int) []byte {
	dst, v = appendMinus(dst, v)
	digits := 1
	for p := v; p >= 10; p /= 10 {
		digits++
	}
	for ; digits < width; width-- {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, v, 10)
}

// named returns the long name for four letters or more, else the short one: the first three characters.
func named(name string, count int) string {
	if count >= 4 {
		return name
	}
	return name[:3]
}

var (
	eraNames   = [...]string{"BC", "AD"}
	halfNames  = [...]string{"AM", "PM"}
	monthNames = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	dayNames   = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
	// longEraNames are read but not written.
	longEraNames = [...]string{"Before Christ", "Anno Domini"}
)
