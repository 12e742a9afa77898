package jcustenborder

import (
	"context"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// patternRename renames fields by a regular expression (PatternRename).
type patternRename struct {
	part        smt.Part
	pattern     *javafmt.Regex
	replacement string
	schemas     smt.SchemaCache
	names       map[string]string
}

// mostNames bounds how many names of schemaless objects are remembered with what they became.
const mostNames = 1024

var patternFlags = []struct {
	name string
	flag int
}{
	{"UNICODE_CHARACTER_CLASS", javafmt.UnicodeCharacterClass}, {"CANON_EQ", javafmt.CanonEq}, {"UNICODE_CASE", javafmt.UnicodeCase},
	{"DOTALL", javafmt.DotAll}, {"LITERAL", javafmt.Literal}, {"MULTILINE", javafmt.Multiline}, {"COMMENTS", javafmt.Comments},
	{"CASE_INSENSITIVE", javafmt.CaseInsensitive}, {"UNIX_LINES", javafmt.UnixLines},
}

var patternRenameKeys = config.NewDef(
	config.Key{Name: "field.pattern", Type: config.String, Default: config.NoDefault, Importance: config.High,
		Doc: "Java regular expression to look for in the names of fields."},
	config.Key{Name: "field.pattern.flags", Type: config.List, Default: []string{"CASE_INSENSITIVE"}, Validator: config.ValidList(flagNames()...), Importance: config.Low,
		Doc: "Flags of the regular expression, as java.util.regex.Pattern names them. The case of letters does not count unless this is set."},
	config.Key{Name: "field.replacement", Type: config.String, Default: config.NoDefault, Importance: config.High,
		Doc: "What each match is replaced by; $1 and ${name} stand for groups of the expression."},
)

func flagNames() []string {
	names := make([]string, len(patternFlags))
	for i, f := range patternFlags {
		names[i] = f.name
	}
	return names
}

func patternRenamePlugins() []connect.Plugin {
	return smt.Both(classPrefix+"PatternRename", "Renames fields by a regular expression.", patternRenameKeys,
		func(p smt.Part) connect.Transformation { return &patternRename{part: p} })
}

func (x *patternRename) Configure(props map[string]string) error {
	values, err := patternRenameKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	flags := 0
	for _, name := range values.List("field.pattern.flags") {
		for _, f := range patternFlags {
			if f.name == name {
				flags |= f.flag
			}
		}
	}
	x.replacement = values.String("field.replacement")
	x.pattern, err = javafmt.Compile(values.String("field.pattern"), flags)
	return err
}

func (x *patternRename) Apply(_ context.Context, r *connect.Record) (bool, error) {
	err := process{structs: x.renameStruct, object: x.renameObject}.apply(r, x.part)
	return err == nil, err
}

func (x *patternRename) renameStruct(a *data.Arena, schema *data.Schema, s *data.Struct) (*data.Schema, data.Value, error) {
	return rebuild(a, &x.schemas, schema, s, x.schema)
}

// schema returns the schema with the new names. The version is lost, as in Java.
func (x *patternRename) schema(s *data.Schema) (*data.Schema, error) {
	b := data.NewSchema(data.StructKind)
	if s.HasName() {
		b.Name(s.Name())
	}
	if s.HasDoc() {
		b.Doc(s.Doc())
	}
	if v, ok := s.Default(); ok {
		b.Default(v)
	}
	b.ParamList(s.ParamList()).SetOptional(s.Optional())
	for _, f := range s.Fields() {
		if b.Err() != nil {
			return nil, b.Err()
		}
		name, err := x.pattern.ReplaceAll(f.Name, x.replacement)
		if err != nil {
			return nil, err
		}
		b.Field(name, f.Schema)
	}
	return b.Build()
}

func (x *patternRename) renameObject(a *data.Arena, m *data.Map) (data.Value, error) {
	b := a.Map(m.Len())
	b.JavaLinkedHashMap()
	for _, i := range m.JavaOrder() {
		key, ok := m.Key(i).Text()
		if !ok {
			return data.Null, smt.CastError(m.Key(i), "java.lang.String")
		}
		name, err := x.name(key)
		if err != nil {
			return data.Null, err
		}
		b.Set(name, m.At(i))
	}
	return b.Build().Value(), nil
}

func (x *patternRename) name(old string) (string, error) {
	if name, ok := x.names[old]; ok {
		return name, nil
	}
	name, err := x.pattern.ReplaceAll(old, x.replacement)
	if err != nil {
		return "", err
	}
	if x.names == nil || len(x.names) >= mostNames {
		x.names = map[string]string{}
	}
	// The memory of both is the record's and may be used again.
	old, name = strings.Clone(old), strings.Clone(name)
	x.names[old] = name
	return name, nil
}

func (x *patternRename) Close() error { return nil }
