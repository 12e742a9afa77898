package source

import (
	"fmt"

	"github.com/moldau/moldau/connect"
)

// Names in source partitions and offsets (JdbcSourceConnectorConstants, TimestampIncrementingOffset).
const (
	fieldTable        = "table"
	fieldQuery        = "query"
	fieldProtocol     = "protocol"
	fieldIncrementing = "incrementing"
	fieldTimestamp    = "timestamp"
	fieldNanos        = "timestamp_nanos"

	// Of Moldau: the part of a table, and how far a run of bulk mode has come.
	fieldPart     = "moldau.part"
	fieldBulkRead = "moldau.bulk.read"
	fieldBulkLast = "moldau.bulk.last"

	protocolOne = "1"
)

// position is an offset: how far a table was read.
type position struct {
	hasInc  bool
	inc     int64
	hasTime bool
	millis  int64
	nanos   int // of the second
	// hasBulk is a run that reads a table in blocks: up to which value it has, and which is its last.
	hasBulk            bool
	bulkRead, bulkLast int64
}

// before reports whether o is further ahead.
func (p position) before(o position) bool {
	switch {
	case p.hasTime != o.hasTime:
		return o.hasTime
	case p.millis != o.millis:
		return p.millis < o.millis
	case p.nanos != o.nanos:
		return p.nanos < o.nanos
	case p.hasInc != o.hasInc:
		return o.hasInc
	}
	return p.inc < o.inc
}

// Fields returns the offset as Java's task writes it.
func (p position) Fields() map[string]any {
	fields := map[string]any{}
	if p.hasInc {
		fields[fieldIncrementing] = p.inc
	}
	if p.hasTime {
		fields[fieldTimestamp] = p.millis
		fields[fieldNanos] = int64(p.nanos)
	}
	if p.hasBulk {
		fields[fieldBulkRead], fields[fieldBulkLast] = p.bulkRead, p.bulkLast
	}
	return fields
}

// positionOf reads a committed offset. One without nanoseconds was written by an old release.
func positionOf(fields connect.OffsetFields) (p position, err error) {
	number := func(name string) (int64, bool) {
		v, ok := fields[name]
		if !ok || v == nil {
			return 0, false
		}
		switch n := v.(type) {
		case int64:
			return n, true
		case float64:
			return int64(n), true
		}
		err = fmt.Errorf("the committed offset has %v for %s, which is no number", v, name)
		return 0, false
	}
	p.inc, p.hasInc = number(fieldIncrementing)
	if p.millis, p.hasTime = number(fieldTimestamp); p.hasTime {
		nanos, ok := number(fieldNanos)
		if !ok {
			nanos = (p.millis%1000 + 1000) % 1000 * 1e6
		}
		p.nanos = int(nanos)
	}
	if p.bulkRead, p.hasBulk = number(fieldBulkRead); p.hasBulk {
		p.bulkLast, p.hasBulk = number(fieldBulkLast)
	}
	return p, err
}

// queryPartition is the source partition of a query.
func queryPartition() *connect.SourcePartition {
	return connect.NewSourcePartition(map[string]any{fieldQuery: fieldQuery})
}

// checkOffset says what is wrong with an offset that a user sets.
func checkOffset(o connect.SourceOffset) error {
	if o.Offset == nil {
		return nil // garbage must be removable
	}
	_, table := o.Partition[fieldTable].(string)
	_, query := o.Partition[fieldQuery].(string)
	if !table && !query {
		return fmt.Errorf("Partition objects should contain the key '%s' or '%s'", fieldTable, fieldQuery)
	}
	for name, v := range o.Offset {
		switch name {
		case fieldIncrementing, fieldTimestamp, fieldNanos, fieldBulkRead, fieldBulkLast:
		default:
			return fmt.Errorf("Offset objects can have the keys '%s', '%s' and '%s', not '%s'", fieldIncrementing, fieldTimestamp, fieldNanos, name)
		}
		if _, ok := v.(int64); !ok {
			return fmt.Errorf("The value for the '%s' key in the offset is expected to be a Long value", name)
		}
	}
	return nil
}
