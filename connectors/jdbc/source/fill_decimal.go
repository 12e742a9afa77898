package source

import (
	"fmt"
	"math/big"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

func fillDecimal(f *filler, i int, c *column, cell *dialect.Cell) error {
	if n, ok := smallDecimal(cell.Text, c.Scale); ok && cell.Value == nil && cell.Form == dialect.NoNumber {
		f.bytes += 8
		f.b.Set(i, data.SmallDecimal(n, int32(c.Scale)))
		return nil
	}
	d, err := data.ParseDecimal(cell.String())
	if err != nil {
		return fmt.Errorf("%s is no decimal", cell.String())
	}
	scale, err := data.DecimalScale(c.schema)
	if err != nil {
		return err
	}
	f.bytes += 8
	unscaled := d.Unscaled()
	switch by := int64(scale) - int64(d.Scale()); {
	case by > 0:
		unscaled = new(big.Int).Mul(unscaled, new(big.Int).Exp(big.NewInt(10), big.NewInt(by), nil))
	case by < 0:
		rest := new(big.Int)
		unscaled, rest = new(big.Int).QuoRem(unscaled, new(big.Int).Exp(big.NewInt(10), big.NewInt(-by), nil), rest)
		if rest.Sign() != 0 {
			return fmt.Errorf("%s has more than %d digits after the point", cell.String(), scale)
		}
	}
	f.b.Decimal(i, unscaled, scale)
	return nil
}

// smallDecimal reads a decimal whose digits fit into an integer, as a count of units of the scale.
func smallDecimal(text []byte, scale int) (n int64, ok bool) {
	const mostDigits = 18
	if len(text) == 0 || len(text) > mostDigits || scale < 0 || scale > mostDigits {
		return 0, false
	}
	digits, fraction, point := text, 0, false
	if text[0] == '-' {
		digits = text[1:]
	}
	for _, d := range digits {
		switch {
		case d == '.' && !point:
			point = true
			continue
		case d < '0' || d > '9':
			return 0, false
		case point:
			fraction++
		}
		n = n*10 + int64(d-'0')
	}
	if len(digits) == 0 || fraction > scale || len(digits)+scale-fraction > mostDigits {
		return 0, false
	}
	for ; fraction < scale; fraction++ {
		n *= 10
	}
	if text[0] == '-' {
		n = -n
	}
	return n, true
}
