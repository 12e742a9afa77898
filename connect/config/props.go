package config

import (
	"maps"
	"slices"
)

// Props is a configuration as it was given: key to text, where nil is a null that the REST API received (JSON null). A null key is present,
// unlike an absent one: it does not get the default. Props marshals to and from a JSON object of texts and nulls.
type Props map[string]*string

// PropsOf returns Props with the same keys and texts.
func PropsOf(m map[string]string) Props {
	p := make(Props, len(m))
	for k, v := range m {
		p[k] = &v
	}
	return p
}

// Get returns the text of the key; ok is false where the key is absent or null.
func (p Props) Get(key string) (text string, ok bool) {
	if v := p[key]; v != nil {
		return *v, true
	}
	return "", false
}

// Text returns the text of the key, "" where it is absent or null.
func (p Props) Text(key string) string {
	text, _ := p.Get(key)
	return text
}

// Has reports whether the key is present, null included.
func (p Props) Has(key string) bool {
	_, ok := p[key]
	return ok
}

// Set puts a text.
func (p Props) Set(key, text string) { p[key] = &text }

// Strings returns the keys that have a text, without the nulls.
func (p Props) Strings() map[string]string {
	m := make(map[string]string, len(p))
	for k, v := range p {
		if v != nil {
			m[k] = *v
		}
	}
	return m
}

// Keys returns the keys in order.
func (p Props) Keys() []string { return slices.Sorted(maps.Keys(p)) }

// Clone returns a copy that shares nothing with p.
func (p Props) Clone() Props {
	if p == nil {
		return nil
	}
	c := make(Props, len(p))
	for k, v := range p {
		if v == nil {
			c[k] = nil
			continue
		}
		text := *v
		c[k] = &text
	}
	return c
}

// Equal reports whether both hold the same keys with the same texts and nulls.
func (p Props) Equal(q Props) bool {
	return maps.EqualFunc(p, q, func(a, b *string) bool {
		if a == nil || b == nil {
			return a == b
		}
		return *a == *b
	})
}

// WithPrefix returns the keys that are longer than the prefix and begin with it, with the prefix cut off.
func (p Props) WithPrefix(prefix string) Props {
	r := Props{}
	for k, v := range p {
		if len(k) > len(prefix) && k[:len(prefix)] == prefix {
			r[k[len(prefix):]] = v
		}
	}
	return r
}
