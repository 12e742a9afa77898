package connect

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// String returns the record as SourceRecord.toString and SinkRecord.toString print it. It may hold secrets of the data.
func (r *Record) String() string {
	var b strings.Builder
	if tp, offset, ok := r.SinkOrigin(); ok {
		fmt.Fprintf(&b, "SinkRecord{kafkaOffset=%d, timestampType=%s, originalTopic=%s, originalKafkaPartition=%d, originalKafkaOffset=%d} ",
			offset, r.tsType, tp.Topic, tp.Partition, offset)
	} else {
		partition, position := "null", "null"
		if p, o, ok := r.Source(); ok {
			partition = fieldsText(p.Fields(), p.Order())
			if o != nil {
				position = fieldsText(o.Fields(), nil)
			}
		}
		fmt.Fprintf(&b, "SourceRecord{sourcePartition=%s, sourceOffset=%s} ", partition, position)
	}
	kafkaPartition, timestamp := "null", "null"
	if r.Partition != NoPartition {
		kafkaPartition = strconv.Itoa(int(r.Partition))
	}
	if r.Timestamp != NoTimestamp {
		timestamp = strconv.FormatInt(r.Timestamp, 10)
	}
	fmt.Fprintf(&b, "ConnectRecord{topic='%s', kafkaPartition=%s, key=%s, keySchema=%s, value=%s, valueSchema=%s, timestamp=%s, headers=%s}",
		r.Topic, kafkaPartition, r.key.AppendString(nil), schemaText(r.keySchema), r.value.AppendString(nil), schemaText(r.valueSchema), timestamp, &r.Headers)
	return b.String()
}

// String returns the headers as ConnectHeaders.toString prints them.
func (h *Headers) String() string {
	if h.Len() == 0 {
		return "ConnectHeaders(headers=)"
	}
	parts := make([]string, 0, h.Len())
	for _, x := range h.All() {
		parts = append(parts, fmt.Sprintf("ConnectHeader(key=%s, value=%s, schema=%s)", x.Key, x.Value.AppendString(nil), schemaText(x.Schema)))
	}
	return "ConnectHeaders(headers=[" + strings.Join(parts, ", ") + "])"
}

func schemaText(s *data.Schema) string {
	if s == nil {
		return "null"
	}
	return s.String()
}

// fieldsText prints the fields of a partition or offset as Java prints the map they are in: in the order given, else in that of a HashMap.
func fieldsText(fields map[string]any, order []string) string {
	if fields == nil {
		return "null"
	}
	if order == nil {
		names := slices.Sorted(maps.Keys(fields))
		for _, i := range javafmt.HashOrder(names, javafmt.DefaultCapacity) {
			order = append(order, names[i])
		}
	}
	parts := make([]string, 0, len(order))
	for _, name := range order {
		text := "null"
		switch v := fields[name].(type) {
		case nil:
		case float64:
			text = javafmt.FormatDouble(v)
		default:
			text = fmt.Sprint(v)
		}
		parts = append(parts, name+"="+text)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
