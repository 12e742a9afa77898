package transforms

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// hoistField wraps the key or value in a struct, or in a map where there is no schema, with one field (HoistField).
type hoistField struct {
	part  smt.Part
	field string
	cache smt.SchemaCache
}

var hoistFieldKeys = config.NewDef(
	config.Key{Name: "field", Type: config.String, Default: config.NoDefault, Importance: config.Medium,
		Doc: "Name of the one field of the struct or map that holds the former value."},
)

func hoistFieldPlugins() []connect.Plugin {
	return both("HoistField", "Wraps data in a struct with one field, or in a map where there is no schema.", hoistFieldKeys,
		func(p smt.Part) connect.Transformation { return &hoistField{part: p} })
}

func (h *hoistField) Configure(props map[string]string) error {
	values, err := hoistFieldKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	h.field = values.String("field")
	return nil
}

func (h *hoistField) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema, v := h.part.Of(r)
	if schema == nil {
		m := r.Arena().Map(1)
		m.Set(h.field, v)
		h.part.Set(r, nil, m.Build().Value())
		return true, nil
	}
	wrapped, err := h.cache.Get(schema, func(s *data.Schema) (*data.Schema, error) {
		return data.NewSchema(data.StructKind).Field(h.field, s).Build()
	})
	if err != nil {
		return false, err
	}
	b := r.Arena().Struct(wrapped)
	b.Set(0, v)
	out, err := b.BuildPartial()
	if err != nil {
		return false, err
	}
	h.part.Set(r, wrapped, out.Value())
	return true, nil
}

func (h *hoistField) Close() error { return nil }
