package debezium

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// fieldReference names a field of an envelope, or of a struct in it, to be added to records (add.fields, add.headers).
type fieldReference struct {
	// parent is the struct of the envelope that holds the field, "" for the envelope itself.
	parent, field string
	// name is what the field or header is called.
	name string
}

// fieldReferences reads a list such as op,source.ts_ms,lsn:position.
func fieldReferences(prefix, list string) ([]fieldReference, error) {
	if list == "" {
		return nil, nil
	}
	var out []fieldReference
	for _, item := range split(list, ",") {
		item = javafmt.Trim(item)
		parts := split(item, ":")
		if len(parts) == 0 {
			return nil, javafmt.NewException(javafmt.IndexOutOfBounds, "Index 0 out of bounds for length 0", nil)
		}
		steps := split(parts[0], ".")
		if len(steps) == 0 {
			return nil, javafmt.NewException(javafmt.IndexOutOfBounds, "Index 1 out of bounds for length 0", nil)
		}
		ref := fieldReference{field: steps[0]}
		if len(steps) == 1 {
			ref.parent, ref.name = parentOf(ref.field), prefix+ref.field
		} else {
			ref.parent, ref.field = steps[0], steps[1]
			ref.name = prefix + ref.parent + "_" + ref.field
		}
		switch len(parts) {
		case 1:
		case 2:
			ref.name = prefix + parts[1]
		default:
			return nil, javafmt.NewException(javafmt.IllegalArgument, "Unexpected field name: "+item, nil)
		}
		out = append(out, ref)
	}
	return out, nil
}

// parentOf returns the struct that holds a field given without one.
func parentOf(field string) string {
	switch field {
	case "id", "data_collection_order", "total_order":
		return transactionField
	case opField, "ts_ms", "ts_us", "ts_ns":
		return ""
	case updateDescriptionField:
		return updateDescriptionField
	}
	return sourceField
}

const updateDescriptionField = "updateDescription"

// resolvedReference is a reference within one envelope schema.
type resolvedReference struct {
	name   string
	schema *data.Schema
	// parent is the index of the struct that holds the field, -1 for the envelope.
	parent, field int
	// inEnvelope says that the field is in the envelope although its struct should hold it.
	inEnvelope bool
}

// resolve finds the references in an envelope schema. Those to a field that is neither in its struct nor in the envelope are left out.
func resolve(refs []fieldReference, envelope *data.Schema) ([]resolvedReference, error) {
	var out []resolvedReference
	for _, ref := range refs {
		r, ok, err := ref.resolve(envelope)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, r)
		}
	}
	return out, nil
}

func (ref *fieldReference) resolve(envelope *data.Schema) (r resolvedReference, ok bool, err error) {
	r = resolvedReference{name: ref.name, parent: -1}
	holder := envelope
	if ref.parent != "" {
		p, ok := envelope.Field(ref.parent)
		if !ok {
			return r, false, smt.NullPointer("The envelope has no field " + ref.parent)
		}
		if holder = p.Schema; holder.Kind() != data.StructKind {
			return r, false, smt.DataError("Cannot look up fields on non-struct type")
		}
		r.parent = p.Index
	}
	f, ok := holder.Field(ref.field)
	if !ok {
		if f, ok = envelope.Field(ref.field); !ok {
			return r, false, nil
		}
		// A field that another transformation put into the envelope itself; it is null where the struct is.
		r.inEnvelope = true
	}
	r.field = f.Index
	r.schema, err = basics(f.Schema).Optional().Build()
	return r, true, err
}

// value returns what the reference leads to, without defaults.
func (r *resolvedReference) value(envelope *data.Struct) (data.Value, error) {
	holder := envelope
	if r.parent >= 0 {
		var err error
		if holder, err = castStruct(envelope.At(r.parent)); err != nil || holder == nil {
			return data.Null, err
		}
	}
	if r.inEnvelope {
		return envelope.At(r.field), nil
	}
	return holder.At(r.field), nil
}
