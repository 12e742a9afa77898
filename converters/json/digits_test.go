package json

import (
	"encoding/base64"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/moldau/moldau/connect/data"
)

// TestDigits compares what is written in place with what the standard library makes of it, around each power and at random.
func TestDigits(t *testing.T) {
	t.Parallel()
	check := func(v int64) {
		var b [mostOfInteger]byte
		if got, want := string(b[:putInteger(b[:], 0, v)]), strconv.FormatInt(v, 10); got != want {
			t.Fatalf("%d is written %s", v, got)
		}
		var d [mostOfDecimal]byte
		want := `"` + base64.StdEncoding.EncodeToString(data.AppendTwosComplement(nil, mustDecimal(v))) + `"`
		if got := string(d[:putDecimal(d[:], 0, v)]); got != want {
			t.Fatalf("the decimal %d is written %s instead of %s", v, got, want)
		}
	}
	for _, v := range []int64{math.MinInt64, math.MaxInt64} {
		check(v)
	}
	for power := int64(1); power > 0 && power <= math.MaxInt64/10; power *= 10 {
		for d := int64(-2); d <= 2; d++ {
			check(power + d)
			check(-power - d)
		}
	}
	for bit := range 63 {
		for d := int64(-2); d <= 2; d++ {
			check(1<<bit + d)
			check(-1<<bit + d)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		check(int64(r.Uint64()) >> r.IntN(64))
	}
}

func mustDecimal(v int64) data.Decimal {
	d, _ := data.SmallDecimal(v, 2).Decimal()
	return d
}

// TestFieldsOutgrow writes fields into outputs of any capacity: what does not fit moves, and nothing behind the output is touched before it is written.
func TestFieldsOutgrow(t *testing.T) {
	t.Parallel()
	long := "a name that is longer than what is copied at once"
	schema := data.NewStructSchema("s", data.Field{Name: "n", Schema: data.Int64Schema}, data.Field{Name: long, Schema: data.StringSchema.AsOptional(true)},
		data.Field{Name: "t", Schema: data.StringSchema}, data.Field{Name: "f", Schema: data.Float64Schema}, data.Field{Name: "d", Schema: data.DecimalSchema(2)}).MustBuild()
	for _, text := range []string{"", "a", "abc", "12345678", "123456789", "\"", "abcd\"", "1234567\n", "ä", "text of some length with a \\ in it, and more behind", string(make([]byte, 3))} {
		b := data.NewArena().Struct(schema)
		b.Int64(0, math.MinInt64).Text(2, text).Float64(3, -2.2250738585072014e-308).Set(4, data.SmallDecimal(math.MinInt64, 2))
		if len(text) > 1 {
			b.Text(1, text)
		}
		v := b.MustBuild().Value()
		c := newConverter(t, "schemas.enable", "false")
		want, _, err := c.FromConnect(nil, "t", nil, schema, v)
		if err != nil {
			t.Fatal(err)
		}
		for size := range len(want) + 80 {
			dst := append(make([]byte, 0, size+4), "head"...)
			got, _, err := c.FromConnect(dst, "t", nil, schema, v)
			if err != nil || string(got) != "head"+string(want) {
				t.Fatalf("%q with room for %d: %s, %v", text, size, got, err)
			}
		}
		if back, value, err := c.ToConnect(data.NewArena(), "t", nil, want); err != nil || back != nil || value.Map().Field("t").IsNull() {
			t.Fatalf("%s does not read back: %v", want, err)
		} else if s, _ := value.Map().Field("t").Text(); s != text {
			t.Fatalf("%q reads back as %q", text, s)
		}
	}
}
