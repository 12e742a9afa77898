package jsonpath

import (
	"math"
	"unicode/utf16"

	"github.com/moldau/moldau/connect/data"
)

// function computes a value from the one before it in the path.
type function struct {
	name string
	// indexed functions take a number.
	indexed bool
	apply   func(v data.Value, args []int) (data.Value, error)
}

func functionOf(name string) (function, bool) {
	switch name {
	case "length", "size":
		return function{name: name, apply: lengthOf}, true
	case "keys":
		return function{name: name, apply: keysOf}, true
	case "first":
		return function{name: name, apply: func(v data.Value, _ []int) (data.Value, error) { return elementOf(v, 0) }}, true
	case "last":
		return function{name: name, apply: func(v data.Value, _ []int) (data.Value, error) { return elementOf(v, -1) }}, true
	case "index":
		return function{name: name, indexed: true, apply: func(v data.Value, args []int) (data.Value, error) { return elementOf(v, args[0]) }}, true
	}
	of, ok := aggregations[name]
	return function{name: name, apply: func(v data.Value, _ []int) (data.Value, error) { return aggregate(v, of) }}, ok
}

var aggregations = map[string]func([]float64) float64{
	"min": func(x []float64) float64 {
		least := x[0]
		for _, f := range x {
			least = math.Min(least, f)
		}
		return least
	},
	"max": func(x []float64) float64 {
		most := x[0]
		for _, f := range x {
			most = math.Max(most, f)
		}
		return most
	},
	"sum": sum,
	"avg": func(x []float64) float64 { return sum(x) / float64(len(x)) },
	"stddev": func(x []float64) float64 {
		mean, squares := sum(x)/float64(len(x)), 0.0
		for _, f := range x {
			squares += f * f
		}
		return math.Sqrt(squares/float64(len(x)) - mean*mean)
	},
}

func sum(x []float64) float64 {
	total := 0.0
	for _, f := range x {
		total += f
	}
	return total
}

func lengthOf(v data.Value, _ []int) (data.Value, error) {
	switch v.Kind() {
	case data.ListKind:
		return data.Int32(int32(v.List().Len())), nil
	case data.MapKind:
		return data.Int32(int32(v.Map().Len())), nil
	case data.StructKind:
		return data.Int32(int32(v.Struct().Len())), nil
	case data.StringKind:
		return data.Int32(int32(textLength(v.String()))), nil
	}
	return data.Null, nil
}

// textLength counts as Java does: in units of UTF-16.
func textLength(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

func keysOf(v data.Value, _ []int) (data.Value, error) {
	switch v.Kind() {
	case data.MapKind:
		m := v.Map()
		var keys []data.Value
		for _, i := range m.JavaOrder() {
			keys = append(keys, m.Key(i))
		}
		return data.ListOf(keys...), nil
	case data.StructKind:
		var keys []data.Value
		for _, f := range v.Struct().Schema().Fields() {
			keys = append(keys, data.String(f.Name))
		}
		return data.ListOf(keys...), nil
	}
	return data.Null, nil
}

func elementOf(v data.Value, i int) (data.Value, error) {
	list := v.List()
	if list == nil {
		return data.Null, invalid("Aggregation function attempted to calculate value using empty array")
	}
	if i < 0 {
		i += list.Len()
	}
	if i < 0 || i >= list.Len() {
		return data.Null, notFound("The array has no such element")
	}
	return list.At(i), nil
}

// aggregate computes one number of those in an array; what is no number in it does not count.
func aggregate(v data.Value, of func([]float64) float64) (data.Value, error) {
	var numbers []float64
	if list := v.List(); list != nil {
		for _, x := range list.All() {
			if d, ok := numberOf(x); ok {
				numbers = append(numbers, d.float())
			}
		}
	}
	if len(numbers) == 0 {
		return data.Null, invalid("Aggregation function attempted to calculate value using empty array")
	}
	return data.Float64(of(numbers)), nil
}
