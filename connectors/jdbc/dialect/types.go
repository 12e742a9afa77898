package dialect

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/data"
)

// Types are the types of new columns by the values they are for; "" where a database has none.
type Types struct {
	Database                        string // for messages
	Bool, Int8, Int16, Int32, Int64 string
	Float32, Float64                string
	Text, KeyText                   string // KeyText is that of texts in a key, where it differs
	Bytes                           string
	Decimal                         string // {scale} stands for the scale of the schema
	Date, Time, Timestamp, Stamp    string // Stamp is that of fields in timestamp.fields.list
	List                            string // what the type of the elements is followed by
}

// For returns the type of a column, as Writer.TypeFor does.
func (t *Types) For(f NewColumn) (string, error) {
	if f.Timestamp {
		return t.Stamp, nil
	}
	name := ""
	switch f.Schema.ValueKind() {
	case data.BoolKind:
		name = t.Bool
	case data.Int8Kind:
		name = t.Int8
	case data.Int16Kind:
		name = t.Int16
	case data.Int32Kind:
		name = t.Int32
	case data.Int64Kind:
		name = t.Int64
	case data.Float32Kind:
		name = t.Float32
	case data.Float64Kind:
		name = t.Float64
	case data.StringKind:
		name = t.Text
		if f.Key && t.KeyText != "" {
			name = t.KeyText
		}
	case data.BytesKind:
		name = t.Bytes
	case data.DecimalKind:
		name = t.Decimal
		if strings.Contains(name, "{scale}") {
			scale, err := data.DecimalScale(f.Schema)
			return strings.ReplaceAll(name, "{scale}", strconv.Itoa(int(scale))), err
		}
	case data.DateKind:
		name = t.Date
	case data.TimeKind:
		name = t.Time
	case data.TimestampKind:
		name = t.Timestamp
	case data.ListKind:
		if elem := f.Schema.Elem(); elem != nil && t.List != "" {
			inner, err := t.For(NewColumn{Name: f.Name, Schema: elem})
			return inner + t.List, err
		}
	}
	if name == "" {
		return "", f.Unsupported(t.Database)
	}
	return name, nil
}

// ArgOf returns a value that stands in no record, such as a default.
func ArgOf(v data.Value) Arg {
	a := Arg{Kind: v.Kind(), Value: v}
	if t, ok := v.Time(); ok {
		a.Time = t
	}
	return a
}

// Plain returns a value as most drivers take it: truth values and whole numbers as int64, decimals as texts. It is false for values that each
// database has in its own form: points in time and all that is composed of others.
func Plain(a Arg) (any, bool) {
	switch a.Kind {
	case data.NullKind:
		return nil, true
	case data.BoolKind:
		if b, _ := a.Value.Bool(); b {
			return int64(1), true
		}
		return int64(0), true
	case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
		n, _ := a.Value.Int64()
		return n, true
	case data.Float32Kind, data.Float64Kind:
		f, _ := a.Value.Float64()
		return f, true
	case data.StringKind:
		s, _ := a.Value.Text()
		return s, true
	case data.BytesKind:
		b, _ := a.Value.Bytes()
		if b == nil {
			b = []byte{} // nil would be null
		}
		return b, true
	case data.DecimalKind:
		d, _ := a.Value.Decimal()
		return d.PlainString(), true
	}
	return nil, false
}

// Literals say how DDL writes constants.
type Literals struct {
	Text            string // what a text begins with: ' or N'
	Backslash       bool   // a backslash in a text is written twice
	Bytes, BytesEnd string // what stands around hexadecimal digits
}

// Default implements Writer.Default by what Bind makes of the value; "" where that has no form in DDL.
func (l Literals) Default(bind func(Arg, *Column) (any, error), v data.Value) string {
	arg, err := bind(ArgOf(v), nil)
	if err != nil {
		return ""
	}
	switch x := arg.(type) {
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return ""
		}
		return strconv.FormatFloat(x, 'e', -1, 64)
	case string:
		if l.Backslash {
			x = strings.ReplaceAll(x, `\`, `\\`)
		}
		return l.Text + strings.ReplaceAll(x, "'", "''") + "'"
	case []byte:
		return l.Bytes + hex.EncodeToString(x) + l.BytesEnd
	}
	return ""
}
