package transforms

import (
	"fmt"
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// fieldPath leads to a field of a nested struct or map (KIP-821, SingleFieldPath).
type fieldPath []string

// parseFieldPath splits a path at its dots. A step in backticks may hold dots; a backtick in it that a dot follows is written with a
// backslash before it.
func parseFieldPath(path string) (fieldPath, error) {
	var steps fieldPath
	for i := 0; i < len(path); {
		if path[i] != '`' {
			n := strings.IndexByte(path[i:], '.')
			if n < 0 {
				steps = append(steps, path[i:])
				break
			}
			steps = append(steps, path[i:i+n])
			i += n + 1
			continue
		}
		step, next, err := quotedStep(path, i)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step)
		i = next
	}
	if strings.HasSuffix(path, ".") {
		steps = append(steps, "")
	}
	return steps, nil
}

// quotedStep reads the step whose backtick is at path[at] and returns where the next one begins.
func quotedStep(path string, at int) (step string, next int, err error) {
	start := at + 1
	var b strings.Builder
	for i := start; ; {
		n := strings.IndexByte(path[min(i, len(path)):], '`')
		if n < 0 {
			return "", 0, incompletePair(path, at)
		}
		i += n
		escaped := path[i-1] == '\\'
		switch {
		case i == len(path)-1 && escaped:
			return "", 0, incompletePair(path, at)
		case i == len(path)-1:
			return b.String() + path[start:i], i + 1, nil
		case path[i+1] != '.':
			i++ // part of the name, for only a backtick before a dot closes it
		case escaped:
			b.WriteString(path[start : i-1])
			b.WriteByte('`')
			i++
			start = i
		default:
			return b.String() + path[start:i], i + 2, nil
		}
	}
}

func incompletePair(path string, at int) error {
	return config.Failed(fmt.Sprintf("Incomplete backtick pair in path: [%s], consider adding a backslash before backtick at position %d to escape it",
		path, javafmt.Length(path[:at])))
}

const nestedPurpose = "nested field access"

// fieldIn returns the schema's field at the path; ok is false where there is none.
func (p fieldPath) fieldIn(s *data.Schema) (f data.Field, ok bool, err error) {
	for i, step := range p {
		if s.Kind() != data.StructKind {
			return data.Field{}, false, smt.DataError("Cannot look up fields on non-struct type")
		}
		if f, ok = s.Field(step); !ok {
			return data.Field{}, false, nil
		}
		if i < len(p)-1 {
			s = f.Schema
		}
	}
	return f, ok, nil
}

// fieldIn is smt.FieldOf for a field that becomes the whole data: what it holds is built in the arena.
func fieldIn(a *data.Arena, s *data.Struct, i int, replaceNull bool) data.Value {
	if v := s.Row().AtIn(a, i); !v.IsNull() || !replaceNull {
		return v
	}
	return s.Get(i)
}

// inStruct returns the value at the path, null where there is none.
func (p fieldPath) inStruct(a *data.Arena, s *data.Struct, replaceNull bool) (data.Value, error) {
	for i, step := range p {
		f, ok := s.Schema().Field(step)
		if !ok {
			return data.Null, nil
		}
		v := fieldIn(a, s, f.Index, replaceNull)
		if i == len(p)-1 || v.IsNull() {
			return v, nil
		}
		var err error
		if s, err = smt.RequireStruct(v, nestedPurpose); err != nil {
			return data.Null, err
		}
	}
	return data.Null, nil
}

// inMap returns the value at the path, null where there is none.
func (p fieldPath) inMap(m *data.Map) (data.Value, error) {
	for i, step := range p {
		v := m.Field(step)
		if i == len(p)-1 || v.IsNull() {
			return v, nil
		}
		var err error
		if m, err = smt.RequireMap(v, nestedPurpose); err != nil {
			return data.Null, err
		}
	}
	return data.Null, nil
}

// fieldSyntax declares field.syntax.version.
func fieldSyntax() config.Key {
	return config.Key{Name: "field.syntax.version", Type: config.String, Default: "V1", Validator: config.CaseInsensitiveValidString("V1", "V2"),
		Importance: config.High, Doc: "V1 takes the name of a field as it is; V2 reads dots as steps into nested fields and backticks around names with dots."}
}

// readFieldPath reads a path by the syntax that the configuration asks for.
func readFieldPath(values *config.Values, text string) (fieldPath, error) {
	if strings.EqualFold(values.String("field.syntax.version"), "V2") {
		return parseFieldPath(text)
	}
	return fieldPath{text}, nil
}
