package jsonschema

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/jsonschema/internal/everit"
	"github.com/moldau/moldau/internal/javafmt"
)

// variantOf is a draft as one of the schemas it becomes: those who refer to it decide whether it is optional, and it has an id for them.
type variantOf struct {
	draft    *draft
	optional bool
	named    bool
}

// draftBuilder makes schemas of drafts.
type draftBuilder struct {
	*Data
	done map[variantOf]*data.Schema
	// selves are the schemas that contain themselves and were begun.
	selves map[variantOf]*data.Schema
}

func (b *draftBuilder) build(d *draft) (*data.Schema, error) {
	key := variantOf{d, d.optional, d.named}
	if d.ref != nil {
		key = variantOf{d.ref, d.optional, true}
	}
	if s := b.done[key]; s != nil {
		return s, nil
	}
	if s := b.selves[key]; s != nil {
		return s, nil
	}
	var s *data.Schema
	var err error
	if d = key.draft; d.referredTo && d.reaches(d, map[*draft]bool{}) {
		var buildErr error
		s, buildErr = data.Recursive(func(self *data.Schema) *data.SchemaBuilder {
			b.selves[key] = self
			var x *data.SchemaBuilder
			if x, err = b.builder(key, true); err != nil {
				x = data.NewSchema(data.StructKind)
			}
			return x
		})
		if err == nil {
			err = buildErr
		}
		delete(b.selves, key)
	} else {
		var x *data.SchemaBuilder
		if x, err = b.builder(key, false); err == nil {
			s, err = x.Build()
		}
	}
	if err != nil {
		return nil, err
	}
	b.done[key] = s
	return s, nil
}

// reaches reports whether another draft is inside this one.
func (d *draft) reaches(to *draft, seen map[*draft]bool) bool {
	step := func(x *draft) bool {
		if x == nil {
			return false
		}
		if x.ref != nil {
			x = x.ref
		}
		return x == to || x.reaches(to, seen)
	}
	if seen[d] {
		return false
	}
	seen[d] = true
	for _, f := range d.fields {
		if step(f.of) {
			return true
		}
	}
	return step(d.key) || step(d.elem)
}

func (b *draftBuilder) builder(key variantOf, recursive bool) (*data.SchemaBuilder, error) {
	d := key.draft
	x, err := b.inside(d)
	if err != nil {
		return nil, err
	}
	if d.hasName {
		x.Name(d.name)
	}
	if d.version != nil {
		x.Version(*d.version)
	}
	if d.doc != nil {
		x.Doc(*d.doc)
	}
	params := d.params
	if d.id != "" && key.named {
		params = append(params[:len(params):len(params)], Param{Key: idParam, Value: d.id})
		if !d.named {
			params = everit.HashOrder(params, javafmt.DefaultCapacity)
		}
	}
	for _, p := range params {
		x.Param(p.Key, p.Value)
	}
	if x.Err() != nil {
		return nil, x.Err()
	}
	if d.def != nil && !recursive {
		if err := b.setDefault(x, d); err != nil {
			return nil, err
		}
	}
	if key.optional {
		x.Optional()
	}
	return x, x.Err()
}

func (b *draftBuilder) setDefault(x *data.SchemaBuilder, d *draft) error {
	plain, err := x.Build()
	if err != nil {
		return err
	}
	v, err := treeReader{Data: b.Data, arena: data.NewArena()}.convert(plain, d.def)
	if err != nil {
		return err
	}
	if !v.IsNull() {
		x.Default(v.Detach())
	}
	return x.Err()
}

// inside begins a schema with what it consists of.
func (b *draftBuilder) inside(d *draft) (*data.SchemaBuilder, error) {
	switch d.kind {
	case data.ListKind:
		elem, err := b.build(d.elem)
		if err != nil {
			return nil, err
		}
		return data.NewListSchema(elem), nil
	case data.MapKind:
		k, err := b.build(d.key)
		if err != nil {
			return nil, err
		}
		elem, err := b.build(d.elem)
		if err != nil {
			return nil, err
		}
		return data.NewMapSchema(k, elem), nil
	case data.StructKind:
		x := data.NewSchema(data.StructKind)
		for _, f := range d.fields {
			s, err := b.build(f.of)
			if err != nil {
				return nil, err
			}
			x.Field(f.name, s)
		}
		return x, nil
	}
	return data.NewSchema(d.kind), nil
}
