package jcustenborder

import (
	"context"
	"maps"
	"strconv"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/json"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// toJSON writes structs as JSON (ToJSON).
type toJSON struct {
	part   smt.Part
	json   connect.Converter
	schema *data.Schema
	buffer []byte
}

var toJSONKeys = config.NewDef(
	config.Key{Name: "output.schema.type", Type: config.String, Default: "STRING", Validator: config.ValidString("STRING", "BYTES"), Importance: config.Medium,
		Doc: "STRING for JSON text, BYTES for its bytes in UTF-8."},
	config.Key{Name: "schemas.enable", Type: config.Boolean, Default: false, Importance: config.Medium,
		Doc: "Whether the JSON holds the schema too. The other settings of JsonConverter may be given as well."},
)

func toJSONPlugins() []connect.Plugin {
	return smt.Both(classPrefix+"ToJSON", "Writes structs as JSON, the way JsonConverter does; text and bytes stay what they are.", toJSONKeys,
		func(p smt.Part) connect.Transformation { return &toJSON{part: p} })
}

func (x *toJSON) Configure(props map[string]string) error {
	values, err := toJSONKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.schema = data.OptionalStringSchema
	if values.String("output.schema.type") == "BYTES" {
		x.schema = data.OptionalBytesSchema
	}
	settings := maps.Clone(props)
	if settings == nil {
		settings = map[string]string{}
	}
	settings["schemas.enable"] = strconv.FormatBool(values.Bool("schemas.enable"))
	x.json = json.Plugins()[0].NewConverter()
	return x.json.Configure(settings, false)
}

func (x *toJSON) Apply(_ context.Context, r *connect.Record) (bool, error) {
	err := process{structs: x.write, text: keep, bytes: keepBytes}.apply(r, x.part)
	return err == nil, err
}

func keep(_ *data.Arena, s *data.Schema, v data.Value) (*data.Schema, data.Value, error) {
	return s, v, nil
}

func keepBytes(_ *data.Arena, s *data.Schema, v data.Value) (*data.Schema, data.Value, error) {
	if v.Buffer() != nil {
		return nil, data.Null, smt.CastError(v, "[B")
	}
	return s, v, nil
}

// write returns the JSON of a struct.
func (x *toJSON) write(a *data.Arena, schema *data.Schema, s *data.Struct) (*data.Schema, data.Value, error) {
	out, null, err := x.json.FromConnect(x.buffer[:0], "dummy", nil, schema, s.Value())
	if err != nil {
		return nil, data.Null, err
	}
	if null {
		return nil, data.Null, smt.NullPointer("There is no JSON")
	}
	x.buffer = out
	v := a.Bytes(out)
	if x.schema == data.OptionalStringSchema {
		stored, _ := v.Bytes()
		v = data.TextOf(stored)
	}
	return x.schema, v, nil
}

func (x *toJSON) Close() error { return nil }
