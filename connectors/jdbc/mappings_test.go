package jdbc_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/connecttest"
)

// TestNumericMappings sends decimals of many scales under each numeric.mapping.
func TestNumericMappings(t *testing.T) {
	seed := seedOf(t)
	var columns []randomColumn
	for _, d := range [][2]int{{1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 0}, {9, 0}, {10, 0}, {18, 0}, {3, 1}, {9, 4}, {15, 15}, {15, 2}} { // doubles have 15 digits
		columns = append(columns, randomColumn{"NUMERIC(" + itoa(d[0]) + "," + itoa(d[1]) + ")", decimals(d[0], d[1]), ""})
	}
	eachDatabase(t, func(t *testing.T, db *database) {
		for _, mapping := range []string{"none", "precision_only", "best_fit", "best_fit_eager_double"} {
			t.Run(mapping, func(t *testing.T) { sendRandom(t, db, columns, seed, "bulk", nil, "numeric.mapping", mapping) })
		}
	})
}

// TestGranularities sends timestamps of all digits under each timestamp.granularity that has them, in time zones with and without summer time.
func TestGranularities(t *testing.T) {
	seed := seedOf(t)
	eachDatabase(t, func(t *testing.T, db *database) {
		columns := []randomColumn{{"TIMESTAMP(6)", moments(ofMicros, 1680, 2260), ""}, {"TIMESTAMPTZ(6)", moments(ofMicros, 1900, 2260), ""}}
		switch {
		case db.is("MySql"):
			columns = []randomColumn{{"DATETIME(6)", moments(ofMicros, 1680, 2260), ""}, {"TIMESTAMP(6) NULL", moments(ofMicros, 1971, 2037), ""}}
		case db.is("Sqlite"): // has milliseconds
			columns = []randomColumn{{"TIMESTAMP", integers(-62135596800000, 253402214400000), ""}}
		}
		for i := range columns { // an hour that a zone skips is none there
			value := columns[i].value
			columns[i].value = func(r *rand.Rand) string {
				for {
					if v := value(r); db.is("Sqlite") || !strings.Contains(v, " 02:") && !strings.Contains(v, " 01:") {
						return v
					}
				}
			}
		}
		var fields []string
		for i := range columns {
			fields = append(fields, nameOf(i))
		}
		for _, granularity := range []string{"micros_long", "micros_string", "micros_iso_datetime_string", "nanos_long", "nanos_string", "nanos_iso_datetime_string"} {
			for _, zone := range []string{"UTC", "Europe/Prague", "+05:45"} {
				t.Run(granularity+" "+zone, func(t *testing.T) {
					if db.is("Sqlite") && strings.HasPrefix(granularity, "nanos") && !strings.Contains(granularity, "iso") {
						return // years beyond nanoseconds
					}
					unit := map[bool]string{true: "nanoseconds", false: "microseconds"}[strings.HasPrefix(granularity, "nanos")]
					sendRandom(t, db, columns, seed, "bulk", []string{"timestamp.fields.list", strings.Join(fields, ","), "timestamp.precision.mode", unit, "db.timezone", zone},
						"timestamp.granularity", granularity, "db.timezone", zone)
				})
			}
		}
	})
}

// TestZones reads timestamps in each mode that compares them, while the clock is set back: none comes twice, and none is lost.
func TestZones(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		stamp := map[bool]string{true: "TIMESTAMP(3)", false: "DATETIME(3)"}[db.is("Postgre")]
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~at~ "+stamp+" NOT NULL)")
		// In Prague 2023-10-29 has the hour from 2 to 3 twice; what a column without zone holds of it is the order of its clock.
		clocks := []string{"2023-03-26 01:59:59.999", "2023-03-26 03:00:00.000", "2023-10-29 01:59:59.5", "2023-10-29 02:30:00.0", "2023-10-29 02:59:59.9", "2023-10-29 03:00:00.0", "2023-10-29 04:00:00.0"}
		for _, mode := range []string{"timestamp", "timestamp+incrementing"} {
			for _, zone := range []string{"UTC", "Europe/Prague", "America/Los_Angeles"} {
				t.Run(mode+" "+zone, func(t *testing.T) {
					db.exec(t, "DELETE FROM ~t~")
					props := db.config("mode", mode, "timestamp.column.name", "at", "incrementing.column.name", "id", "db.timezone", zone)
					offsets := connecttest.NewOffsets()
					for i, clock := range clocks {
						db.exec(t, "INSERT INTO ~t~ VALUES ("+itoa(i)+", '"+clock+"')")
						if got := start(t, props, offsets).want(1); strings.Count(got, "\n") > 0 || !strings.HasPrefix(got, "t Struct{id="+itoa(i)+",") {
							t.Errorf("row %d at %s: read %s", i, clock, got)
						}
					}
				})
			}
		}
	})
}
