package httplookup

import (
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/json"
	"github.com/moldau/moldau/transforms/internal/jsonpath"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// answer is what the service says to one URL. Its values are made when they are first wanted, on the task's goroutine, and live as long as it.
type answer struct {
	body []byte // nil where the service has nothing
	// plain and typed are for records without and with a schema.
	plain, typed *typedValue
}

type typedValue struct {
	schema *data.Schema // never nil for records with a schema
	value  data.Value
}

// reader turns answers into values.
type reader struct {
	shape    string
	path     *jsonpath.Path
	declared *declaredReader
	json     connect.Converter
	arena    *data.Arena
	buffer   []byte
}

func newReader(s *settings) (*reader, error) {
	c, err := schemaless()
	return &reader{shape: s.shape, path: s.path, declared: s.declared, json: c, arena: data.NewArena()}, err
}

// schemaless returns a converter of JSON without schema.
func schemaless() (connect.Converter, error) {
	c := json.Plugins()[0].NewConverter()
	return c, c.Configure(map[string]string{"schemas.enable": "false"}, false)
}

// plainOf returns the value for records without schema.
func (x *reader) plainOf(a *answer) (*typedValue, error) {
	if a.plain == nil {
		v, err := x.parse(a)
		if err != nil {
			return nil, err
		}
		a.plain = &typedValue{nil, v}
	}
	return a.plain, nil
}

// typedOf returns the value for records with a schema.
func (x *reader) typedOf(a *answer) (*typedValue, error) {
	if a.typed == nil {
		v, err := x.parse(a)
		if err != nil {
			return nil, err
		}
		if a.typed, err = x.shaped(a, v); err != nil {
			return nil, err
		}
	}
	return a.typed, nil
}

// parse returns the part of the answer that is wanted, null where there is none.
func (x *reader) parse(a *answer) (data.Value, error) {
	if a.body == nil {
		return data.Null, nil
	}
	x.arena.Reset()
	_, v, err := x.json.ToConnect(x.arena, "", nil, a.body)
	if err != nil {
		return data.Null, smt.DataError("the answer is not JSON: " + err.Error())
	}
	if x.path != nil && !v.IsNull() {
		found, err := x.path.Read(v)
		if jsonpath.IsNotFound(err) {
			return data.Null, nil
		}
		if err != nil {
			return data.Null, smt.DataError("the path " + x.path.String() + " cannot be followed in the answer: " + err.Error())
		}
		v = found[0]
	}
	return v.Detach(), nil
}

var textMapSchema = data.NewMapSchema(data.StringSchema, data.OptionalStringSchema).Optional().MustBuild()

// shaped returns the value as result.schema says.
func (x *reader) shaped(a *answer, v data.Value) (*typedValue, error) {
	switch x.shape {
	case "map":
		out, err := x.texts(v)
		return &typedValue{textMapSchema, out}, err
	case "declared":
		return x.ofDeclared(a, v)
	case "inferred":
		if v.IsNull() {
			return &typedValue{data.OptionalStringSchema, v}, nil
		}
		return x.inferred(v)
	}
	if v.IsNull() {
		return &typedValue{data.OptionalStringSchema, v}, nil
	}
	if x.path == nil && v.Kind() != data.StringKind {
		return &typedValue{data.OptionalStringSchema, data.String(strings.TrimSpace(string(a.body)))}, nil
	}
	text, err := x.text(v)
	return &typedValue{data.OptionalStringSchema, text}, err
}

func (x *reader) ofDeclared(a *answer, v data.Value) (*typedValue, error) {
	schema := x.declared.schema
	if v.IsNull() {
		return &typedValue{schema, v}, nil
	}
	text := a.body
	if x.path != nil {
		var err error
		if text, err = x.encode(v); err != nil {
			return nil, err
		}
	}
	out, err := x.declared.read(text)
	if err != nil {
		return nil, smt.DataError("the answer does not fit " + contentKey + ": " + err.Error())
	}
	return &typedValue{schema, out}, nil
}

// encode returns the JSON of a value; it is valid until the next call.
func (x *reader) encode(v data.Value) ([]byte, error) {
	out, _, err := x.json.FromConnect(x.buffer[:0], "", nil, nil, v)
	x.buffer = out
	return out, err
}

// text returns text as it is and the JSON of anything else.
func (x *reader) text(v data.Value) (data.Value, error) {
	if v.Kind() == data.StringKind || v.IsNull() {
		return v, nil
	}
	out, err := x.encode(v)
	return data.String(string(out)), err
}

// texts returns the members of an object as texts.
func (x *reader) texts(v data.Value) (data.Value, error) {
	if v.IsNull() {
		return v, nil
	}
	m := v.Map()
	if m == nil {
		return data.Null, smt.DataError("the answer is no object, as " + schemaKey + "=map wants it, but a " + v.JavaClass())
	}
	x.arena.Reset()
	b := x.arena.Map(m.Len())
	for k, e := range m.All() {
		text, err := x.text(e)
		if err != nil {
			return data.Null, err
		}
		b.Put(k, text)
	}
	return b.Build().Value().Detach(), nil
}

// declaredReader reads JSON of one schema, which is optional whatever was declared: there may be no answer.
type declaredReader struct {
	json   connect.Converter
	schema *data.Schema
	arena  *data.Arena
}

func newDeclaredReader(schema string) (*declaredReader, error) {
	if strings.TrimSpace(schema) == "" {
		return nil, smt.DataError("A schema is required for " + schemaKey + "=declared")
	}
	c := json.Plugins()[0].NewConverter()
	if err := c.Configure(map[string]string{"schemas.enable": "true", "schema.content": schema}, false); err != nil {
		return nil, err
	}
	// The schema is told with values only. A list of them may be null.
	probe := json.Plugins()[0].NewConverter()
	if err := probe.Configure(map[string]string{"schemas.enable": "true"}, false); err != nil {
		return nil, err
	}
	described, _, err := probe.ToConnect(data.NewArena(), "", nil, []byte(`{"schema":{"type":"array","optional":true,"items":`+schema+`},"payload":null}`))
	if err != nil {
		return nil, err
	}
	return &declaredReader{c, described.Elem().AsOptional(true), data.NewArena()}, nil
}

func (d *declaredReader) read(text []byte) (data.Value, error) {
	d.arena.Reset()
	_, v, err := d.json.ToConnect(d.arena, "", nil, text)
	if err != nil {
		return data.Null, err
	}
	if s := v.Struct(); s != nil && s.Schema() != d.schema {
		b := d.arena.Struct(d.schema)
		b.CopyRange(0, s.Row(), 0, s.Len())
		if s, err = b.Build(); err != nil {
			return data.Null, err
		}
		v = s.Value()
	}
	return v.Detach(), nil
}
