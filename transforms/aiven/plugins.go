package aiven

import (
	"slices"
	"strings"
	"unicode"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

const classPrefix = "io.aiven.kafka.connect.transforms."

// Plugins returns all transformations of the package.
func Plugins() []connect.Plugin {
	return slices.Concat(caseTransformPlugins(), concatFieldsPlugins(), extractTimestampPlugins(), extractTopicPlugins(),
		extractTopicFromSchemaNamePlugins(), filterByFieldValuePlugins(), hashPlugins(), keyToValuePlugins(), makeTombstonePlugins(),
		tombstoneHandlerPlugins())
}

// recordError is a DataException about a record, which Aiven prints whole behind the message.
func recordError(message string, r *connect.Record) error {
	return smt.DataError(message + ": " + r.String())
}

func illegalArgument(message string) error {
	return javafmt.NewException(javafmt.IllegalArgument, message, nil)
}

// notObject is the error of transformations that want a struct or map.
func notObject(r *connect.Record) error { return recordError("Value type must be STRUCT or MAP", r) }

// nullPart is the error of a key or value that must not be null.
func nullPart(p smt.Part, r *connect.Record) error {
	return recordError(p.String()+" Value can't be null", r)
}

// isBlank is String.isBlank in Java: all characters are white space, which does not count the spaces that forbid a line break.
func isBlank(s string) bool {
	return strings.TrimFunc(s, func(r rune) bool {
		switch {
		case r == '\u00a0' || r == '\u2007' || r == '\u202f' || r == '\u0085':
			return false
		case r >= 0x1c && r <= 0x1f:
			return true
		}
		return unicode.IsSpace(r)
	}) == ""
}

// withField returns a copy of s in which one field is another and the rest as it is stored.
func withField(a *data.Arena, s *data.Struct, field int, v data.Value) (*data.Struct, error) {
	b := a.Struct(s.Schema())
	b.CopyRange(0, s.Row(), 0, s.Len())
	b.Set(field, v)
	return b.BuildPartial()
}
