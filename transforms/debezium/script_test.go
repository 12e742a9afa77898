package debezium

import (
	"math/big"
	"testing"

	"github.com/moldau/moldau/connect/data"
)

func TestExpressions(t *testing.T) {
	row := data.NewStructSchema("r",
		data.Field{Name: "id", Schema: data.Int32Schema}, data.Field{Name: "name", Schema: data.OptionalStringSchema},
		data.Field{Name: "balance", Schema: data.DecimalSchema(2)}, data.Field{Name: "tags", Schema: data.NewListSchema(data.StringSchema).MustBuild()},
		data.Field{Name: "at", Schema: data.TimestampSchema}, data.Field{Name: "m", Schema: data.NewMapSchema(data.StringSchema, data.Int64Schema).MustBuild()},
		data.Field{Name: "ratio", Schema: data.Float64Schema},
	).Optional().MustBuild()
	after := data.MustStruct(row, data.Int32(7), data.Null, data.DecimalOf(big.NewInt(1050), 2), data.ListOf(data.String("a"), data.String("b")),
		data.TimestampMillis(5), data.MapOf(data.String("k"), data.Int64(3)), data.Float64(0.5)).Value()
	for source, want := range map[string]any{
		"value.after.id == 7":                                           true,
		"value.after.id == 7.0":                                         true,
		"value.after.id != 7":                                           false,
		"value.after.balance > 10":                                      true,
		"value.after.balance == 10.5":                                   true,
		"value.after.balance < 10.49":                                   false,
		"value.after.name == null":                                      true,
		"value.after.name > 'a'":                                        false,
		"null == value.before":                                          true,
		"value.before?.id == 7":                                         false,
		"value.before?.id ?? 5":                                         5,
		"'b' in value.after.tags":                                       true,
		"value.after.tags.contains('c')":                                false,
		"value.after.tags.size()":                                       int64(2),
		"value.after.tags[1]":                                           "b",
		"value.after.tags[-1]":                                          "b",
		"value.after.tags[9] == null":                                   true,
		"value.after.m.k + 1":                                           int64(4),
		"value.after.m.containsKey('x')":                                false,
		"value.after.ratio * 2":                                         1.0,
		"value.after.at == value.after.at":                              true,
		"topic.startsWith('s.') && !topic.endsWith('x')":                true,
		"topic.toUpperCase() + '_' + value.op":                          "S.T_u",
		"topic.substring(2)":                                            "t",
		"topic.matches('[a-z]\\\\.(?=t).')":                             true,
		"header.h.value == 'x' && header.nope == null":                  true,
		"keySchema.field('id').schema().type()":                         "INT32",
		"valueSchema.name() == 's.t.Envelope'":                          true,
		"keySchema.field('nope') != null":                               false,
		"value.op in ['c', 'u'] ? 'changes' : value.op == 'd' ? 'x':''": "changes",
	} {
		s, err := compileScript(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		got, err := s.eval(event(row, "u", data.Null, after)())
		if err != nil || got != want {
			t.Errorf("%s: want %v, got %v (%T), error %v", source, want, got, got, err)
		}
	}
	for _, source := range []string{"value.nope == 1", "value.before.id", "topic.nope", "value.op && value.op == 'u'", "value.after.id < 'a'", "value.after.name.length()"} {
		s, err := compileScript(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got, err := s.eval(event(row, "u", data.Null, after)()); err == nil {
			t.Errorf("%s: want an error, got %v", source, got)
		}
	}
}
