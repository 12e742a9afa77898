package debezium

import (
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// The names of an envelope's fields, of its operations, and the end of its schema's name.
const (
	beforeField, afterField, sourceField, opField, transactionField = "before", "after", "source", "op", "transaction"

	opCreate, opUpdate, opDelete, opTruncate, opMessage = "c", "u", "d", "t", "m"

	envelopeSuffix = ".Envelope"
)

// isEnvelope reports whether a schema is that of a change event (SmtManager.isValidEnvelope).
func isEnvelope(s *data.Schema) bool {
	return s != nil && strings.HasSuffix(s.Name(), envelopeSuffix)
}

// extract returns the value and schema of a field of an envelope as ExtractField does: with its default, null where there is no envelope.
func extract(schema *data.Schema, v data.Value, name string) (*data.Schema, data.Value, error) {
	s := v.Struct()
	if s == nil && !v.IsNull() {
		_, err := smt.RequireStruct(v, "field extraction")
		return nil, data.Null, err
	}
	f, ok := schema.Field(name)
	if !ok {
		return nil, data.Null, javafmt.NewException(javafmt.IllegalArgument, "Unknown field: "+name, nil)
	}
	return f.Schema, s.Get(f.Index), nil
}

// textOf is Struct.getString.
func textOf(s *data.Struct, name string) (text string, null bool, err error) {
	v, err := s.LookupAs(name, data.StringKind)
	if err != nil {
		return "", false, err
	}
	text, ok := v.Text()
	return text, !ok, nil
}
