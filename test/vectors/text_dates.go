package vectors

import (
	"cmp"
	"strconv"

	"github.com/moldau/moldau/internal/javafmt"
)

func textDates() map[string]Func {
	return map[string]Func{
		"format":      formatDate,
		"zone-format": formatDate,
		"parse":       parseDate,
		"zone-parse":  parseDate,
	}
}

func dateFormat(c *Case) (*javafmt.DateFormat, error) {
	pattern, err := Text(Member(c.Input, "pattern"))
	if err != nil {
		return nil, err
	}
	zone, _ := Member(c.Input, "zone").(string)
	f, err := javafmt.NewDateFormat(pattern, javafmt.LoadZone(cmp.Or(zone, "UTC")))
	return f, javaError(err)
}

func formatDate(c *Case) (any, error) {
	f, err := dateFormat(c)
	if err != nil {
		return nil, err
	}
	date, _ := Member(c.Input, "date").(string)
	millis, err := strconv.ParseInt(date, 10, 64)
	return f.Format(millis), err
}

func parseDate(c *Case) (any, error) {
	f, err := dateFormat(c)
	if err != nil {
		return nil, err
	}
	text, err := Text(Member(c.Input, "text"))
	if err != nil {
		return nil, err
	}
	millis, err := f.Parse(text)
	return strconv.FormatInt(millis, 10), javaError(err)
}
