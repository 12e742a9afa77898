package javafmt

// The fields of java.util.Calendar that date patterns name, in Calendar's order.
const (
	fieldEra = iota
	fieldYear
	fieldMonth
	fieldWeekOfYear
	fieldWeekOfMonth
	fieldDayOfMonth
	fieldDayOfYear
	fieldDayOfWeek
	fieldDayOfWeekInMonth
	fieldAmPm
	fieldHour
	fieldHourOfDay
	fieldMinute
	fieldSecond
	fieldMillisecond
	fieldZoneOffset
	fieldDstOffset
	fieldWeekYear
	fieldCount
)

const (
	dayMillis = 86400_000
	// epochDay is 1 January 1970 counted from 1 January 1 of the Gregorian calendar, which is day 1.
	epochDay = 719163
	// cutoverDay is 15 October 1582, the first day of the Gregorian calendar; the day before is 4 October of the Julian.
	cutoverDay  = 577736
	cutoverYear = 1582
	bce         = 0
	ce          = 1
)

// gregorianDay numbers a day of the Gregorian calendar, extended to all years; month counts from 1, year 0 is 1 BC.
func gregorianDay(year, month, day int64) int64 {
	y := year - 1
	n := 365*y + floorDiv(y, 4) - floorDiv(y, 100) + floorDiv(y, 400) + (367*month-362)/12 + day
	if month > 2 {
		n -= 2
		if floorMod(year, 4) == 0 && (floorMod(year, 100) != 0 || floorMod(year, 400) == 0) {
			n++
		}
	}
	return n
}

// julianDay numbers a day of the Julian calendar in the same count.
func julianDay(year, month, day int64) int64 {
	y := year - 1
	n := 365*y + floorDiv(y, 4) + (367*month-362)/12 + day - 2
	if month > 2 {
		n -= 2
		if floorMod(year, 4) == 0 {
			n++
		}
	}
	return n
}

// hybridDay numbers a day as GregorianCalendar does: Julian before the cutover.
func hybridDay(year, month, day int64) int64 {
	if n := gregorianDay(year, month, day); n >= cutoverDay {
		return n
	}
	return julianDay(year, month, day)
}

// onOrBefore returns the last day up to n that is this day of the week, Sunday being 1.
func onOrBefore(n, dayOfWeek int64) int64 { return n - floorMod(n-(dayOfWeek-1), 7) }

// moment holds the fields of a point in time.
type moment struct {
	year, month, day     int64 // the year counts on below 1: 0 is 1 BC
	fixed                int64 // the number of the day
	dayOfYear, dayOfWeek int64
	timeOfDay            int64
	offset, savings      int64
}

func momentOf(millis int64, zone *Zone) moment {
	var m moment
	m.offset, m.savings = zone.at(millis)
	// The day is split off before the offset is added, so that the ends of the range do not overflow.
	m.fixed = floorDiv(millis, dayMillis) + epochDay
	m.timeOfDay = floorMod(millis, dayMillis) + m.offset
	m.fixed += floorDiv(m.timeOfDay, dayMillis)
	m.timeOfDay = floorMod(m.timeOfDay, dayMillis)
	m.dayOfWeek = floorMod(m.fixed, 7) + 1
	number := gregorianDay
	if m.fixed < cutoverDay {
		number = julianDay
	}
	// 146097 days are 400 Gregorian years, and but three days less than 400 Julian ones: the guess is off by few years, more in the far past.
	m.year = floorDiv((m.fixed-1)*400, 146097) + 1
	if m.fixed < cutoverDay {
		m.year = floorDiv((m.fixed+1)*4, 1461) + 1
	}
	for number(m.year, 1, 1) > m.fixed {
		m.year--
	}
	for number(m.year+1, 1, 1) <= m.fixed {
		m.year++
	}
	m.month = min((m.fixed-number(m.year, 1, 1))/29+1, 12)
	for number(m.year, m.month, 1) > m.fixed {
		m.month--
	}
	m.day = m.fixed - number(m.year, m.month, 1) + 1
	m.dayOfYear = m.fixed - hybridDay(m.year, 1, 1) + 1
	return m
}

// weekStart is the Sunday that begins the week of a day.
func weekStart(n int64) int64 { return onOrBefore(n, 1) }

// week returns the week year and the week in it. As in the United States, a week starts on Sunday and the first one holds 1 January.
func (m *moment) week() (year, week int64) {
	if next := hybridDay(m.year+1, 1, 1); weekStart(next) <= m.fixed {
		return m.year + 1, 1
	}
	return m.year, (m.fixed-weekStart(hybridDay(m.year, 1, 1)))/7 + 1
}

func (m *moment) weekOfMonth() int64 {
	return (m.fixed-weekStart(hybridDay(m.year, m.month, 1)))/7 + 1
}

// calendar collects fields to compute a point in time from, leniently, as GregorianCalendar does. A stamp tells when a field was set: where fields
// contradict each other, the combination set last wins.
type calendar struct {
	value [fieldCount]int32
	stamp [fieldCount]int
	next  int
}

func (c *calendar) set(field int, v int32) {
	c.next++
	c.value[field], c.stamp[field] = v, c.next
}

func (c *calendar) isSet(field int) bool { return c.stamp[field] > 0 }

func (c *calendar) clear(field int) { c.value[field], c.stamp[field] = 0, 0 }

// pair is the stamp of two fields that mean something together only.
func (c *calendar) pair(a, b int) int {
	if c.stamp[a] == 0 || c.stamp[b] == 0 {
		return 0
	}
	return max(c.stamp[a], c.stamp[b])
}

// choice is the combination of fields that gives the date.
type choice struct {
	month, dayOfMonth, weekOfMonth, dayOfWeekInMonth, dayOfYear, dayOfWeek bool
}

// choose finds the combination set last (Calendar.selectFields).
func (c *calendar) choose() choice {
	day, week := c.stamp[fieldDayOfMonth], c.stamp[fieldDayOfWeek]
	weekOfMonth := c.pair(fieldWeekOfMonth, fieldDayOfWeek)
	inMonth := c.pair(fieldDayOfWeekInMonth, fieldDayOfWeek)
	dayOfYear := c.stamp[fieldDayOfYear]
	weekOfYear := c.pair(fieldWeekOfYear, fieldDayOfWeek)
	best := max(day, weekOfMonth, inMonth, dayOfYear, weekOfYear)
	if best == 0 {
		weekOfMonth = c.stamp[fieldWeekOfMonth]
		inMonth = max(c.stamp[fieldDayOfWeekInMonth], week)
		best = max(weekOfMonth, inMonth, c.stamp[fieldWeekOfYear])
		if best == 0 {
			day = c.stamp[fieldMonth]
			best = day
		}
	}
	ch := choice{}
	switch {
	case best == day:
		ch.month, ch.dayOfMonth = true, true
	case best == weekOfMonth && c.stamp[fieldWeekOfMonth] >= c.stamp[fieldWeekOfYear],
		best == inMonth && c.stamp[fieldDayOfWeekInMonth] >= c.stamp[fieldWeekOfYear]:
		ch.month = true
		ch.dayOfWeek = week > 0
		switch {
		case weekOfMonth == inMonth:
			ch.weekOfMonth = c.stamp[fieldWeekOfMonth] >= c.stamp[fieldDayOfWeekInMonth]
		default:
			ch.weekOfMonth = best == weekOfMonth
		}
		ch.dayOfWeekInMonth = !ch.weekOfMonth && c.isSet(fieldDayOfWeekInMonth)
	case best == dayOfYear:
		ch.dayOfYear = true
	default:
		ch.dayOfWeek = week > 0
	}
	return ch
}

// millis computes the point in time (GregorianCalendar.computeTime).
func (c *calendar) millis(zone *Zone) int64 {
	n, timeOfDay := c.local()
	wall := (n-epochDay)*dayMillis + timeOfDay
	var offset, savings int64
	if !c.isSet(fieldZoneOffset) || !c.isSet(fieldDstOffset) {
		offset, savings = zone.atWall(wall)
		offset -= savings
	}
	if c.isSet(fieldZoneOffset) {
		offset = int64(c.value[fieldZoneOffset])
	}
	if c.isSet(fieldDstOffset) {
		savings = int64(c.value[fieldDstOffset])
	}
	return wall - offset - savings
}

// local computes the day and the milliseconds in it.
func (c *calendar) local() (day, timeOfDay int64) {
	year := int32(1970)
	if c.isSet(fieldYear) {
		year = c.value[fieldYear]
	}
	if c.isSet(fieldEra) && c.value[fieldEra] == bce {
		year = 1 - year
	}
	timeOfDay = c.hours()*3600_000 + int64(c.value[fieldMinute])*60_000 + int64(c.value[fieldSecond])*1000 + int64(c.value[fieldMillisecond])
	days := floorDiv(timeOfDay, dayMillis)
	timeOfDay = floorMod(timeOfDay, dayMillis)
	ch := c.choose()
	gregorian := days + c.day(ch, year, gregorianDay)
	julian := days + c.day(ch, year, julianDay)
	// In the year of the cutover, days counted from its start are Julian. Of the ten days it skipped, Java takes the Julian date too.
	if gregorian >= cutoverDay && (year > cutoverYear || year == cutoverYear && ch.month) {
		return gregorian, timeOfDay
	}
	return julian, timeOfDay
}

func (c *calendar) hours() int64 {
	half := c.pair(fieldHour, fieldAmPm)
	whole := c.stamp[fieldHourOfDay]
	best := max(half, whole)
	if best == 0 {
		best = max(c.stamp[fieldHour], c.stamp[fieldAmPm])
	}
	if best == whole {
		return int64(c.value[fieldHourOfDay])
	}
	return int64(c.value[fieldHour]) + 12*int64(c.value[fieldAmPm])
}

// day numbers the day that the chosen fields name, in the calendar that number stands for (GregorianCalendar.getFixedDate).
// Years are 32 bits wide and overflow as in Java.
func (c *calendar) day(ch choice, y int32, number func(year, month, day int64) int64) int64 {
	if !ch.month {
		first := number(int64(y), 1, 1)
		if ch.dayOfYear {
			return first + int64(c.value[fieldDayOfYear]) - 1
		}
		start := c.firstWeek(first)
		if ch.dayOfWeek && c.value[fieldDayOfWeek] != 1 {
			start = onOrBefore(start+6, int64(c.value[fieldDayOfWeek]))
		}
		return start + 7*(int64(c.value[fieldWeekOfYear])-1)
	}
	month := int64(c.value[fieldMonth])
	year := int64(y + int32(floorDiv(month, 12)))
	month = floorMod(month, 12) + 1
	first := number(year, month, 1)
	switch {
	case ch.dayOfMonth:
		if c.isSet(fieldDayOfMonth) {
			return first + int64(c.value[fieldDayOfMonth]) - 1
		}
		return first
	case ch.weekOfMonth:
		start := c.firstWeek(first)
		if ch.dayOfWeek {
			start = onOrBefore(start+6, int64(c.value[fieldDayOfWeek]))
		}
		// Java multiplies in 32 bits here.
		return start + int64(7*(c.value[fieldWeekOfMonth]-1))
	}
	dayOfWeek, which := int64(1), int32(1)
	if ch.dayOfWeek {
		dayOfWeek = int64(c.value[fieldDayOfWeek])
	}
	if ch.dayOfWeekInMonth {
		which = c.value[fieldDayOfWeekInMonth]
	}
	if which >= 0 {
		return onOrBefore(first+int64(7*which)-1, dayOfWeek)
	}
	last := int32(number(year, month+1, 1)-first) + 7*(which+1)
	return onOrBefore(first+int64(last)-1, dayOfWeek)
}

// firstWeek is the Sunday on or before the first day of a month or year: a first week of one day is enough.
func (c *calendar) firstWeek(first int64) int64 {
	start := onOrBefore(first+6, 1)
	if start > first {
		start -= 7
	}
	return start
}

// setWeekDate replaces the date by a day of a week year (GregorianCalendar.setWeekDate).
// The era is that of the date the fields gave before.
func (c *calendar) setWeekDate(year, week, dayOfWeek int32, zone *Zone) {
	before := momentOf(c.millis(zone), zone)
	first := calendar{}
	first.set(fieldEra, int32(before.era()))
	first.set(fieldYear, year)
	first.set(fieldWeekOfYear, 1)
	first.set(fieldDayOfWeek, 1)
	n, _ := first.local()
	n += int64(dayOfWeek-1) + 7*(int64(week)-1)
	m := momentOf((n-epochDay)*dayMillis, UTC())
	c.set(fieldEra, int32(m.era()))
	c.set(fieldYear, int32(m.yearOfEra()))
	c.set(fieldMonth, int32(m.month-1))
	c.set(fieldDayOfMonth, int32(m.day))
}
