package registry

import (
	"time"

	"github.com/moldau/moldau/connect/config"
)

// clientValues are the settings of the client, each by its name alone: CachedSchemaRegistryClient takes them with the prefix schema.registry. too.
type clientValues struct {
	values map[string]any
	given  func(key string) bool
}

func newClientValues(v *config.Values) (clientValues, error) {
	all, err := v.WithPrefixOverride(clientPrefix)
	originals := v.Originals()
	return clientValues{all, func(key string) bool {
		for _, name := range [...]string{key, clientPrefix + key} {
			if text, ok := originals[name]; ok && text != nil && *text != "" {
				return true
			}
		}
		return false
	}}, err
}

func valueOf[T any](c clientValues, key string) T {
	x, _ := c.values[key].(T) // null is the zero value
	return x
}

func (c clientValues) text(key string) string { return valueOf[string](c, key) }

func (c clientValues) secret(key string) string { return valueOf[config.Secret](c, key).Reveal() }

func (c clientValues) int(key string) int { return int(valueOf[int32](c, key)) }

func (c clientValues) millis(key string) time.Duration {
	return time.Duration(c.int(key)) * time.Millisecond
}

func (c clientValues) seconds(key string) time.Duration {
	return time.Duration(min(valueOf[int64](c, key), 1<<31)) * time.Second
}

// need returns a text that must be there.
func (c clientValues) need(key string) (string, error) {
	s := c.text(key)
	if s == "" {
		s = c.secret(key)
	}
	if s == "" {
		return "", missing(key)
	}
	return s, nil
}

func missing(key string) error {
	return config.Failed("The OAuth configuration option " + key + " value must be non-null")
}
