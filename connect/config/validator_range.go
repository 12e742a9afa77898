package config

// Number is what bounds of a range are made of; it also decides how messages print them.
type Number interface {
	~int | ~int32 | ~int64 | ~int16 | ~float64
}

// AtLeast returns a validator of numbers from min on. Null is refused.
func AtLeast[N Number](min N) Validator {
	return numberRange{min: any(min), low: float64(min)}
}

// AtMost returns a validator of numbers up to max. Null is refused.
func AtMost[N Number](max N) Validator {
	return numberRange{max: any(max), high: float64(max)}
}

// Between returns a validator of numbers from min to max, both included. Null is refused.
func Between[N Number](min, max N) Validator {
	return numberRange{min: any(min), max: any(max), low: float64(min), high: float64(max)}
}

// numberRange compares as doubles, as ConfigDef.Range does, and prints the bounds in their own type.
type numberRange struct {
	min, max  any
	low, high float64
}

func (r numberRange) EnsureValid(name string, value any) error {
	if value == nil {
		return Invalid(name, nil, "Value must be non-null")
	}
	d, ok := toDouble(value)
	if !ok {
		return castError(value, "java.lang.Number")
	}
	n := d.(float64)
	if r.min != nil && n < r.low {
		return Invalid(name, value, "Value must be at least "+Text(r.min))
	}
	if r.max != nil && n > r.high {
		return Invalid(name, value, "Value must be no more than "+Text(r.max))
	}
	return nil
}

func (r numberRange) String() string {
	switch {
	case r.min == nil:
		return "[...," + Text(r.max) + "]"
	case r.max == nil:
		return "[" + Text(r.min) + ",...]"
	}
	return "[" + Text(r.min) + ",...," + Text(r.max) + "]"
}
