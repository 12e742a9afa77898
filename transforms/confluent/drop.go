package confluent

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// drop sets the key or value to null (Drop).
type drop struct {
	part     smt.Part
	behavior string
}

var dropKeys = config.NewDef(
	config.Key{Name: "schema.behavior", Type: config.String, Default: "nullify", Validator: config.ValidString("nullify", "retain", "validate", "force_optional"), Importance: config.Medium,
		Doc: "What becomes of the schema: nullify takes it away, retain keeps it as it is, validate keeps it and fails unless it is optional, force_optional makes it optional."},
)

func dropPlugins() []connect.Plugin {
	return smt.Both(classPrefix+"Drop", "Sets the key or value of a record to null. The record itself stays.", dropKeys,
		func(p smt.Part) connect.Transformation { return &drop{part: p} })
}

func (x *drop) Configure(props map[string]string) error {
	values, err := dropKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.behavior = values.String("schema.behavior")
	return nil
}

func (x *drop) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema, _ := x.part.Of(r)
	if schema != nil {
		switch x.behavior {
		case "nullify":
			schema = nil
		case "validate":
			if !schema.Optional() {
				return false, smt.DataError("The " + x.part.String() + " cannot be dropped, for its schema " + schema.String() + " is not optional")
			}
		case "force_optional":
			schema = schema.AsOptional(true)
		}
	}
	x.part.Set(r, schema, data.Null)
	return true, nil
}

func (x *drop) Close() error { return nil }
