package transforms

import (
	"context"
	"slices"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// headerFrom copies or moves fields into headers (HeaderFrom).
type headerFrom struct {
	part            smt.Part
	fields, headers []string
	operation       string
	replaceNulls    bool
	cache           smt.SchemaCache
	maps            smt.MapCopier
}

const moveFields = "move"

var headerFromKeys = config.NewDef(
	config.Key{Name: "fields", Type: config.List, Default: config.NoDefault, Validator: nonEmptyList(), Importance: config.High,
		Doc: "Names of the fields whose values become headers."},
	config.Key{Name: "headers", Type: config.List, Default: config.NoDefault, Validator: nonEmptyList(), Importance: config.High,
		Doc: "Names of the headers, in the order of the fields."},
	config.Key{Name: "operation", Type: config.String, Default: config.NoDefault, Validator: config.ValidString(moveFields, "copy"), Importance: config.High,
		Doc: "move takes the fields out of the data, copy leaves them."},
	replaceNull(),
)

// nonEmptyList is org.apache.kafka.connect.transforms.util.NonEmptyListValidator.
func nonEmptyList() config.Validator {
	return config.Lambda(func(name string, value any) error {
		if list, _ := value.([]string); len(list) == 0 {
			return config.Invalid(name, value, "Empty list")
		}
		return nil
	}, func() string { return "non-empty list" })
}

func headerFromPlugins() []connect.Plugin {
	return both("HeaderFrom", "Copies or moves fields into headers.", headerFromKeys,
		func(p smt.Part) connect.Transformation { return &headerFrom{part: p} })
}

func (x *headerFrom) Configure(props map[string]string) error {
	values, err := headerFromKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.fields, x.headers, x.operation = values.List("fields"), values.List("headers"), values.String("operation")
	x.replaceNulls = values.Bool(replaceNullKey)
	if len(x.fields) != len(x.headers) {
		return config.Failed("'fields' config must have the same number of elements as 'headers' config.")
	}
	return nil
}

func (x *headerFrom) Apply(_ context.Context, r *connect.Record) (bool, error) {
	if schema, v := x.part.Of(r); schema == nil {
		return true, x.fromMap(r, v)
	}
	return true, x.fromStruct(r)
}

func (x *headerFrom) fromMap(r *connect.Record, v data.Value) error {
	m, err := smt.RequireMap(v, "header "+x.operation)
	if err != nil {
		return err
	}
	for i, name := range x.fields {
		r.Headers.Add(x.headers[i], nil, m.Field(name))
	}
	b, row := x.maps.Start(r.Arena(), m, 0), m.Row()
	for _, i := range x.maps.Order(m) {
		if name, ok := m.Key(i).Text(); x.operation == moveFields && ok && slices.Contains(x.fields, name) {
			continue
		}
		smt.CopyEntry(&b, m, row, i)
	}
	x.part.Set(r, nil, b.Build().Value())
	return nil
}

func (x *headerFrom) fromStruct(r *connect.Record) error {
	schema, v := x.part.Of(r)
	s, err := smt.RequireStruct(v, "header "+x.operation)
	if err != nil {
		return err
	}
	headers := r.Headers
	for i, name := range x.fields {
		f, ok := s.Schema().Field(name)
		if !ok {
			return javafmt.NewException(javafmt.NullPointerException, "field "+name+" of HeaderFrom does not exist in the "+schema.String(), nil)
		}
		headers.Add(x.headers[i], f.Schema, smt.FieldOf(s, f.Index, x.replaceNulls))
	}
	if x.operation == moveFields {
		rest, err := x.cache.Get(s.Schema(), x.without)
		if err != nil {
			return err
		}
		b := r.Arena().Struct(rest)
		for i, f := range rest.Fields() {
			from, _ := s.Schema().Field(f.Name)
			smt.CopyField(&b, i, s, from.Index, x.replaceNulls)
		}
		out, err := b.BuildPartial()
		if err != nil {
			return err
		}
		x.part.Set(r, rest, out.Value())
	}
	r.Headers = headers
	return nil
}

// without returns the schema that is left when the fields have moved.
func (x *headerFrom) without(s *data.Schema) (*data.Schema, error) {
	b := data.NewSchema(data.StructKind).CopyBasics(s)
	for _, f := range s.Fields() {
		if !slices.Contains(x.fields, f.Name) {
			b.Field(f.Name, f.Schema)
		}
	}
	return b.Build()
}

func (x *headerFrom) Close() error { return nil }
