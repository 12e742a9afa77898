package debezium

import (
	"context"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// eventRouter turns the rows of an outbox table into events of their own topics (EventRouter).
type eventRouter struct {
	*outbox
}

var eventRouterKeys = declare(append(outboxKeys("table", "Table", "column", "id", "aggregateid"),
	option{Key: config.Key{Name: "table.fields.additional.error.on.missing", Type: config.Boolean, Default: true, Importance: config.Medium, Width: config.WidthMedium, Group: "Table",
		Doc: "Whether a row without one of the further fields fails the record. With false that field is left out."}},
	option{Key: config.Key{Name: "table.json.payload.null.behavior", Type: config.String, Default: "ignore", Importance: config.Medium, Width: config.WidthMedium, Group: "Table",
		Doc: "What becomes of a null in an expanded payload: ignore leaves the field out, optional_bytes makes it a null of the type BYTES."},
		checks: []check{oneOf("ignore", "optional_bytes")}},
	fieldNameAdjustment(),
)...)

func eventRouterPlugin() connect.Plugin {
	return smt.One(classPrefix+"outbox.EventRouter", "Turns the rows that are inserted into an outbox table into events, with the topic, key and headers that their columns say.",
		eventRouterKeys.def, func() connect.Transformation { return new(eventRouter) })
}

func (x *eventRouter) Configure(props map[string]string) error {
	o := eventRouterKeys.read(props)
	box, err := readOutbox(o, "table")
	if err != nil {
		return err
	}
	x.outbox = box
	box.failOnMissing = o.bool("table.fields.additional.error.on.missing")
	if o.bool("table.expand.json.payload") {
		box.expand = &jsonExpansion{nullsAreBytes: o.word("table.json.payload.null.behavior") == "optional_bytes", adjust: fieldNames(o)}
	}
	// Oracle folds names to upper case, and Debezium's connector for it brings a provider that does so with the defaults.
	oracle := box.fields
	for name, field := range map[string]*string{"table.field.event.id": &oracle.id, "table.field.event.key": &oracle.key,
		"table.field.event.payload": &oracle.payload, "route.by.field": &oracle.routeBy} {
		if !o.given(name) {
			*field = strings.ToUpper(*field)
		}
	}
	box.oracle = &oracle
	return nil
}

func (x *eventRouter) Apply(_ context.Context, r *connect.Record) (bool, error) {
	return x.apply(r, nil)
}

func (x *eventRouter) Close() error { return nil }
