// Package string is the converter of data whose text in Kafka is what Java's toString gives.
package string

import (
	"unicode/utf8"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/describe"
	"github.com/moldau/moldau/converters/internal/surrogate"
	"github.com/moldau/moldau/internal/javafmt"
)

const (
	class       = "org.apache.kafka.connect.storage.StringConverter"
	encodingKey = "converter.encoding"
)

// Plugins returns the converter and the header converter.
func Plugins() []connect.Plugin {
	def := describe.Def(config.Key{
		Name:        encodingKey,
		Default:     "UTF-8",
		Importance:  config.High,
		Width:       config.WidthMedium,
		DisplayName: "Encoding",
		Doc: "The character set of the text in Kafka, by a name that Java knows, such as UTF-8, UTF-16LE, ISO-8859-1 or windows-1252. " +
			"Characters the set lacks are written as a question mark.",
	})
	return describe.Plugins(class, "Writes the text of a value, whatever its type, and reads bytes as text.", def,
		func() connect.Converter { return &Converter{def: def} })
}

// Converter writes values as text and reads text as optional strings.
type Converter struct {
	def *config.Def
	// encode and decode are nil for UTF-8, which needs none.
	encode, decode charset
}

// Configure chooses the character sets. As in Java, the settings of Kafka's own string serializer and deserializer win over
// converter.encoding when they name key or value.
func (c *Converter) Configure(props map[string]string, isKey bool) error {
	values, err := describe.Parse(c.def, props, isKey)
	if err != nil {
		return err
	}
	role := "value."
	if isKey {
		role = "key."
	}
	chosen := func(option string) (charset, error) {
		name, ok := props[role+option]
		if !ok {
			name = values.String(encodingKey)
		}
		return charsetOf(name)
	}
	if c.encode, err = chosen("serializer.encoding"); err != nil {
		return err
	}
	c.decode, err = chosen("deserializer.encoding")
	return err
}

// FromConnect appends the text of v.
func (c *Converter) FromConnect(dst []byte, _ string, _ *connect.Headers, _ *data.Schema, v data.Value) ([]byte, bool, error) {
	if v.IsNull() {
		return dst, true, nil
	}
	text, ok := v.Text()
	if c.encode != nil {
		if !ok {
			text = v.String()
		}
		return c.encode.encode(dst, text), false, nil
	}
	start := len(dst)
	if ok {
		dst = append(dst, text...)
	} else {
		dst = v.AppendString(dst)
	}
	return surrogate.Replace(dst, start), false, nil
}

// ToConnect returns the text of raw, in UTF-8 a view of it.
func (c *Converter) ToConnect(_ *data.Arena, _ string, _ *connect.Headers, raw []byte) (*data.Schema, data.Value, error) {
	switch {
	case raw == nil:
		return data.OptionalStringSchema, data.Null, nil
	case c.decode != nil:
		return data.OptionalStringSchema, data.TextOf(c.decode.decode(nil, raw)), nil
	case utf8.Valid(raw):
		return data.OptionalStringSchema, data.TextOf(raw), nil
	}
	return data.OptionalStringSchema, data.String(javafmt.DecodeUTF8(raw)), nil
}
