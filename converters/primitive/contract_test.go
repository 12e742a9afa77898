package primitive

import (
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

func TestContract(t *testing.T) {
	t.Parallel()
	samples := map[string]data.Value{
		"Boolean": data.Bool(true), "Short": data.Int16(-300), "Integer": data.Int32(-70000), "Long": data.Int64(-1 << 60),
		"Float": data.Float32(-1.5), "Double": data.Float64(1e-300),
	}
	plugins := Plugins()
	if len(plugins) != 2*len(samples) {
		t.Fatalf("%d plugins", len(plugins))
	}
	for _, p := range plugins {
		if p.Kind == connect.KindHeaderConverter {
			connecttest.Plugin(t, p)
			continue
		}
		name := strings.TrimSuffix(strings.TrimPrefix(p.Class, folder), "Converter")
		v := samples[name]
		connecttest.Converter(t, connecttest.ConverterCase{Plugin: p, Samples: []connecttest.Sample{{Schema: data.SchemaOfKind(v.Kind()), Value: v}, {Value: v}}})
	}
}
