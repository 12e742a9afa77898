package transforms

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connect/fuse"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// extractField replaces a struct or map by one of its fields (ExtractField).
type extractField struct {
	part         smt.Part
	name         string
	path         fieldPath
	replaceNulls bool
}

var extractFieldKeys = config.NewDef(
	config.Key{Name: "field", Type: config.String, Default: config.NoDefault, Importance: config.Medium, Doc: "Name of, or path to, the field to keep."},
	replaceNull(),
	fieldSyntax(),
)

func extractFieldPlugins() []connect.Plugin {
	return both("ExtractField", "Replaces a struct or map by the value of one of its fields.", extractFieldKeys,
		func(p smt.Part) connect.Transformation { return &extractField{part: p} })
}

func (x *extractField) Configure(props map[string]string) error {
	values, err := extractFieldKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.name, x.replaceNulls = values.String("field"), values.Bool(replaceNullKey)
	x.path, err = readFieldPath(values, x.name)
	return err
}

const extractPurpose = "field extraction"

func (x *extractField) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema, v := x.part.Of(r)
	if len(x.path) == 0 {
		return false, javafmt.NewException(javafmt.IllegalArgument, "The path of field is empty", nil)
	}
	if schema == nil {
		m, err := smt.RequireMapOrNull(v, extractPurpose)
		if err != nil {
			return false, err
		}
		out, err := x.path.inMap(m)
		if err != nil {
			return false, err
		}
		x.part.Set(r, nil, out)
		return true, nil
	}
	s, err := smt.RequireStructOrNull(v, extractPurpose)
	if err != nil {
		return false, err
	}
	f, ok, err := x.path.fieldIn(schema)
	if err != nil {
		return false, err
	}
	if !ok {
		return false, javafmt.NewException(javafmt.IllegalArgument, "Unknown field: "+x.name, nil)
	}
	out := data.Null
	if s != nil {
		if out, err = x.path.inStruct(r.Arena(), s, x.replaceNulls); err != nil {
			return false, err
		}
	}
	x.part.Set(r, f.Schema, out)
	return true, nil
}

func (x *extractField) Part() connect.Part { return x.part }

func (x *extractField) Fuse(p *fuse.Plan) bool {
	if len(x.path) != 1 {
		return false
	}
	if p.Object() != nil {
		p.SetSingle(nil, p.Entry(x.path[0]))
		return true
	}
	f, ok := p.Schema().Field(x.path[0])
	if ok {
		p.SetSingle(f.Schema, p.Read(f.Index, x.replaceNulls))
	}
	return ok
}

func (x *extractField) Close() error { return nil }
