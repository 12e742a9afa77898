package debezium

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/jsontext"
)

// Convert returns how values of a schema, which are not null, become arguments; nil where they are taken as they are.
func (t Types) Convert(s *data.Schema) func(data.Value) (dialect.Arg, error) {
	switch s.Name() {
	case date:
		return whole(func(n int64) dialect.Arg { return stamp(data.DateKind, time.Unix(n*86400, 0)) })
	case timeMillis:
		return t.clock(time.Millisecond)
	case timeMicros:
		return t.clock(time.Microsecond)
	case timeNanos:
		return t.clock(time.Nanosecond)
	case stampMillis:
		return whole(func(n int64) dialect.Arg { return stamp(data.TimestampKind, time.UnixMilli(n)) })
	case stampMicros:
		return whole(func(n int64) dialect.Arg { return stamp(data.TimestampKind, time.UnixMicro(n)) })
	case stampNanos:
		return whole(func(n int64) dialect.Arg { return stamp(data.TimestampKind, time.Unix(0, n)) })
	case zonedTime:
		return t.zonedTime
	case zonedStamp:
		return t.zonedStamp
	case duration:
		if t.product == postgreSQL {
			return whole(func(n int64) dialect.Arg { return text(fmt.Sprintf("%d microseconds", n)) })
		}
	case bits:
		return t.bits(number(s, bitsLength))
	case variableScale:
		return variable
	case point, geometry, geography, circle:
		return t.shape(s)
	case floatVector, doubleVector:
		return func(v data.Value) (dialect.Arg, error) {
			out := []byte{'['}
			for i, x := range v.List().All() {
				if i > 0 {
					out = append(out, ',')
				}
				out = x.AppendString(out)
			}
			return text(string(append(out, ']'))), nil
		}
	case sparseVector:
		return sparse
	case json:
		if t.product == postgreSQL && within(param(s, sourceType), "HSTORE") {
			return func(v data.Value) (dialect.Arg, error) {
				x, _ := v.Text()
				h, err := hstoreOfJSON(x)
				return text(h), err
			}
		}
	}
	switch {
	case t.product == postgreSQL && s.Kind() == data.MapKind:
		return hstore
	case s.Kind() == data.MapKind:
		return JSON
	case t.product == postgreSQL && s.Kind() == data.ListKind && s.Elem() != nil && s.Elem().Name() == variableScale:
		return decimals
	case t.product == mySQL && s.Kind() == data.Int64Kind && strings.Contains(strings.ToUpper(param(s, sourceType)), "UNSIGNED"):
		return whole(func(n int64) dialect.Arg { return decimalArg(new(big.Int).SetUint64(uint64(n)), 0) })
	case t.product == postgreSQL && within(param(s, sourceType), "INT4RANGE", "INT8RANGE", "NUMRANGE", "TSRANGE", "TSTZRANGE", "DATERANGE") && s.Kind() == data.StringKind:
		return func(v data.Value) (dialect.Arg, error) {
			x, _ := v.Text()
			return text(strings.ReplaceAll(x, `"`, "")), nil
		}
	}
	return nil
}

// JSON converts values to their text in JSON.
func JSON(v data.Value) (dialect.Arg, error) {
	b, err := jsontext.Append(nil, v)
	return text(string(b)), err
}

func text(s string) dialect.Arg { return dialect.Arg{Kind: data.StringKind, Value: data.String(s)} }

func stamp(k data.Kind, at time.Time) dialect.Arg { return dialect.Arg{Kind: k, Time: at.UTC()} }

func decimalArg(unscaled *big.Int, scale int32) dialect.Arg {
	return dialect.Arg{Kind: data.DecimalKind, Value: data.DecimalOf(unscaled, scale)}
}

// whole converts integers.
func whole(f func(int64) dialect.Arg) func(data.Value) (dialect.Arg, error) {
	return func(v data.Value) (dialect.Arg, error) {
		n, ok := v.Int64()
		if !ok {
			return dialect.Arg{}, fmt.Errorf("a value of type %s is no number", v.Kind())
		}
		return f(n), nil
	}
}

// clock converts times of day. PostgreSQL's also know the end of the day (PostgresTimeBoundary).
func (t Types) clock(unit time.Duration) func(data.Value) (dialect.Arg, error) {
	return func(v data.Value) (dialect.Arg, error) {
		n, ok := v.Int64()
		if !ok {
			return dialect.Arg{}, fmt.Errorf("a value of type %s is no time of day", v.Kind())
		}
		day := int64(24 * time.Hour / unit)
		switch {
		case n == day && t.product == postgreSQL:
			return text("24:00:00"), nil
		case n < 0 || n >= day:
			return dialect.Arg{}, fmt.Errorf("%d is no time of a day, which begins with 0 and ends before %d", n, day)
		}
		return stamp(data.TimeKind, time.Unix(0, n*int64(unit))), nil
	}
}

// zonedTime converts times of day with a zone. Where the column has one it stays; elsewhere the time is that of use.time.zone.
func (t Types) zonedTime(v data.Value) (dialect.Arg, error) {
	x, _ := v.Text()
	if t.product == postgreSQL {
		return text(x), nil
	}
	at, err := time.Parse("15:04:05.999999999Z07:00", x)
	if err != nil {
		return dialect.Arg{}, fmt.Errorf("%q is no time of day with a zone, as in 10:15:30+01:00", x)
	}
	now := time.Now().In(t.zone)
	at = time.Date(now.Year(), now.Month(), now.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), at.Location())
	return dialect.Arg{Kind: data.TimeKind, Time: at.In(t.zone)}, nil
}

func (t Types) zonedStamp(v data.Value) (dialect.Arg, error) {
	x, _ := v.Text()
	switch {
	case (x == "infinity" || x == "-infinity") && t.product == postgreSQL:
		return text(x), nil
	case x == "infinity":
		x = map[product]string{mySQL: "2038-01-19T03:14:07Z"}[t.product]
		if x == "" {
			x = "9999-12-31T23:59:59Z"
		}
	case x == "-infinity":
		x = map[product]string{mySQL: "1970-01-01T00:00:01Z"}[t.product]
		if x == "" {
			x = "0001-01-01T00:00:00Z"
		}
	}
	at, err := time.Parse(time.RFC3339Nano, x)
	if err != nil {
		return dialect.Arg{}, fmt.Errorf("%q is no point in time with a zone, as in 2024-05-01T12:30:00.123456Z", x)
	}
	return dialect.Arg{Kind: data.TimestampKind, Time: at.In(t.zone)}, nil
}

// bits converts bits, which Debezium sends with the least byte first.
func (t Types) bits(length int) func(data.Value) (dialect.Arg, error) {
	return func(v data.Value) (dialect.Arg, error) {
		b, ok := v.Bytes()
		if !ok {
			return dialect.Arg{}, fmt.Errorf("a value of type %s is no bits", v.Kind())
		}
		n := new(big.Int)
		for i := len(b) - 1; i >= 0; i-- {
			n.Lsh(n, 8).Or(n, big.NewInt(int64(b[i])))
		}
		if length > 0 && length < unboundedBits && n.BitLen() > length {
			n.And(n, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(length)), big.NewInt(1))) // BitSet.get stops there
		}
		switch t.product {
		case postgreSQL:
			s := ""
			if n.Sign() != 0 {
				s = n.Text(2)
			}
			if length > 0 && length < unboundedBits {
				s = strings.Repeat("0", length-len(s)) + s
			}
			return text(s), nil
		case sqlServer:
			if length <= 1 {
				return dialect.Arg{Kind: data.BoolKind, Value: data.Bool(n.Sign() != 0)}, nil
			}
		}
		out := n.Bytes()
		if len(out) == 0 {
			out = []byte{0}
		}
		return dialect.Arg{Kind: data.BytesKind, Value: data.BytesOf(out)}, nil
	}
}

// unscaled returns what VariableScaleDecimal holds.
func unscaled(v data.Value) (data.Value, error) {
	s := v.Struct()
	scale, ok := s.Field("scale").Int64()
	b, isBytes := s.Field("value").Bytes()
	if !ok || !isBytes {
		return data.Null, errors.New("a VariableScaleDecimal without scale or value")
	}
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(b))*8))
	}
	return data.DecimalOf(n, int32(scale)), nil
}

func variable(v data.Value) (dialect.Arg, error) {
	d, err := unscaled(v)
	return dialect.Arg{Kind: data.DecimalKind, Value: d}, err
}

func decimals(v data.Value) (dialect.Arg, error) {
	var out []byte
	for i, x := range v.List().All() {
		if i > 0 {
			out = append(out, ',')
		}
		if x.IsNull() {
			out = append(out, "NULL"...)
			continue
		}
		d, err := unscaled(x)
		if err != nil {
			return dialect.Arg{}, err
		}
		n, _ := d.Decimal()
		out = append(out, n.PlainString()...)
	}
	return text("{" + string(out) + "}"), nil
}

func sparse(v data.Value) (dialect.Arg, error) {
	s := v.Struct()
	dimensions, ok := s.Field("dimensions").Int64()
	if !ok {
		return dialect.Arg{}, errors.New("a SparseDoubleVector without dimensions")
	}
	var parts []string
	for k, x := range s.Field("vector").Map().All() {
		parts = append(parts, k.String()+":"+x.String())
	}
	return text("{" + strings.Join(parts, ",") + "}/" + strconv.FormatInt(dimensions, 10)), nil
}

// shape converts geometries.
func (t Types) shape(s *data.Schema) func(data.Value) (dialect.Arg, error) {
	native := strings.ToLower(param(s, sourceType))
	return func(v data.Value) (dialect.Arg, error) {
		g := v.Struct()
		switch {
		case t.product == postgreSQL && s.Name() == point:
			return text("(" + float(g.Field("x")) + "," + float(g.Field("y")) + ")"), nil
		case t.product == postgreSQL && s.Name() == circle:
			c := g.Field("center").Struct()
			if c == nil {
				return dialect.Arg{}, errors.New("a Circle without center")
			}
			return text("<(" + float(c.Field("x")) + "," + float(c.Field("y")) + ")," + float(g.Field("radius")) + ">"), nil
		}
		wkb, ok := g.Field("wkb").Bytes()
		if !ok {
			return dialect.Arg{}, fmt.Errorf("a %s without wkb", s.Name())
		}
		srid, _ := g.Field("srid").Int64()
		if t.product == postgreSQL && within(native, "box", "lseg", "path", "polygon") {
			shape, err := nativeShape(native, wkb, g)
			return text(shape), err
		}
		body, extended, err := withoutSRID(wkb)
		if err != nil {
			return dialect.Arg{}, err
		}
		if srid == 0 {
			srid = int64(extended)
		}
		switch t.product {
		case postgreSQL: // PostGIS reads its columns from the hexadecimal form with SRID
			return text(hex.EncodeToString(withSRID(body, uint32(srid)))), nil
		case mySQL: // its columns are the SRID and the plain form
			return dialect.Arg{Kind: data.BytesKind, Value: data.BytesOf(append(binary.LittleEndian.AppendUint32(nil, uint32(srid)), body...))}, nil
		case other:
			return text(hex.EncodeToString(withSRID(body, uint32(srid)))), nil
		}
		return dialect.Arg{}, fmt.Errorf("a %s cannot be written to %s", s.Name(), t.d.Name())
	}
}

func float(v data.Value) string {
	f, _ := v.Float64()
	if math.IsNaN(f) {
		return "NaN"
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}
