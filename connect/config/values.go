package config

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Values are the typed values of a parsed configuration. The typed getters panic where the key is not declared or not of that type, which is
// a programmer error; a null value reads as the zero value, and IsSet tells it apart. Every read marks the key as used. Values may be read
// from any goroutine.
type Values struct {
	def       *Def
	reading   *reading
	originals Props
	values    map[string]any

	mu   sync.Mutex
	used map[string]bool
}

// Def returns the declarations behind the values.
func (v *Values) Def() *Def { return v.def }

// Get returns the parsed value of the key, nil for null, or an *Error where no such key is declared.
func (v *Values) Get(key string) (any, error) {
	value, ok := v.values[key]
	if !ok {
		return nil, Failed("Unknown configuration '" + key + "'")
	}
	v.Ignore(key)
	return value, nil
}

// Ignore marks a key as used without reading it.
func (v *Values) Ignore(key string) {
	v.mu.Lock()
	v.used[key] = true
	v.mu.Unlock()
}

// get reads a value of the Go type of the key.
func get[T any](v *Values, key string) T {
	value, err := v.Get(key)
	if err != nil {
		panic(err)
	}
	if value == nil {
		var zero T
		return zero
	}
	t, ok := value.(T)
	if !ok {
		panic(Failed("configuration '" + key + "' is of type " + v.def.Lookup(key).Type.String()))
	}
	return t
}

// IsSet reports whether the key has a value that is not null, be it given or the default.
func (v *Values) IsSet(key string) bool { return v.values[key] != nil }

// String returns a STRING.
func (v *Values) String(key string) string { return get[string](v, key) }

// Bool returns a BOOLEAN.
func (v *Values) Bool(key string) bool { return get[bool](v, key) }

// Int returns an INT, SHORT or LONG.
func (v *Values) Int(key string) int { return int(v.Int64(key)) }

// Int64 returns an INT, SHORT or LONG.
func (v *Values) Int64(key string) int64 {
	switch value := get[any](v, key).(type) {
	case nil:
		return 0
	case int32:
		return int64(value)
	case int16:
		return int64(value)
	default:
		return get[int64](v, key)
	}
}

// Float returns a DOUBLE.
func (v *Values) Float(key string) float64 { return get[float64](v, key) }

// List returns a LIST; the slice is shared.
func (v *Values) List(key string) []string { return get[[]string](v, key) }

// Class returns a CLASS, "" for null.
func (v *Values) Class(key string) string { return string(get[ClassName](v, key)) }

// Password returns a PASSWORD.
func (v *Values) Password(key string) Secret { return get[Secret](v, key) }

// Duration returns an INT or LONG of milliseconds; values beyond what a Duration holds become its maximum.
func (v *Values) Duration(key string) time.Duration {
	const most = int64(1<<63-1) / int64(time.Millisecond)
	ms := v.Int64(key)
	if ms > most {
		return 1<<63 - 1
	}
	if ms < -most {
		return -1 << 63
	}
	return time.Duration(ms) * time.Millisecond
}

// All returns every parsed value by key.
func (v *Values) All() map[string]any { return maps.Clone(v.values) }

// Originals returns the configuration as it was given.
func (v *Values) Originals() Props { return v.originals.Clone() }

// OriginalsWithPrefix returns what was given under the prefix, which is cut off, and marks those keys as used.
func (v *Values) OriginalsWithPrefix(prefix string) Props {
	r := v.originals.WithPrefix(prefix)
	for k := range r {
		v.Ignore(prefix + k)
	}
	return r.Clone()
}

// WithPrefixOverride returns every parsed value, where keys given under the prefix replace those without it. A declared key may stand behind
// the prefix directly or after one more word ("listener.name.x.sasl.plain.ssl.keystore.location"), as AbstractConfig.valuesWithPrefixOverride.
func (v *Values) WithPrefixOverride(prefix string) (map[string]any, error) {
	r := v.All()
	for _, name := range v.OriginalsWithPrefix(prefix).Keys() {
		k := v.def.Lookup(name)
		if k == nil {
			k = v.def.Lookup(afterDot(name))
		}
		if k == nil {
			continue
		}
		value, err := v.reading.value(k, v.originals[prefix+name], true)
		if err != nil {
			return nil, err
		}
		r[name] = value
	}
	return r, nil
}

// afterDot returns what follows the first dot, all of it where there is none.
func afterDot(name string) string {
	for i := range len(name) {
		if name[i] == '.' {
			return name[i+1:]
		}
	}
	return name
}

// WithPrefixAllOrNothing returns the parsed values given under the prefix, and only those; where nothing is given under it, every parsed value
// without prefix (AbstractConfig.valuesWithPrefixAllOrNothing).
func (v *Values) WithPrefixAllOrNothing(prefix string) (map[string]any, error) {
	given := v.OriginalsWithPrefix(prefix)
	if len(given) == 0 {
		return v.All(), nil
	}
	r := map[string]any{}
	for _, name := range given.Keys() {
		k := v.def.Lookup(name)
		if k == nil {
			continue
		}
		value, err := v.reading.value(k, given[name], true)
		if err != nil {
			return nil, err
		}
		r[name] = value
	}
	return r, nil
}

// Unknown returns, sorted, the given keys that are neither declared nor were read by a prefix or Ignore: what a worker reports once by name.
func (v *Values) Unknown() []string {
	return v.given(func(k string) bool { return v.def.Lookup(k) == nil })
}

// Unused returns, sorted, the given keys that nobody read so far, declared or not.
func (v *Values) Unused() []string { return v.given(func(string) bool { return true }) }

func (v *Values) given(keep func(string) bool) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.DeleteFunc(v.originals.Keys(), func(k string) bool { return v.used[k] || !keep(k) })
}
