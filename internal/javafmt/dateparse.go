package javafmt

import "unicode"

// ParseException is the class of errors of DateFormat.Parse.
const ParseException = "java.text.ParseException"

// Parse is SimpleDateFormat.parse(text): the point in time at the start of text, whatever follows. Errors are Exceptions of class ParseException.
func (f *DateFormat) Parse(text string) (int64, error) {
	p := dateParser{format: f, text: EncodeUTF16(text), fields: &f.fields}
	f.fields = calendar{}
	// Java takes a position of 0 for failure, so a pattern that matches nothing fails.
	if !p.parse() || p.at == 0 {
		return 0, NewException(ParseException, `Unparseable date: "`+text+`"`, nil)
	}
	millis := p.establish()
	if p.ambiguous && millis < f.century {
		// The two digits are those of the year in which the century begins, but the date lies before that day.
		p.fields.value[fieldYear] += 100
		p.fields.value[fieldWeekYear] += 100
		millis = p.establish()
	}
	return millis, nil
}

// dateParser reads one text. Positions count UTF-16 units.
type dateParser struct {
	format    *DateFormat
	text      []uint16
	at        int
	fields    *calendar
	ambiguous bool
}

func (p *dateParser) parse() bool {
	items := p.format.items
	for i := range items {
		if items[i].letter == 0 {
			for _, u := range EncodeUTF16(items[i].literal) {
				if p.at >= len(p.text) || p.text[p.at] != u {
					return false
				}
				p.at++
			}
			continue
		}
		// Before another number without anything between, a number has exactly its count of digits.
		abutting := i+1 < len(items) && items[i+1].numeric()
		if !p.field(&items[i], abutting) {
			return false
		}
	}
	return true
}

// numeric tells of items that are read as numbers.
func (d *dateItem) numeric() bool {
	switch d.letter {
	case 0, 'G', 'E', 'a', 'z', 'Z', 'X':
		return false
	case 'M', 'L':
		return d.count <= 2
	}
	return true
}

// plainFields are the fields of the letters whose number is the field's value.
var plainFields = map[byte]int{
	'd': fieldDayOfMonth, 'H': fieldHourOfDay, 'm': fieldMinute, 's': fieldSecond, 'S': fieldMillisecond, 'D': fieldDayOfYear,
	'F': fieldDayOfWeekInMonth, 'w': fieldWeekOfYear, 'W': fieldWeekOfMonth, 'K': fieldHour,
}

// field reads one field at p.at, white space before it included.
func (p *dateParser) field(item *dateItem, abutting bool) bool {
	start := p.at
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
	if p.at >= len(p.text) {
		return false
	}
	if !item.numeric() {
		return p.words(item, start)
	}
	end := len(p.text)
	if abutting {
		if end = start + item.count; end > len(p.text) {
			return false
		}
	}
	first := p.at
	v, ok := p.number(end)
	if !ok {
		return false
	}
	switch item.letter {
	case 'y', 'Y':
		if item.count <= 2 && p.at-first == 2 && p.digitAt(first) && p.digitAt(first+1) {
			v = p.fullYear(v)
		}
		if item.letter == 'Y' {
			p.fields.set(fieldWeekYear, v)
		} else {
			p.fields.set(fieldYear, v)
		}
	case 'M', 'L':
		p.fields.set(fieldMonth, v-1)
	case 'k':
		if v == 24 {
			v = 0
		}
		p.fields.set(fieldHourOfDay, v)
	case 'h':
		if v == 12 {
			v = 0
		}
		p.fields.set(fieldHour, v)
	case 'u':
		// 1 is Monday. Numbers outside the week stay what they are.
		if v > 0 && v <= 7 {
			v = v%7 + 1
		}
		p.fields.set(fieldDayOfWeek, v)
	default:
		p.fields.set(plainFields[item.letter], v)
	}
	return true
}

func (p *dateParser) digitAt(i int) bool {
	return unicode.Is(unicode.Nd, rune(p.text[i]))
}

// fullYear puts a two-digit year into the hundred years that begin 80 years ago.
func (p *dateParser) fullYear(v int32) int32 {
	m := momentOf(p.format.century, p.format.zone)
	start := int32(m.year % 100)
	p.ambiguous = v == start
	v += int32(m.year) / 100 * 100
	if v%100 < start {
		v += 100
	}
	return v
}

// words reads the fields that are no plain numbers.
func (p *dateParser) words(item *dateItem, start int) bool {
	switch item.letter {
	case 'G':
		return p.name(start, fieldEra, 0, eraNames[:], longEraNames[:])
	case 'M', 'L':
		return p.name(start, fieldMonth, 0, shortNames(monthNames[:]), monthNames[:])
	case 'E':
		return p.name(start, fieldDayOfWeek, 1, shortNames(dayNames[:]), dayNames[:])
	case 'a':
		return p.name(start, fieldAmPm, 0, halfNames[:])
	case 'X':
		return p.isoZone(item.count)
	}
	return p.zoneField(start)
}

func shortNames(names []string) []string {
	short := make([]string, len(names))
	for i, n := range names {
		short[i] = n[:3]
	}
	return short
}

// name sets the field to the index of the longest name that stands at start. Unlike numbers, names have no space before them.
func (p *dateParser) name(start, field, base int, lists ...[]string) bool {
	best, length := 0, 0
	for _, names := range lists {
		for i, n := range names {
			if len(n) > length && p.matches(start, n) {
				best, length = i, len(n)
			}
		}
	}
	if length == 0 {
		return false
	}
	p.at = start + length
	p.fields.set(field, int32(best+base))
	return true
}

// matches compares without case.
func (p *dateParser) matches(at int, name string) bool {
	for _, r := range name {
		if at >= len(p.text) || unicode.ToLower(unicode.ToUpper(rune(p.text[at]))) != unicode.ToLower(unicode.ToUpper(r)) {
			return false
		}
		at++
	}
	return true
}

// establish computes the point in time from the fields read (CalendarBuilder.establish).
func (p *dateParser) establish() int64 {
	c := *p.fields
	if c.isSet(fieldWeekYear) && c.stamp[fieldWeekYear] > c.stamp[fieldYear] {
		week, day := int32(1), int32(1)
		if c.isSet(fieldWeekOfYear) {
			week = c.value[fieldWeekOfYear]
		}
		if c.isSet(fieldDayOfWeek) {
			day = c.value[fieldDayOfWeek]
		}
		if day < 1 || day > 7 {
			week, day = normalWeekDay(week, day)
		}
		c.setWeekDate(c.value[fieldWeekYear], week, day, p.format.zone)
	}
	return c.millis(p.format.zone)
}

// normalWeekDay brings a day outside the week, 1 being Monday, into the right week.
func normalWeekDay(week, day int32) (int32, int32) {
	n := floorDiv(int64(day)-1, 7)
	return week + int32(n), int32(floorMod(int64(day)-1, 7)+1)%7 + 1
}
