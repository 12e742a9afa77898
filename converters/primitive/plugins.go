// Package primitive holds the converters of single numbers and booleans, in the form of Kafka's own serializers.
package primitive

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/converters/internal/describe"
)

const folder = "org.apache.kafka.connect.converters."

// Plugins returns the converters and header converters of booleans, shorts, integers, longs, floats and doubles.
func Plugins() []connect.Plugin {
	def := describe.Def()
	all := describe.Plugins(folder+"BooleanConverter", "Converts booleans to and from one byte, 0 or 1.", def,
		func() connect.Converter { return &boolean{def} })
	for _, f := range formats() {
		doc := "Converts values of type " + f.kind.String() + " to and from " + string('0'+rune(f.size)) + " bytes, big-endian."
		all = append(all, describe.Plugins(folder+f.class, doc, def, func() connect.Converter { return &number{f, def} })...)
	}
	return all
}
