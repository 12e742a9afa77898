package protobuf

// firstGregorian is 15 October 1582 as a number of days since 1970; the day before is 4 October of the Julian calendar, as in Java.
const firstGregorian = -141427

// dayNumber returns the number of days since 1970 of a date; year 0 is 1 BC.
func dayNumber(year, month, day int64) int64 {
	if n := count(year, month, day, true); n >= firstGregorian {
		return n
	}
	return count(year, month, day, false)
}

// count numbers a day of either calendar. Years begin with March there, so that leap days are at their ends.
func count(year, month, day int64, gregorian bool) int64 {
	if month <= 2 {
		year, month = year-1, month+12
	}
	n := 365*year + floorDiv(year, 4) + (153*(month-3)+2)/5 + day - 1
	if gregorian {
		return n - floorDiv(year, 100) + floorDiv(year, 400) - 719468
	}
	return n - 719470
}

// civil returns the date of a number of days since 1970.
func civil(days int64) (year, month, day int64) {
	if days >= firstGregorian {
		z := days + 719468
		era := floorDiv(z, 146097)
		doe := z - era*146097
		yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
		year, doe = yoe+era*400, doe-(365*yoe+yoe/4-yoe/100)
		return fromMarch(year, doe)
	}
	z := days + 719470
	era := floorDiv(z, 1461)
	doe := z - era*1461
	yoe := (doe - doe/1460) / 365
	return fromMarch(yoe+era*4, doe-365*yoe)
}

// fromMarch returns the date of a day of a year that begins with March.
func fromMarch(year, dayOfYear int64) (int64, int64, int64) {
	mp := (5*dayOfYear + 2) / 153
	day := dayOfYear - (153*mp+2)/5 + 1
	if mp < 10 {
		return year, mp + 3, day
	}
	return year + 1, mp - 9, day
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
