package vectors

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"github.com/moldau/moldau/internal/javafmt"
)

func textHash() map[string]Func {
	return map[string]Func{
		"String.hashCode": func(c *Case) (any, error) {
			s, err := Text(c.Input)
			return javafmt.HashCode(s), err
		},
		"HashMap":           hashOrder,
		"collisions":        hashOrder,
		"HashMap-of-Long":   longOrder,
		"HashMap-of-Double": doubleOrder,
		"toString":          valueText,
		"HashMap-copy": func(c *Case) (any, error) {
			return copyOrder(c, javafmt.CopyCapacity)
		},
		"HashSet-copy": func(c *Case) (any, error) {
			return copyOrder(c, javafmt.SetCapacity)
		},
	}
}

func hashOrder(c *Case) (any, error) {
	put, err := texts(Member(c.Input, "put"))
	if err != nil {
		return nil, err
	}
	remove, err := texts(Member(c.Input, "remove"))
	if err != nil {
		return nil, err
	}
	capacity := javafmt.DefaultCapacity
	if n, ok := Member(c.Input, "capacity").(json.Number); ok {
		if capacity, err = strconv.Atoi(n.String()); err != nil {
			return nil, err
		}
	}
	m := javafmt.NewHashMap[string, int](javafmt.StringKeys(), capacity)
	for _, k := range put {
		m.Put(k, slices.Index(put, k))
	}
	for _, k := range remove {
		m.Remove(k)
	}
	order := []any{}
	for _, i := range m.All {
		order = append(order, i)
	}
	if len(remove) > 0 {
		return order, nil
	}
	// The shortcut for maps that are only filled must say the same.
	short := []any{}
	for _, i := range javafmt.HashOrder(put, capacity) {
		short = append(short, i)
	}
	return short, diff("HashOrder", mustNormal(order), mustNormal(short))
}

func mustNormal(v any) any {
	n, err := normal(v)
	if err != nil {
		panic(err)
	}
	return n
}

func longOrder(c *Case) (any, error) {
	keys, err := texts(c.Input)
	if err != nil {
		return nil, err
	}
	m := javafmt.NewHashMap[int64, bool](javafmt.LongKeys(), javafmt.DefaultCapacity)
	for _, k := range keys {
		n, err := strconv.ParseInt(k, 10, 64)
		if err != nil {
			return nil, err
		}
		m.Put(n, true)
	}
	order := []any{}
	for k := range m.All {
		order = append(order, strconv.FormatInt(k, 10))
	}
	return order, nil
}

func doubleOrder(c *Case) (any, error) {
	keys, _ := c.Input.([]any)
	m := javafmt.NewHashMap[float64, any](javafmt.DoubleKeys(), javafmt.DefaultCapacity)
	for _, k := range keys {
		f, err := double(Member(k, "bits"))
		if err != nil {
			return nil, err
		}
		if _, ok := m.Get(f); !ok {
			m.Put(f, k)
		}
	}
	order := []any{}
	for _, k := range m.All {
		order = append(order, k)
	}
	return order, nil
}

// double reads the 16 hexadecimal digits of a double's bits.
func double(bits any) (float64, error) {
	text, _ := bits.(string)
	u, err := strconv.ParseUint(text, 16, 64)
	return math.Float64frombits(u), err
}

// float reads the 8 hexadecimal digits of a float's bits.
func float(bits any) (float32, error) {
	text, _ := bits.(string)
	u, err := strconv.ParseUint(text, 16, 32)
	return math.Float32frombits(uint32(u)), err
}

func copyOrder(c *Case, capacity func(int) int) (any, error) {
	keys, err := texts(c.Input)
	if err != nil {
		return nil, err
	}
	order := []any{}
	for _, i := range javafmt.HashOrder(keys, capacity(len(keys))) {
		order = append(order, keys[i])
	}
	return order, nil
}
