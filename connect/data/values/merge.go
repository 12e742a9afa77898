package values

import "github.com/moldau/moldau/connect/data"

// merger finds the schema that the parts of a list or map have in common.
type merger struct {
	// schema is nil before the first value that is not null, and after two that have nothing in common.
	schema *data.Schema
	apart  bool
}

func (m *merger) merge(s *data.Schema) {
	switch {
	case s == nil || m.apart:
	case m.schema == nil:
		m.schema = s
	default:
		m.schema = common(m.schema, s)
		m.apart = m.schema == nil
	}
}

// common returns the schema that values of both schemas can be converted to, nil where there is none: the wider one of two numbers. Of schemas
// of one type Java takes the newer without looking at the rest of it.
func common(previous, latest *data.Schema) *data.Schema {
	a, b := previous.Kind(), latest.Kind()
	switch {
	case a == b && previous.Optional() == latest.Optional():
		if previous.Optional() {
			return previous
		}
		return latest
	case a == b:
		return nil
	case !isNumber(a) || !isNumber(b):
		return nil
	case b > a:
		return latest
	}
	return previous
}

func isNumber(k data.Kind) bool { return k >= data.Int8Kind && k <= data.Float64Kind }
