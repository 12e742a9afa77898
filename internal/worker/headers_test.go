package worker

import (
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// A converter that says by a header which schema it used writes bytes; the header converter must not turn them into text.
func TestHeadersOfConvertersAreSentAsTheyAre(t *testing.T) {
	guid := []byte{1, 0xff, 0x80}
	got := appendRaw(nil, []connect.Header{{Key: "guid", Value: data.BytesOf(guid)}, {Key: "none"}, {Key: "text", Value: data.String("x")}})
	if len(got) != 3 || string(got[0].Value) != string(guid) || got[1].Value != nil || string(got[2].Value) != "x" {
		t.Errorf("got %v", got)
	}
	guid[0] = 9
	if got[0].Value[0] != 1 {
		t.Error("the header shares memory with the converter")
	}
}
