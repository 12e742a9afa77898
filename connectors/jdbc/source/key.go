package source

import (
	"fmt"
	"strings"

	"github.com/moldau/moldau/connect/data"
)

// keyOf gives a shape the schema of its key, by moldau.record.key.
func (r *reader) keyOf(sh *shape) error {
	s := r.settings
	if s.recordKey == "none" {
		return nil
	}
	names := s.keyColumns
	if len(names) == 0 && r.table != nil {
		for _, c := range r.table.Columns {
			if c.Key {
				names = append(names, c.Name)
			}
		}
	}
	switch {
	case len(names) == 0:
		return fmt.Errorf("%s has no primary key: name the columns of the key by %s", r.name(), keyKeyColumns)
	case len(names) > 1 && s.recordKey == "value":
		return fmt.Errorf("%s has a key of several columns (%s): set %s=struct", r.name(), strings.Join(names, ", "), keyRecordKey)
	}
	var fields []data.Field
	for _, n := range names {
		at := -1
		for i := range sh.columns {
			if strings.EqualFold(sh.columns[i].Name, n) {
				at = i
			}
		}
		if at < 0 {
			return fmt.Errorf("%s has no column %s that could be read for the key, see %s", r.name(), n, keyKeyColumns)
		}
		sh.keys = append(sh.keys, at)
		fields = append(fields, data.Field{Name: sh.columns[at].Name, Schema: sh.columns[at].schema})
	}
	if s.recordKey == "value" {
		sh.key = fields[0].Schema
		return nil
	}
	name := ""
	if r.id.Name != "" {
		name = r.id.Name + "_key"
	}
	var err error
	sh.key, err = data.NewStructSchema(name, fields...).Build()
	return err
}

// keyFrom is the key of a row.
func (sh *shape) keyFrom(a *data.Arena, row *data.Struct) data.Value {
	if sh.key.Kind() != data.StructKind {
		return row.At(sh.keys[0])
	}
	b := a.Struct(sh.key)
	for i, from := range sh.keys {
		b.Copy(i, row.Row(), from)
	}
	return b.MustBuild().Value()
}
