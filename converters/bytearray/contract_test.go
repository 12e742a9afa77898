package bytearray

import (
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

func TestContract(t *testing.T) {
	t.Parallel()
	for _, p := range Plugins() {
		if p.Kind == connect.KindHeaderConverter {
			connecttest.Plugin(t, p)
			continue
		}
		connecttest.Converter(t, connecttest.ConverterCase{Plugin: p, Samples: []connecttest.Sample{
			{Schema: data.BytesSchema, Value: data.BytesOf([]byte{1, 2})}, {Value: data.BytesOf(nil)}, {Schema: data.OptionalBytesSchema, Value: data.Null},
		}})
	}
}
