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
