package javafmt

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
