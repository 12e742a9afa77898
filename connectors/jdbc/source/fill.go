package source

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// filler fills the fields of one struct.
type filler struct {
	*settings
	b     data.StructBuilder
	bytes int
}

// integer reads a cell as an integer.
func integer(c *dialect.Cell) (int64, error) {
	if c.Form == dialect.Int {
		return c.Num, nil
	}
	switch x := c.Value.(type) {
	case nil:
		return parseInteger(c.Text)
	case int64:
		return x, nil
	case bool:
		if x {
			return 1, nil
		}
		return 0, nil
	case float64:
		if n := int64(x); float64(n) == x {
			return n, nil
		}
	case uint64:
		if x <= 1<<63-1 {
			return int64(x), nil
		}
	}
	return 0, fmt.Errorf("%v is no integer of 64 bits", c.String())
}

func parseInteger(text []byte) (int64, error) {
	if len(text) < 19 && len(text) > 0 { // cannot overflow
		n, digits := int64(0), text
		if text[0] == '-' {
			digits = text[1:]
		}
		for _, d := range digits {
			if d < '0' || d > '9' {
				return strconv.ParseInt(string(text), 10, 64)
			}
			n = n*10 + int64(d-'0')
		}
		if len(digits) > 0 {
			if text[0] == '-' {
				n = -n
			}
			return n, nil
		}
	}
	return strconv.ParseInt(string(text), 10, 64)
}

func fillInteger(f *filler, i int, c *column, cell *dialect.Cell) error {
	n, err := integer(cell)
	if err != nil {
		return err
	}
	f.bytes += 4
	switch c.schema.Kind() {
	case data.Int8Kind:
		if n == int64(int8(n)) {
			f.b.Int8(i, int8(n))
			return nil
		}
	case data.Int16Kind:
		if n == int64(int16(n)) {
			f.b.Int16(i, int16(n))
			return nil
		}
	case data.Int32Kind:
		if n == int64(int32(n)) {
			f.b.Int32(i, int32(n))
			return nil
		}
	default:
		f.b.Int64(i, n)
		return nil
	}
	return fmt.Errorf("%d does not fit %s", n, c.schema.Kind())
}

func fillBool(f *filler, i int, _ *column, cell *dialect.Cell) error {
	f.bytes++
	if cell.Form == dialect.Int {
		f.b.Bool(i, cell.Num != 0)
		return nil
	}
	if cell.Value == nil && len(cell.Text) > 0 {
		switch cell.Text[0] {
		case 't', 'T', '1', 'y', 'Y':
			f.b.Bool(i, true)
			return nil
		case 'f', 'F', '0', 'n', 'N':
			f.b.Bool(i, false)
			return nil
		}
	}
	n, err := integer(cell)
	f.b.Bool(i, n != 0)
	return err
}

// fillBit reads bits: as PostgreSQL writes them, or as the bytes that MySQL sends.
func fillBit(f *filler, i int, c *column, cell *dialect.Cell) error {
	f.bytes++
	if cell.Value != nil {
		return fillInteger(f, i, c, cell)
	}
	n := 0
	for _, b := range cell.Text {
		switch {
		case b == '0' || b == '1':
			n = n<<1 | int(b-'0')
		default:
			n = n<<8 | int(b)
		}
	}
	f.b.Int8(i, int8(n))
	return nil
}

func fillFloat(f *filler, i int, c *column, cell *dialect.Cell) error {
	var x float64
	var err error
	switch v := cell.Value.(type) {
	case nil:
		switch cell.Form {
		case dialect.Real64:
			x = math.Float64frombits(uint64(cell.Num))
		case dialect.Int:
			x = float64(cell.Num)
		default:
			x, err = parseFloat(c, cell)
		}
		if err != nil {
			return err
		}
	case float64:
		x = v
	case float32:
		if c.schema.Kind() == data.Float32Kind {
			f.b.Float32(i, v)
			return nil
		}
		x = float64(v)
	case int64:
		x = float64(v)
	default:
		if x, err = parseFloat(c, cell); err != nil {
			return err
		}
	}
	f.bytes += 8
	if c.schema.Kind() == data.Float32Kind {
		f.b.Float32(i, float32(x))
	} else {
		f.b.Float64(i, x)
	}
	return nil
}

// parseFloat reads a text; one that is out of range becomes infinite.
func parseFloat(c *column, cell *dialect.Cell) (float64, error) {
	bits := 64
	if c.schema.Kind() == data.Float32Kind {
		bits = 32
	}
	x, err := strconv.ParseFloat(money(cell), bits)
	if errors.Is(err, strconv.ErrRange) {
		err = nil
	}
	return x, err
}

// money takes the sign of a currency and the commas off an amount.
func money(cell *dialect.Cell) string {
	text := cell.String()
	if len(text) == 0 || (text[0] != '$' && (len(text) < 2 || text[1] != '$')) {
		return text
	}
	kept := make([]byte, 0, len(text))
	for _, b := range []byte(text) {
		if b != '$' && b != ',' {
			kept = append(kept, b)
		}
	}
	return string(kept)
}

func fillText(f *filler, i int, _ *column, cell *dialect.Cell) error {
	if cell.Value != nil || cell.Form != dialect.NoNumber {
		text := cell.String()
		f.bytes += len(text)
		f.b.Text(i, text)
		return nil
	}
	f.bytes += len(cell.Text)
	f.b.TextBytes(i, cell.Text)
	return nil
}

func fillBytes(f *filler, i int, c *column, cell *dialect.Cell) error {
	raw := cell.Text
	if c.Type == "bytea" && cell.Form != dialect.Raw && len(raw) >= 2 && raw[0] == '\\' && raw[1] == 'x' {
		raw = raw[2:]
		n, err := hex.Decode(raw, raw) // in place: the driver is done with it
		if err != nil {
			return err
		}
		raw = raw[:n]
	} else if cell.Value != nil {
		raw = []byte(cell.String())
	}
	f.bytes += len(raw)
	f.b.Bytes(i, raw)
	return nil
}
