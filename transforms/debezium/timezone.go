package debezium

import (
	"strings"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
)

// zone is a java.time.ZoneId: a fixed offset or a region.
type zone struct{ location *time.Location }

const mostOffset = 18 * 3600

// parseZone reads what converted.timezone may hold: +08:00, -03:30:00 or the ID of a region. An ID or offset that is valid but that java.time does not
// take gives a zone with an error, since Java finds out at the first record.
func parseZone(id string) (z *zone, ok bool, late error) {
	if seconds, isOffset := parseOffset(id); isOffset {
		if seconds < -mostOffset || seconds > mostOffset {
			return nil, true, javafmt.NewException("java.time.DateTimeException", "Zone offset not in valid range: -18:00 to +18:00", nil)
		}
		return &zone{time.FixedZone(id, seconds)}, true, nil
	}
	if strings.HasPrefix(id, "GMT+") || strings.HasPrefix(id, "GMT-") {
		return nil, false, nil
	}
	if _, known := javafmt.FindZone(id); !known {
		return nil, false, nil
	}
	location, err := time.LoadLocation(id)
	if err != nil || id == "EST" || id == "MST" || id == "HST" {
		return nil, true, javafmt.NewException("java.time.zone.ZoneRulesException", "Unknown time-zone ID: "+id, nil)
	}
	return &zone{location}, true, nil
}

// parseOffset reads +hh:mm or +hh:mm:ss.
func parseOffset(s string) (seconds int, ok bool) {
	if len(s) != 6 && len(s) != 9 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	for i, unit := 1, 3600; i < len(s); i, unit = i+3, unit/60 {
		if i > 1 && s[i-1] != ':' || !isDigit(s[i]) || !isDigit(s[i+1]) {
			return 0, false
		}
		seconds += (int(s[i]-'0')*10 + int(s[i+1]-'0')) * unit
	}
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// at returns the offset at a point in time, in seconds.
func (z *zone) at(second int64) int64 {
	_, offset := time.Unix(second, 0).In(z.location).Zone()
	return int64(offset)
}

// atWall returns the offset of a local time, given as if it were in UTC: as in Java that before the change, where the local time comes twice or not
// at all.
func (z *zone) atWall(wall int64) int64 {
	second := wall - mostOffset
	for {
		offset := z.at(second)
		_, end := time.Unix(second, 0).In(z.location).ZoneBounds()
		if end.IsZero() {
			return offset
		}
		second = end.Unix()
		if wall < second+max(offset, z.at(second)) {
			return offset
		}
	}
}
