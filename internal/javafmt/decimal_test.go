package javafmt

import (
	"math/big"
	"testing"
)

func TestSetScale(t *testing.T) {
	t.Parallel()
	// The columns are the modes in the order of their constants: UP DOWN CEILING FLOOR HALF_UP HALF_DOWN HALF_EVEN, as BigDecimal.setScale gives them.
	for _, c := range []struct {
		text  string
		scale int32
		want  [7]string
	}{
		{"5.5", 0, [7]string{"6", "5", "6", "5", "6", "5", "6"}},
		{"2.5", 0, [7]string{"3", "2", "3", "2", "3", "2", "2"}},
		{"1.1", 0, [7]string{"2", "1", "2", "1", "1", "1", "1"}},
		{"-1.1", 0, [7]string{"-2", "-1", "-1", "-2", "-1", "-1", "-1"}},
		{"-2.5", 0, [7]string{"-3", "-2", "-2", "-3", "-3", "-2", "-2"}},
		{"1.6", 0, [7]string{"2", "1", "2", "1", "2", "2", "2"}},
		{"7", -3, [7]string{"1E+3", "0E+3", "1E+3", "0E+3", "0E+3", "0E+3", "0E+3"}},
		{"500", -3, [7]string{"1E+3", "0E+3", "1E+3", "0E+3", "1E+3", "0E+3", "0E+3"}},
		{"1.5", 3, [7]string{"1.500", "1.500", "1.500", "1.500", "1.500", "1.500", "1.500"}},
		{"1E-2147483647", 0, [7]string{"1", "0", "1", "0", "0", "0", "0"}},
	} {
		d, err := ParseDecimal(c.text)
		if err != nil {
			t.Fatal(err)
		}
		for mode, want := range c.want {
			got, err := d.SetScale(c.scale, Rounding(mode))
			if err != nil || got.String() != want {
				t.Errorf("%s to scale %d in mode %d: want %s, got %s, %v", c.text, c.scale, mode, want, got, err)
			}
		}
	}
	d, err := ParseDecimal("1.5")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.SetScale(0, RoundUnnecessary); ClassOf(err) != ArithmeticException || err.Error() != "Rounding necessary" {
		t.Errorf("got %v", err)
	}
}

func TestDecimalOfDouble(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		f              float64
		exact, printed string
	}{
		{0, "0", "0.0"},
		{0.5, "0.5", "0.5"},
		{-3, "-3", "-3.0"},
		{1e23, "99999999999999991611392", "9.999999999999999E+22"},
		{0.1, "0.1000000000000000055511151231257827021181583404541015625", "0.1"},
	} {
		exact, err := DecimalOf(c.f)
		if err != nil || exact.String() != c.exact {
			t.Errorf("exact %v: want %s, got %s, %v", c.f, c.exact, exact, err)
		}
		printed, err := DecimalValueOf(c.f)
		if err != nil || printed.String() != c.printed {
			t.Errorf("printed %v: want %s, got %s, %v", c.f, c.printed, printed, err)
		}
	}
}

func TestDecimalCompare(t *testing.T) {
	t.Parallel()
	order := []string{"-1E+2147483647", "-10", "-9.99", "-1E-2147483647", "0", "1E-2147483647", "9.99", "10.0", "10.01", "1E+2147483647"}
	for i, a := range order {
		for j, b := range order {
			x, errX := ParseDecimal(a)
			y, errY := ParseDecimal(b)
			if errX != nil || errY != nil {
				t.Fatal(errX, errY)
			}
			if got := x.Compare(y); cmpZero(int64(got)) != cmpZero(int64(i-j)) {
				t.Errorf("%s to %s: %d", a, b, got)
			}
		}
	}
}

func TestBigIntBytes(t *testing.T) {
	t.Parallel()
	for _, v := range []int64{0, 1, -1, 127, 128, -128, -129, 255, 256, -256, 1 << 40, -1 << 40} {
		n := big.NewInt(v)
		back, err := BigIntFromBytes(BigIntBytes(n))
		if err != nil || back.Cmp(n) != 0 {
			t.Errorf("%d has bytes %x, which read as %v, %v", v, BigIntBytes(n), back, err)
		}
	}
}
