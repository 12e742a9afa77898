package source

import (
	"math"
	"strconv"
	"time"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Days that a Connect date has at most: PostgreSQL's infinity becomes the last, as Java's connector fails there.
const (
	mostDay   = math.MaxInt32
	leastDay  = math.MinInt32
	dayMillis = 24 * 60 * 60 * 1000
)

func fillDate(f *filler, i int, c *column, cell *dialect.Cell) error {
	f.bytes += 4
	switch {
	case cell.Form == dialect.Days:
		f.b.Set(i, data.DateMillis(min(max(cell.Num, leastDay), mostDay)*dayMillis))
		return nil
	case cell.Value == nil && string(cell.Text) == "infinity":
		f.b.Set(i, data.DateMillis(mostDay*dayMillis))
		return nil
	case cell.Value == nil && string(cell.Text) == "-infinity":
		f.b.Set(i, data.DateMillis(leastDay*dayMillis))
		return nil
	}
	t, err := f.moment(c, cell, time.UTC)
	if err == nil {
		f.b.Set(i, data.DateOf(t.UTC()))
	}
	return err
}

func fillTime(f *filler, i int, c *column, cell *dialect.Cell) error {
	var ms int64
	if n, ok := cell.Value.(int64); ok {
		ms = n
	} else {
		d, err := clock(cell.String())
		if err != nil {
			return err
		}
		ms = d.Milliseconds()
	}
	const day = 24 * 60 * 60 * 1000
	f.b.Set(i, data.TimeMillis((ms%day+day)%day))
	return nil
}

func fillTimestamp(f *filler, i int, c *column, cell *dialect.Cell) error {
	if cell.Form != dialect.NoNumber {
		ms, _ := f.millis(cell, f.zone)
		f.bytes += 8
		f.b.Set(i, data.TimestampMillis(ms))
		return nil
	}
	t, err := f.moment(c, cell, f.zone)
	if err == nil {
		f.bytes += 8
		f.b.Set(i, data.TimestampMillis(t.UnixMilli()))
	}
	return err
}

func fillTimestampNumber(f *filler, i int, c *column, cell *dialect.Cell) error {
	t, err := f.moment(c, cell, f.zone)
	if err == nil {
		f.bytes += 8
		f.b.Int64(i, f.count(t))
	}
	return err
}

// count counts what timestamp.granularity says since 1970.
func (s *settings) count(t time.Time) int64 {
	const most = math.MaxInt64
	perSecond := int64(1e6)
	if s.granularity[0] == 'n' {
		perSecond = 1e9
	}
	switch seconds := t.Unix(); { // as for infinity
	case seconds >= most/perSecond:
		return most
	case seconds <= -most/perSecond:
		return -most
	}
	if s.granularity[0] == 'n' {
		return t.UnixNano()
	}
	return t.UnixMicro()
}

func fillTimestampText(f *filler, i int, c *column, cell *dialect.Cell) error {
	t, err := f.moment(c, cell, f.zone)
	if err != nil {
		return err
	}
	var text string
	switch f.granularity {
	case "micros_iso_datetime_string":
		text = t.In(f.zone).Format("2006-01-02T15:04:05.000000")
	case "nanos_iso_datetime_string":
		text = t.In(f.zone).Format("2006-01-02T15:04:05.000000000")
	default:
		text = strconv.FormatInt(f.count(t), 10)
	}
	f.bytes += len(text)
	f.b.Text(i, text)
	return nil
}
