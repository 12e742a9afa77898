package transforms

import (
	"context"
	"slices"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connect/data/values"
)

// dropHeaders removes headers by name (DropHeaders).
type dropHeaders struct{ names []string }

var dropHeadersKeys = config.NewDef(
	config.Key{Name: "headers", Type: config.List, Default: config.NoDefault, Validator: config.AnyNonDuplicateValues(false, false), Importance: config.High,
		Doc: "Names of the headers to remove; all headers of each name go."},
)

func dropHeadersPlugins() []connect.Plugin {
	return one("DropHeaders", "Removes headers by name.", dropHeadersKeys, func() connect.Transformation { return new(dropHeaders) })
}

func (x *dropHeaders) Configure(props map[string]string) error {
	values, err := dropHeadersKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.names = values.List("headers")
	return nil
}

func (x *dropHeaders) Apply(_ context.Context, r *connect.Record) (bool, error) {
	r.Headers.Filter(func(h connect.Header) bool { return !slices.Contains(x.names, h.Key) })
	return true, nil
}

func (x *dropHeaders) Close() error { return nil }

// insertHeader adds a header with a fixed value, whose type is guessed from its text (InsertHeader).
type insertHeader struct {
	name   string
	schema *data.Schema
	value  data.Value
}

var insertHeaderKeys = config.NewDef(
	config.Key{Name: "header", Type: config.String, Default: config.NoDefault, Validator: config.NonNull(), Importance: config.High,
		Doc: "Name of the header to add."},
	config.Key{Name: "value.literal", Type: config.String, Default: config.NoDefault, Validator: config.NonNull(), Importance: config.High,
		Doc: "Value of the header; numbers, booleans, dates, lists and maps are recognised by their text."},
)

func insertHeaderPlugins() []connect.Plugin {
	return one("InsertHeader", "Adds a header with a fixed value to each record.", insertHeaderKeys,
		func() connect.Transformation { return new(insertHeader) })
}

func (x *insertHeader) Configure(props map[string]string) error {
	parsed, err := insertHeaderKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.name = parsed.String("header")
	x.schema, x.value = values.Parse(parsed.String("value.literal"))
	return nil
}

func (x *insertHeader) Apply(_ context.Context, r *connect.Record) (bool, error) {
	r.Headers.Add(x.name, x.schema, x.value)
	return true, nil
}

func (x *insertHeader) Close() error { return nil }
