package debezium

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// dropFields removes the fields that a header of the record lists.
type dropFields struct {
	header                string
	fromKey, onlyOptional bool
	// replacers holds ReplaceField by part of the record and by the names to drop: records of a stream name few combinations.
	replacers map[string]connect.Transformation
}

// mostReplacers bounds how many combinations of names are remembered.
const mostReplacers = 64

// wanted reports whether the record has a list of fields to drop.
func (d *dropFields) wanted(r *connect.Record) bool {
	if isBlank(d.header) {
		return false
	}
	h, ok := firstHeader(&r.Headers, d.header)
	return ok && !h.Value.IsNull()
}

func firstHeader(h *connect.Headers, name string) (connect.Header, bool) {
	for _, x := range h.All() {
		if x.Key == name {
			return x, true
		}
	}
	return connect.Header{}, false
}

// apply drops the fields from the value, and from the key where that is asked for.
func (d *dropFields) apply(ctx context.Context, r *connect.Record) error {
	if !d.wanted(r) {
		return nil
	}
	h, _ := firstHeader(&r.Headers, d.header)
	list := h.Value.List()
	if list == nil {
		return smt.CastError(h.Value, "java.util.List")
	}
	if list.Len() == 0 {
		return nil
	}
	names := make([]string, 0, list.Len())
	for _, v := range list.All() {
		names = append(names, v.String())
	}
	if d.fromKey && !r.Key().IsNull() {
		if err := d.replace(ctx, r, "$Key", r.KeySchema(), names); err != nil {
			return err
		}
	}
	return d.replace(ctx, r, "$Value", r.ValueSchema(), names)
}

func (d *dropFields) replace(ctx context.Context, r *connect.Record, part string, schema *data.Schema, names []string) error {
	if d.onlyOptional {
		if schema == nil {
			return smt.NullPointer("There is no schema to drop fields from")
		}
		if schema.Kind() != data.StructKind {
			return smt.DataError("Cannot list fields on non-struct type")
		}
		var optional []string
		for _, f := range schema.Fields() {
			if f.Schema.Optional() && slices.Contains(names, f.Name) {
				optional = append(optional, f.Name)
			}
		}
		names = optional
	}
	if len(names) == 0 {
		return nil
	}
	x, err := d.replacer(part, strings.Join(names, ","))
	if err != nil {
		return err
	}
	_, err = x.Apply(ctx, r)
	return err
}

func (d *dropFields) replacer(part, names string) (connect.Transformation, error) {
	key := part + " " + names
	if x, ok := d.replacers[key]; ok {
		return x, nil
	}
	x, err := apache("ReplaceField"+part, map[string]string{"exclude": names})
	if err != nil {
		return nil, err
	}
	if d.replacers == nil || len(d.replacers) >= mostReplacers {
		if err := d.close(); err != nil {
			return nil, err
		}
		d.replacers = map[string]connect.Transformation{}
	}
	d.replacers[key] = x
	return x, nil
}

func (d *dropFields) close() error {
	var all []error
	for _, x := range d.replacers {
		all = append(all, x.Close())
	}
	return errors.Join(all...)
}
