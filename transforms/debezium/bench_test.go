package debezium

import (
	"testing"

	"github.com/moldau/moldau/connect/data"
)

// BenchmarkExtractNewRecordState unwraps one event over and over, with two fields added.
func BenchmarkExtractNewRecordState(b *testing.B) {
	row := data.MustStruct(testRow, data.Int32(1), data.String("Anna")).Value()
	x := new(extractNewRecordState)
	if err := x.Configure(map[string]string{"add.fields": "op,source.ts_ms"}); err != nil {
		b.Fatal(err)
	}
	r := event(testRow, "u", row, row)()
	schema, v, arena := r.ValueSchema(), r.Value(), r.Arena()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%1000 == 0 {
			arena.Reset()
		}
		r.SetValue(schema, v)
		if _, err := x.Apply(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFilter asks a condition of one event over and over.
func BenchmarkFilter(b *testing.B) {
	row := data.MustStruct(testRow, data.Int32(1), data.String("Anna")).Value()
	x := new(filter)
	if err := x.Configure(map[string]string{"language": "jsr223.groovy", "condition": "value.op == 'u' && value.after.id == 1"}); err != nil {
		b.Fatal(err)
	}
	r := event(testRow, "u", row, row)()
	b.ReportAllocs()
	for b.Loop() {
		if kept, err := x.Apply(b.Context(), r); err != nil || !kept {
			b.Fatal(kept, err)
		}
	}
}
