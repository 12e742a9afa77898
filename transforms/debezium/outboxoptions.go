package debezium

import (
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// outboxFields are the names of an outbox table's columns.
type outboxFields struct {
	id, key, payload, timestamp, routeBy string
	// hasKey and hasTimestamp say that there are such columns at all.
	hasKey, hasTimestamp bool
}

// placement is where a further column of an outbox table goes.
type placement uint8

const (
	nowhere placement = iota
	inHeader
	inEnvelope
	inPartition
)

type placedField struct {
	name, alias string
	to          placement
}

const tracingHasNoEffect = "no traces are recorded, as in Debezium without OpenTelemetry"

// tracingKeys declares the keys of ActivateTracingSpan.
func tracingKeys() []option {
	key := func(name, doc string, t config.Type, def any) option {
		return option{unchecked: true, Key: config.Key{Name: name, Type: t, Default: def, Importance: config.High, Width: config.WidthMedium, Group: "Tracing",
			Doc: doc, NoEffect: tracingHasNoEffect}}
	}
	return []option{
		key("tracing.span.context.field", "Name of the field that holds the context of a trace.", config.String, "tracingspancontext"),
		key("tracing.operation.name", "Name of the operation in the trace.", config.String, "debezium-read"),
		key("tracing.with.context.field.only", "Whether only events that carry a context are traced.", config.Boolean, false),
	}
}

// outboxKeys declares the keys of an outbox router; prefix and what are those of its tables or collections.
func outboxKeys(prefix, group, what, id string, key any) []option {
	text := func(name, doc string, def any) option {
		return option{Key: config.Key{Name: name, Type: config.String, Default: def, Importance: config.Low, Width: config.WidthMedium, Group: group, Doc: doc}}
	}
	placed := config.Key{Name: prefix + ".fields.additional.placement", Type: config.List, Default: nil, Importance: config.High, Width: config.WidthMedium, Group: group,
		Doc: "Further fields and where they go, as field:header, field:envelope or field:partition, each with :alias behind it for another name. Any field in the " +
			"envelope makes the value a struct with the payload in a field of that name."}
	list := []option{
		text(prefix+".field.event.id", "Name of the "+what+" with the event's id, which becomes the header id.", id),
		text(prefix+".field.event.key", "Name of the "+what+" that becomes the record's key.", key),
		text(prefix+".field.event.type", "Name of the "+what+" with the event's type. Place it with "+placed.Name+" to see it in records.", "type"),
		text(prefix+".field.event.payload", "Name of the "+what+" that becomes the record's value.", "payload"),
		text(prefix+".field.event.timestamp", "Name of the "+what+" that becomes the record's timestamp. Without it that is when Debezium saw the change.", nil),
		{Key: placed, checks: []check{checkPlacements}},
		text(prefix+".field.event.schema.version", "Name of the "+what+" with the version of the value's schema, for values that are structs.", nil),
		{Key: config.Key{Name: "table.op.invalid.behavior", Type: config.String, Default: "warn", Importance: config.Medium, Width: config.WidthMedium, Group: group,
			Doc: "What happens at an update of the outbox, which is no event: warn and error log it and drop it, fatal fails the task."},
			checks: []check{oneOf("warn", "error", "fatal")}},
		{Key: config.Key{Name: prefix + ".expand.json.payload", Type: config.Boolean, Default: false, Importance: config.Medium, Width: config.WidthMedium, Group: group,
			Doc: "Whether a payload that is JSON text becomes a struct. A payload that is no JSON object is left as it is, with a warning."}},
		{Key: config.Key{Name: "route.by.field", Type: config.String, Default: "aggregatetype", Importance: config.High, Width: config.WidthMedium, Group: "Router",
			Doc: "Name of the " + what + " that says which topic an event goes to."}},
		{Key: config.Key{Name: "route.topic.regex", Type: config.String, Default: "(?<routedByValue>.*)", Importance: config.Low, Width: config.WidthMedium, Group: "Router",
			Doc: "Java regular expression for the whole value of route.by.field, whose groups route.topic.replacement may use."}, checks: []check{checkRegex}},
		{Key: config.Key{Name: "route.topic.replacement", Type: config.String, Default: "outbox.event.${routedByValue}", Importance: config.High, Width: config.WidthMedium, Group: "Router",
			Doc: "Name of the topic; ${routedByValue} stands for the value of route.by.field. Values that route.topic.regex does not match are the topic themselves."}},
		{Key: config.Key{Name: "route.tombstone.on.empty.payload", Type: config.Boolean, Default: false, Importance: config.High, Width: config.WidthMedium, Group: "Router",
			Doc: "Whether an event without payload, or with a blank one, becomes a tombstone."}},
	}
	return append(list, tracingKeys()...)
}

func checkPlacements(o *options, k *option, _ string, _ bool) string {
	value, ok := o.props[k.Name]
	if !ok {
		return ""
	}
	list := split(value, ",")
	for _, mapping := range list {
		if n := len(split(mapping, ":")); n != 2 && n != 3 {
			return "A comma-separated list of valid String pairs or trios is expected but got: [" + strings.Join(list, ", ") + "]"
		}
	}
	return ""
}

// placements reads a list that checkPlacements accepted. A placement that does not exist fails with the first event, as in Java.
func placements(o *options, name string) []placedField {
	value, ok := o.lookup(name)
	if !ok {
		return nil
	}
	var out []placedField
	for _, mapping := range split(value, ",") {
		parts := split(mapping, ":")
		f := placedField{name: javafmt.Trim(parts[0])}
		f.alias = f.name
		if len(parts) == 3 {
			f.alias = javafmt.Trim(parts[2])
		}
		switch strings.ToLower(javafmt.Trim(parts[1])) {
		case "header":
			f.to = inHeader
		case "envelope":
			f.to = inEnvelope
		case "partition":
			f.to = inPartition
		}
		out = append(out, f)
	}
	return out
}

// readOutbox makes the router of the options, whose keys begin with prefix where they are about tables.
func readOutbox(o *options, prefix string) (*outbox, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	x := &outbox{behavior: o.word("table.op.invalid.behavior"), tombstones: o.bool("route.tombstone.on.empty.payload"), replacement: o.text("route.topic.replacement"),
		placed: placements(o, prefix+".fields.additional.placement"), failOnMissing: true, schemas: map[*data.Schema]*data.Schema{}, versions: map[int64]*data.Schema{}}
	x.fields = outboxFields{id: o.text(prefix + ".field.event.id"), payload: o.text(prefix + ".field.event.payload"), routeBy: o.text("route.by.field")}
	x.fields.key, x.fields.hasKey = o.lookup(prefix + ".field.event.key")
	x.fields.timestamp, x.fields.hasTimestamp = o.lookup(prefix + ".field.event.timestamp")
	x.version, x.hasVersion = o.lookup(prefix + ".field.event.schema.version")
	for _, f := range x.placed {
		x.asStruct = x.asStruct || f.to == inEnvelope
	}
	var err error
	x.regex, err = javafmt.Compile(o.text("route.topic.regex"), 0)
	return x, err
}

// converter makes an event that the router can read of one that it cannot; it returns what it is given where there is nothing to do.
type converter func(r *connect.Record, schema *data.Schema, event *data.Struct) (*data.Schema, *data.Struct)
