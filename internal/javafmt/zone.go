package javafmt

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"time"

	// Containers often have no zone files; Java brings its own too.
	_ "time/tzdata"
)

// Zone is a java.util.TimeZone: offsets, and names in the locale en_US.
type Zone struct {
	id       string
	location *time.Location
	names    zoneNames
}

// zoneNames are a zone's long and short name in standard time, then in daylight time, and the milliseconds that daylight time adds.
type zoneNames struct {
	names   [4]string
	savings int
}

// zoneTable lists long|short|daylight long|daylight short|savings|IDs for all zones that have names, in the order in which SimpleDateFormat
// searches them (DateFormatSymbols.getZoneStrings of JDK 17; the names are those of the Unicode CLDR).
//
//go:embed zones.txt
var zoneTable string

// namedZone is one line of zoneTable.
type namedZone struct {
	zoneNames
	ids []string
}

var namedZones = sync.OnceValue(func() []namedZone {
	var all []namedZone
	for line := range strings.Lines(zoneTable) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "|")
		savings, err := strconv.Atoi(f[4])
		if err != nil {
			panic("javafmt: zones.txt: " + line)
		}
		all = append(all, namedZone{zoneNames{[4]string(f[:4]), savings}, strings.Fields(f[5])})
	}
	return all
})

var namesByID = sync.OnceValue(func() map[string]zoneNames {
	byID := map[string]zoneNames{}
	for _, z := range namedZones() {
		for _, id := range z.ids {
			byID[id] = z.zoneNames
		}
	}
	return byID
})

// shortIDs are the three-letter IDs that Java still takes.
var shortIDs = map[string]string{
	"ACT": "Australia/Darwin", "AET": "Australia/Sydney", "AGT": "America/Argentina/Buenos_Aires", "ART": "Africa/Cairo", "AST": "America/Anchorage",
	"BET": "America/Sao_Paulo", "BST": "Asia/Dhaka", "CAT": "Africa/Harare", "CNT": "America/St_Johns", "CST": "America/Chicago",
	"CTT": "Asia/Shanghai", "EAT": "Africa/Addis_Ababa", "ECT": "Europe/Paris", "IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata",
	"JST": "Asia/Tokyo", "MIT": "Pacific/Apia", "NET": "Asia/Yerevan", "NST": "Pacific/Auckland", "PLT": "Asia/Karachi",
	"PNT": "America/Phoenix", "PRT": "America/Puerto_Rico", "PST": "America/Los_Angeles", "SST": "Pacific/Guadalcanal", "VST": "Asia/Ho_Chi_Minh",
}

// UTC returns the zone UTC.
func UTC() *Zone { return LoadZone("UTC") }

// LoadZone returns TimeZone.getTimeZone(id): a region, a custom zone such as GMT+05:30, else GMT.
func LoadZone(id string) *Zone {
	if z := customZone(id); z != nil {
		return z
	}
	if z, ok := FindZone(id); ok {
		return z
	}
	return &Zone{id: "GMT", location: time.UTC, names: namesByID()["GMT"]}
}

// FindZone returns the zone of a region ID that Java knows and whether there is one.
func FindZone(id string) (*Zone, bool) {
	if id == "UTC" {
		return &Zone{id: id, location: time.UTC, names: namesByID()[id]}, true
	}
	region := id
	if long, ok := shortIDs[id]; ok {
		region = long
	}
	if old, ok := strings.CutPrefix(id, "SystemV/"); ok {
		region = systemV(old)
	}
	names, known := namesByID()[id]
	if !known {
		if names, known = namesByID()[region]; !known && !strings.HasPrefix(id, "Etc/") && id != "GMT0" {
			return nil, false
		}
	}
	location, err := time.LoadLocation(region)
	if err != nil {
		return nil, false
	}
	if !known {
		name := "GMT"
		switch _, offset := time.Unix(0, 0).In(location).Zone(); {
		case offset > 0:
			name = customID('+', offset/60)
		case offset < 0:
			name = customID('-', -offset/60)
		}
		names = zoneNames{names: [4]string{name, name, name, name}}
		if name == "GMT" {
			names = namesByID()["GMT"]
		}
	}
	return &Zone{id: id, location: location, names: names}, true
}

// systemV returns a region with the present rules of an ID such as AST4 or AST4ADT.
func systemV(id string) string {
	switch id {
	case "AST4ADT":
		return "America/Halifax"
	case "YST9YDT":
		return "America/Anchorage"
	}
	if strings.HasSuffix(id, "DT") {
		return id
	}
	return "Etc/GMT+" + strings.TrimLeft(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

// customZone reads GMT, a sign, and hours, hours and minutes in four digits, or both with a colon.
func customZone(id string) *Zone {
	rest, ok := strings.CutPrefix(id, "GMT")
	if !ok || len(rest) < 2 || rest[0] != '+' && rest[0] != '-' {
		return nil
	}
	digits := rest[1:]
	hours, minutes, colon := strings.Cut(digits, ":")
	switch {
	case colon && (len(hours) == 1 || len(hours) == 2) && len(minutes) == 2:
	case !colon && len(hours) <= 2:
		minutes = "0"
	case !colon && (len(hours) == 3 || len(hours) == 4):
		hours, minutes = hours[:len(hours)-2], hours[len(hours)-2:]
	default:
		return nil
	}
	h, errHours := strconv.ParseUint(hours, 10, 8)
	m, errMinutes := strconv.ParseUint(minutes, 10, 8)
	if errHours != nil || errMinutes != nil || h > 23 || m > 59 {
		return nil
	}
	offset := int(h*60 + m)
	name := customID(rest[0], offset)
	if rest[0] == '-' {
		offset = -offset
	}
	return &Zone{id: name, location: time.FixedZone(name, offset*60), names: zoneNames{names: [4]string{name, name, name, name}}}
}

// customID returns the ID of an offset in minutes.
func customID(sign byte, offset int) string {
	b := appendPadded([]byte{'G', 'M', 'T', sign}, int64(offset/60), 2)
	return string(appendPadded(append(b, ':'), int64(offset%60), 2))
}

// ID returns the zone's ID.
func (z *Zone) ID() string { return z.id }

// name returns a display name.
func (z *Zone) name(daylight, long bool) string {
	i := 1
	if long {
		i = 0
	}
	if daylight {
		i += 2
	}
	return z.names.names[i]
}

const (
	// oldest is 1900 in seconds: before, Java's zones have their present standard time, not the local mean times of history.
	oldest = -2208988800
	// present is a time in winter north of the equator and in summer south of it, late enough for all rules that hold now.
	present = 2145916800
)

// at returns the offset from UTC in milliseconds, and the part of it that daylight time adds.
func (z *Zone) at(millis int64) (offset, savings int64) {
	if z.location == time.UTC {
		return 0, 0
	}
	seconds := floorDiv(millis, 1000)
	if seconds < oldest {
		offset, savings = z.at(present * 1000)
		return offset - savings, 0
	}
	t := time.Unix(seconds, 0).In(z.location)
	_, total := t.Zone()
	offset = int64(total) * 1000
	if t.IsDST() != z.reversed(t) {
		savings = offset - z.standard(t, total)
	}
	return offset, savings
}

// reversed tells of zones and times that the zone files describe with a negative daylight time in winter, where Java has a positive one in summer.
func (z *Zone) reversed(t time.Time) bool {
	switch z.id {
	case "Europe/Dublin", "Eire":
		return t.Unix() >= -37242000 // 1968-10-27
	case "Africa/Windhoek":
		return t.Unix() >= 764200800 // 1994-03-20
	case "Africa/Casablanca", "Africa/El_Aaiun":
		return t.Unix() >= 1540692000 // 2018-10-28
	}
	return false
}

// standard returns the offset of standard time around t, a time of daylight saving.
func (z *Zone) standard(t time.Time, seconds int) int64 {
	for range 4 {
		start, _ := t.ZoneBounds()
		if start.IsZero() {
			break
		}
		t = start.Add(-time.Second)
		if _, s := t.Zone(); t.IsDST() == z.reversed(t) {
			if s < seconds {
				return int64(s) * 1000
			}
			break
		}
	}
	if z.names.savings != 0 {
		return int64(seconds)*1000 - int64(z.names.savings)
	}
	return int64(seconds)*1000 - 3600_000
}

// atWall returns what at returns, for a local time. Of a time that clocks show twice it takes the later, of one they skip the offset before.
func (z *Zone) atWall(wall int64) (offset, savings int64) {
	if z.location == time.UTC {
		return 0, 0
	}
	const day = 86400_000
	at := wall + day
	for range 8 {
		offset, savings = z.at(at)
		start, _ := time.Unix(max(floorDiv(at, 1000), oldest), 0).In(z.location).ZoneBounds()
		if start.IsZero() || start.Unix() <= oldest || start.UnixMilli()+offset <= wall {
			break
		}
		at = start.UnixMilli() - 1
	}
	return offset, savings
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
