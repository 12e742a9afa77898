package jcustenborder

import (
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

func TestContracts(t *testing.T) {
	inner := data.NewStructSchema("inner", data.Field{Name: "state", Schema: data.StringSchema}).Optional().MustBuild()
	schema := data.NewStructSchema("outer", data.Field{Name: "first_name", Schema: data.OptionalStringSchema}, data.Field{Name: "blob", Schema: data.BytesSchema},
		data.Field{Name: "at", Schema: data.Int64Schema}, data.Field{Name: "address", Schema: inner}).MustBuild()
	whole := data.MustStruct(schema, data.String("Anne"), data.BytesOf([]byte("hi")), data.Int64(5), data.MustStruct(inner, data.String("TX")).Value())
	record := func(s *data.Schema, v data.Value) func() *connect.Record {
		return func() *connect.Record {
			r := connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 1}).Add("first_topic")
			r.SetKey(s, v)
			r.SetValue(s, v)
			return r
		}
	}
	records := []func() *connect.Record{record(schema, whole.Value()), record(nil, data.MapOf(data.String("at"), data.Int64(1))), record(nil, data.Null)}
	props := map[string]map[string]string{
		"BytesToString":      {"fields": "blob"},
		"ChangeCase":         {"from": "LOWER_UNDERSCORE", "to": "UPPER_CAMEL"},
		"ChangeTopicCase":    {"from": "LOWER_UNDERSCORE", "to": "LOWER_CAMEL"},
		"ExtractNestedField": {"input.outer.field.name": "address", "input.inner.field.name": "state", "output.field.name": "state"},
		"ExtractTimestamp":   {"field.name": "at"},
		"PatternRename":      {"field.pattern": "_(.)", "field.replacement": "$1"},
		"ToJSON":             {},
	}
	for _, p := range Plugins() {
		name := strings.TrimPrefix(p.Class, classPrefix)
		t.Run(name, func(t *testing.T) {
			base, _, _ := strings.Cut(name, "$")
			c, ok := props[base]
			if !ok {
				t.Fatal("there is no case")
			}
			connecttest.Transformation(t, connecttest.TransformationCase{Plugin: p, Props: c, Records: records})
		})
	}
}
