package debezium

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

func movableTime(schema string) bool {
	switch schema {
	case microTimestampName, nanoTimestampName, timestampName, zonedTimestampName, zonedTimeName, data.TimestampName:
		return true
	}
	return false
}

// unsupportedTime reports whether a schema is that of a time without zone or of a date, which have no other zone to move to.
func unsupportedTime(schema string) bool {
	switch schema {
	case "io.debezium.time.Date", "io.debezium.time.MicroTime", "io.debezium.time.NanoTime", "io.debezium.time.Time", data.DateName, data.TimeName:
		return true
	}
	return false
}

// move returns a time in the other zone. Texts with an offset stay the same point in time; numbers are taken for local times there, so that they
// change by the offset.
func (x *timezoneConverter) move(f timeField, v data.Value) (data.Value, error) {
	switch f.schema {
	case zonedTimestampName, zonedTimeName:
		text, ok := v.Text()
		if !ok {
			return v, smt.CastError(v, "java.lang.String")
		}
		dated := f.schema == zonedTimestampName
		t, err := parseISO(text, dated)
		if err != nil {
			return v, err
		}
		offset := x.zone.at(x.now().Unix())
		if dated {
			offset = x.zone.atWall(t.wall)
		}
		return data.String(t.moveTo(offset, dated).format(dated)), nil
	case data.TimestampName:
		ms, ok := v.Millis()
		if !ok {
			return v, smt.CastError(v, "java.util.Date")
		}
		return data.TimestampMillis(ms - x.zone.atWall(floorDiv(ms, 1_000))*1_000), nil
	case "":
		return x.moveEpoch(f.name, v)
	case timestampName, microTimestampName, nanoTimestampName:
	default:
		return v, nil // the source's ts_ms with a schema of another name
	}
	n, ok := v.Int64()
	if !ok || v.Kind() != data.Int64Kind {
		return v, smt.CastError(v, "java.lang.Long")
	}
	var unit int64
	switch f.schema {
	case timestampName:
		unit = 1_000
	case microTimestampName:
		unit = 1_000_000
	case nanoTimestampName:
		unit = 1_000_000_000
	}
	return data.Int64(n - x.zone.atWall(floorDiv(n, unit))*unit), nil
}

// moveEpoch adds the offset to a time of the source block.
func (x *timezoneConverter) moveEpoch(name string, v data.Value) (data.Value, error) {
	n, ok := v.Int64()
	if !ok || v.Kind() != data.Int64Kind {
		return v, debeziumError("Epoch field value should be a java.lang.Long", nil)
	}
	unit := int64(1_000)
	switch name {
	case "ts_us":
		unit = 1_000_000
	case "ts_ns":
		unit = 1_000_000_000
	}
	return data.Int64(n + x.zone.at(floorDiv(n, unit))*unit), nil
}

func floorDiv(n, by int64) int64 {
	q := n / by
	if n%by < 0 {
		q--
	}
	return q
}
