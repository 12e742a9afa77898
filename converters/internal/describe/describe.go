// Package describe holds what the descriptors of all converters have in common: the key converter.type, and that Java lists one class both as
// a converter and as a header converter.
package describe

import (
	"maps"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
)

// TypeKey is the key that says what a converter is used for.
const TypeKey = "converter.type"

// Def returns the declaration of a converter's keys: converter.type before its own.
func Def(own ...config.Key) *config.Def {
	d := config.NewDef(config.Key{
		Name:      TypeKey,
		Default:   config.NoDefault,
		Validator: config.ValidString("key", "value", "header"),
		Doc:       "What the converter is used for. The worker sets it; a value given by a user has no effect.",
	})
	for _, k := range own {
		d.Define(k)
	}
	return d
}

// Parse parses the options of a converter of keys or values.
func Parse(d *config.Def, props map[string]string, isKey bool) (*config.Values, error) {
	props = maps.Clone(props)
	if props == nil {
		props = map[string]string{}
	}
	props[TypeKey] = "value"
	if isKey {
		props[TypeKey] = "key"
	}
	return d.ParseStrings(props)
}

// Plugins returns the two plugins of a class that converts keys and values as well as headers.
func Plugins(class, doc string, d *config.Def, make func() connect.Converter) []connect.Plugin {
	return []connect.Plugin{
		{Kind: connect.KindConverter, Class: class, Doc: doc, Config: d, NewConverter: make},
		{Kind: connect.KindHeaderConverter, Class: class, Doc: doc, Config: d, NewHeaderConverter: func() connect.HeaderConverter {
			return header{make()}
		}},
	}
}

// header uses a converter for headers, which Java's converters treat like values.
type header struct{ converter connect.Converter }

func (h header) Configure(props map[string]string) error { return h.converter.Configure(props, false) }

func (h header) FromConnectHeader(dst []byte, topic, _ string, schema *data.Schema, v data.Value) ([]byte, bool, error) {
	return h.converter.FromConnect(dst, topic, nil, schema, v)
}

func (h header) ToConnectHeader(a *data.Arena, topic, _ string, raw []byte) (*data.Schema, data.Value, error) {
	return h.converter.ToConnect(a, topic, nil, raw)
}
