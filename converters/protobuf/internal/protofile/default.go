package protofile

import (
	"math"
	"strconv"
	"strings"
)

// checkDefault checks that the default of a field is one of its type.
func (l *linker) checkDefault(f *Field) error {
	if !f.HasDefault {
		return nil
	}
	ok := true
	switch f.Type {
	case Int32, Sint32, Sfixed32:
		_, ok = f.integer(32, true)
	case Uint32, Fixed32:
		_, ok = f.integer(32, false)
	case Int64, Sint64, Sfixed64:
		_, ok = f.integer(64, true)
	case Uint64, Fixed64:
		_, ok = f.integer(64, false)
	case Float, Double:
		_, ok = f.fraction()
	case EnumT:
		for _, v := range f.Enum.Values {
			if v.Name == f.Default {
				return nil
			}
		}
		return invalid(f.FullName, "Unknown enum default value: %q", verbatim(f.Default))
	}
	if !ok {
		return invalid(f.FullName, "Could not parse default value: %q", verbatim(f.Default))
	}
	return nil
}

func (f *Field) integer(bits int, signed bool) (uint64, bool) {
	if signed {
		n, err := strconv.ParseInt(f.Default, 0, bits)
		return uint64(n), err == nil
	}
	n, err := strconv.ParseUint(f.Default, 0, bits)
	return n, err == nil
}

func (f *Field) fraction() (float64, bool) {
	switch f.Default {
	case "inf":
		return math.Inf(1), true
	case "-inf":
		return math.Inf(-1), true
	case "nan":
		return math.NaN(), true
	}
	n, err := strconv.ParseFloat(strings.TrimRight(f.Default, "fFdD"), 64)
	return n, err == nil || !math.IsNaN(n) && n != 0
}

// DefaultInteger returns the default of a field of an integer type, as 64 bits; 0 where there is none.
func (f *Field) DefaultInteger() uint64 {
	if !f.HasDefault {
		return 0
	}
	switch f.Type {
	case Int32, Sint32, Sfixed32:
		n, _ := f.integer(32, true)
		return n
	case Uint32, Fixed32:
		n, _ := f.integer(32, false)
		return n
	case Uint64, Fixed64:
		n, _ := f.integer(64, false)
		return n
	}
	n, _ := f.integer(64, true)
	return n
}

// DefaultFraction returns the default of a field of type float or double.
func (f *Field) DefaultFraction() float64 {
	if !f.HasDefault {
		return 0
	}
	n, _ := f.fraction()
	return n
}

// DefaultEnum returns the default of a field of an enum: the first value where the schema gives none.
func (f *Field) DefaultEnum() EnumValue {
	for _, v := range f.Enum.Values {
		if f.HasDefault && v.Name == f.Default {
			return v
		}
	}
	return f.Enum.Values[0]
}
