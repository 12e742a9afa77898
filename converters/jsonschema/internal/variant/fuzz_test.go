package variant

import (
	"testing"

	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
)

// FuzzAppendJSON decodes any bytes; what it makes of them is JSON.
func FuzzAppendJSON(f *testing.F) {
	f.Add([]byte("\x01\x02\x00\x04\x07nameage"), []byte("\x02\x02\x01\x00\x00\x05\x0b\x14\x1e\x00\x00\x00\x15Alice"))
	f.Add([]byte("\x01\x00\x00"), []byte("\x03\x02\x00\x01\x02\x00\x04"))
	f.Fuzz(func(t *testing.T, metadata, value []byte) {
		out, err := AppendJSON(nil, metadata, value)
		if err != nil {
			return
		}
		if _, err := tree.Parse(out); err != nil && len(out) < 1<<20 {
			t.Errorf("%x, %x: %.100s: %v", metadata, value, out, err)
		}
	})
}
