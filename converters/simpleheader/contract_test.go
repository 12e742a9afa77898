package simpleheader

import (
	"testing"

	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

func TestHeaders(t *testing.T) {
	t.Parallel()
	p := Plugins()[0]
	connecttest.Plugin(t, p)
	c := p.NewHeaderConverter()
	if err := c.Configure(nil); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		text string
		want data.Value
	}{
		{"", data.String("")}, {"007", data.Int8(7)}, {"true", data.Bool(true)}, {"null", data.Null}, {"a\xff", data.String("a�")}, {"[1,2]", data.ListOf(data.Int8(1), data.Int8(2))},
	} {
		if _, v, err := c.ToConnectHeader(data.NewArena(), "t", "h", []byte(x.text)); err != nil || !v.Equal(x.want) {
			t.Errorf("%q: %s, %v", x.text, v, err)
		}
	}
	out, null, err := c.FromConnectHeader([]byte("x"), "t", "h", nil, data.String("a\xed\xa0\x80"))
	if err != nil || null || string(out) != "xa?" {
		t.Errorf("%q %v %v", out, null, err)
	}
}
