package transforms

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connect/fuse"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// setSchemaMetadata sets the name and version of a schema (SetSchemaMetadata).
type setSchemaMetadata struct {
	part         smt.Part
	name         *string
	version      *int32
	replaceNulls bool
	cache        smt.SchemaCache
}

var setSchemaMetadataKeys = config.NewDef(
	config.Key{Name: "schema.name", Type: config.String, Default: nil, Importance: config.High, Doc: "Name to give the schema; without it the name is kept."},
	config.Key{Name: "schema.version", Type: config.Int, Default: nil, Importance: config.High, Doc: "Version to give the schema; without it the version is kept."},
	replaceNull(),
)

func setSchemaMetadataPlugins() []connect.Plugin {
	return both("SetSchemaMetadata", "Sets the name and the version of a schema.", setSchemaMetadataKeys,
		func(p smt.Part) connect.Transformation { return &setSchemaMetadata{part: p} })
}

func (x *setSchemaMetadata) Configure(props map[string]string) error {
	values, err := setSchemaMetadataKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	if values.IsSet("schema.name") {
		name := values.String("schema.name")
		x.name = &name
	}
	if values.IsSet("schema.version") {
		version := int32(values.Int("schema.version"))
		x.version = &version
	}
	if x.name == nil && x.version == nil {
		return config.Failed("Neither schema name nor version configured")
	}
	x.replaceNulls = values.Bool(replaceNullKey)
	return nil
}

func (x *setSchemaMetadata) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema, v := x.part.Of(r)
	if schema == nil && v.IsNull() {
		return true, nil
	}
	if err := smt.RequireSchema(schema, "updating schema metadata"); err != nil {
		return false, err
	}
	updated, err := x.cache.Get(schema, x.update)
	if err != nil {
		return false, err
	}
	s := v.Struct()
	if s == nil {
		x.part.Set(r, updated, v)
		return true, nil
	}
	b := r.Arena().Struct(updated)
	smt.CopyFields(&b, s, x.replaceNulls)
	out, err := b.BuildPartial()
	if err != nil {
		return false, err
	}
	x.part.Set(r, updated, out.Value())
	return true, nil
}

// update returns the schema with the new name and version and everything else kept. As in Java it works for structs only.
func (x *setSchemaMetadata) update(s *data.Schema) (*data.Schema, error) {
	if s.Kind() != data.StructKind {
		return nil, smt.DataError("Cannot list fields on non-struct type")
	}
	b := data.NewSchema(data.StructKind)
	for _, f := range s.Fields() {
		b.Field(f.Name, f.Schema)
	}
	if x.name != nil {
		b.Name(*x.name)
	} else if s.HasName() {
		b.Name(s.Name())
	}
	version, hasVersion := s.Version()
	if x.version != nil {
		version, hasVersion = *x.version, true
	}
	if hasVersion {
		b.Version(version)
	}
	if s.HasDoc() {
		b.Doc(s.Doc())
	}
	b.ParamList(s.ParamList()).SetOptional(s.Optional())
	if v, ok := s.Default(); ok {
		b.Default(v)
	}
	return b.Build()
}

func (x *setSchemaMetadata) Part() connect.Part { return x.part }

func (x *setSchemaMetadata) Fuse(p *fuse.Plan) bool {
	if p.Object() != nil {
		return false
	}
	updated, err := x.cache.Get(p.Schema(), x.update)
	if err != nil {
		return false
	}
	p.SetStruct(updated, p.CopyAll(x.replaceNulls, 0))
	return true
}

func (x *setSchemaMetadata) Close() error { return nil }
