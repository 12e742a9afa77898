// Package simpleheader is the header converter that writes values as text and guesses their types when it reads them.
package simpleheader

import (
	"unicode/utf8"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connect/data/values"
	"github.com/moldau/moldau/converters/internal/surrogate"
	"github.com/moldau/moldau/internal/javafmt"
)

const class = "org.apache.kafka.connect.storage.SimpleHeaderConverter"

// Plugins returns the header converter.
func Plugins() []connect.Plugin {
	return []connect.Plugin{{
		Kind:  connect.KindHeaderConverter,
		Class: class,
		Doc: "Writes a header's value as text. Reads text as the narrowest type it could be: null, boolean, number, date, list, map, else string; " +
			"so a string that looks like a number comes back as one.",
		Config:             config.NewDef(),
		NewHeaderConverter: func() connect.HeaderConverter { return Converter{} },
	}}
}

// Converter writes and guesses values as Java's class Values does.
type Converter struct{}

// Configure accepts every configuration: there is nothing to configure.
func (Converter) Configure(map[string]string) error { return nil }

// FromConnectHeader appends the text of v; its schema has no influence.
func (Converter) FromConnectHeader(dst []byte, _, _ string, _ *data.Schema, v data.Value) ([]byte, bool, error) {
	if v.IsNull() {
		return dst, true, nil
	}
	out, err := values.Append(dst, v)
	if err != nil {
		return dst, false, err
	}
	return surrogate.Replace(out, len(dst)), false, nil
}

// ToConnectHeader guesses the value that raw stands for. It never fails: what is nothing else is a string.
func (Converter) ToConnectHeader(a *data.Arena, _, _ string, raw []byte) (*data.Schema, data.Value, error) {
	if raw == nil {
		return nil, data.Null, nil
	}
	text, _ := data.TextOf(raw).Text()
	if !utf8.Valid(raw) {
		text = javafmt.DecodeUTF8(raw)
	}
	schema, v := values.ParseIn(a, text)
	return schema, v, nil
}
