package data

import (
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/moldau/moldau/internal/javafmt"
)

func TestValueIsThreeWords(t *testing.T) {
	if n := unsafe.Sizeof(Value{}); n != 24 {
		t.Errorf("a Value has %d bytes", n)
	}
	// More than four fields would keep the compiler from holding a Value in registers.
	if n := reflect.TypeFor[Value]().NumField(); n > 4 {
		t.Errorf("a Value has %d fields", n)
	}
}

// samples are values of every kind.
func samples() []Value {
	big1 := new(big.Int).Lsh(big.NewInt(-3), 100)
	s := NewStructSchema("s", Field{Name: "a", Schema: OptionalStringSchema}, Field{Name: "b", Schema: OptionalBytesSchema}).MustBuild()
	return []Value{
		Null, Bool(true), Bool(false), Int8(-1), Int16(-300), Int32(70000), Int64(math.MinInt64), Float32(1.5), Float64(-0.25), Float64(math.NaN()),
		String(""), String("text"), BytesOf(nil), BytesOf([]byte{1, 2}), BufferOf(&Buffer{Array: []byte{1, 2, 3}, Pos: 1, Limit: 2}),
		SmallDecimal(-125, 2), DecimalOf(big1, 3), DateMillis(86400000), TimeMillis(1), TimestampMillis(-1),
		ListOf(), ListOf(Int32(1), String("x"), Null, ListOf(String("y"))),
		MapOf(), MapOf(String("k"), Int32(1), String("l"), Null), MapOf(Int32(1), String("a"), Null, String("b")),
		MustStruct(s, String("x"), Null).Value(), ForeignOf(&Foreign{Class: "java.lang.Character", Text: "c"}),
	}
}

func TestEqualAndDetach(t *testing.T) {
	for i, v := range samples() {
		for j, w := range samples() {
			if got := v.Equal(w); got != (i == j) {
				t.Errorf("%v equal %v: %v", v, w, got)
			}
			if v.Equal(w) && v.JavaHash() != w.JavaHash() {
				t.Errorf("equal values %v have different hashes", v)
			}
		}
		if d := v.Detach(); !d.Equal(v) || d.String() != v.String() {
			t.Errorf("detached %v is %v", v, d)
		}
		l := ListOf(v, v)
		if got := l.List().At(1); !got.Equal(v) {
			t.Errorf("%v in a list is %v", v, got)
		}
	}
}

func TestAccessorsDoNotConvert(t *testing.T) {
	for _, v := range samples() {
		k := v.Kind()
		_, isBool := v.Bool()
		_, isInt := v.Int64()
		_, isFloat := v.Float64()
		_, isText := v.Text()
		_, isBytes := v.Bytes()
		_, isDecimal := v.Decimal()
		_, isTime := v.Time()
		got := []bool{isBool, isInt, isFloat, isText, isBytes, isDecimal, isTime, v.Struct() != nil, v.Map() != nil, v.List() != nil}
		want := []bool{k == BoolKind, k >= Int8Kind && k <= Int64Kind, k == Float32Kind || k == Float64Kind, k == StringKind, k == BytesKind,
			k == DecimalKind, k.IsTemporal(), k == StructKind, k == MapKind, k == ListKind}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%v: %v, want %v", v, got, want)
		}
	}
	if f := Null.Struct().Field("a").Map().Field("b").List(); f.Len() != 0 {
		t.Error("methods of nil give nulls")
	}
}

func TestEqualAsJava(t *testing.T) {
	for _, c := range []struct {
		a, b Value
		want bool
	}{
		{Int32(1), Int64(1), false},
		{Float64(0), Float64(math.Copysign(0, -1)), false},
		{Float32(float32(math.NaN())), Float32(math.Float32frombits(0x7fc00001)), true},
		{SmallDecimal(10, 1), SmallDecimal(100, 2), false},
		{DateMillis(0), TimestampMillis(0), true},
		{MapOf(String("a"), Int8(1), String("b"), Int8(2)), MapOf(String("b"), Int8(2), String("a"), Int8(1)), true},
		{BytesOf([]byte{1}), BufferOf(&Buffer{Array: []byte{1}, Limit: 1}), false},
	} {
		if got := c.a.Equal(c.b); got != c.want {
			t.Errorf("%v equal %v: %v", c.a, c.b, got)
		}
	}
}

func TestString(t *testing.T) {
	for _, c := range []struct {
		v    Value
		want string
	}{
		{Null, "null"}, {Float64(1e7), "1.0E7"}, {SmallDecimal(-5, 3), "-0.005"}, {SmallDecimal(5, -3), "5E+3"}, {SmallDecimal(1, 7), "1E-7"},
		{ListOf(Int8(1), Null), "[1, null]"},
		// The order of a HashMap: ValueToKey makes it with two buckets, JsonConverter with sixteen.
		{MapOf(String("customer_id"), Int8(2), String("id"), Int8(1)), "{id=1, customer_id=2}"},
	} {
		if got := c.v.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	b := NewArena().Map(2)
	b.JavaHashMap(2)
	b.Set("id", Int8(1))
	b.Set("customer_id", Int8(2))
	if got := b.Build().Value().String(); got != "{customer_id=2, id=1}" {
		t.Error(got)
	}
	if got := BytesOf([]byte("x")).String(); !strings.HasPrefix(got, "[B@") {
		t.Error(got)
	}
}

func TestDecimalText(t *testing.T) {
	for _, unscaled := range []int64{0, 1, -1, 12, -123, 9999999, math.MaxInt64, math.MinInt64} {
		for scale := int32(-30); scale <= 30; scale++ {
			d, _ := SmallDecimal(unscaled, scale).Decimal()
			if got, want := d.String(), (javafmt.Decimal{Unscaled: big.NewInt(unscaled), Scale: scale}).String(); got != want {
				t.Errorf("%d, scale %d: %q, want %q", unscaled, scale, got, want)
			}
			if got := DecimalFromTwosComplement(AppendTwosComplement(nil, d), scale); !got.Equal(d) {
				t.Errorf("%v through bytes is %v", d, got)
			}
			if parsed, err := ParseDecimal(d.String()); err != nil || parsed.Cmp(d) != 0 {
				t.Errorf("%v parsed is %v, %v", d, parsed, err)
			}
		}
	}
	for _, bits := range []uint{63, 64, 65, 128} {
		for _, x := range []int64{1, -1, 3, -3} {
			d := NewDecimal(new(big.Int).Lsh(big.NewInt(x), bits), 1)
			if got := DecimalFromTwosComplement(AppendTwosComplement(nil, d), 1); !got.Equal(d) {
				t.Errorf("%v through bytes is %v", d, got)
			}
		}
	}
}

func TestDates(t *testing.T) {
	at := time.Date(1969, 12, 31, 23, 59, 59, 999_500_000, time.UTC)
	for _, c := range []struct {
		v    Value
		want int64
	}{{DateOf(at), -86400000}, {TimeOf(at), 86399999}, {TimestampOf(at), -1}} {
		if got, _ := c.v.Millis(); got != c.want {
			t.Errorf("%v: %d, want %d", c.v.Kind(), got, c.want)
		}
	}
}
