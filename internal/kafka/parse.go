package kafka

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
)

// ConfigError is what Java throws as a ConfigException while it reads a client's properties. Text is Java's own where Java has
// one. It never holds the value of a password.
type ConfigError struct {
	Key  string
	Text string
}

// Error returns the text.
func (e *ConfigError) Error() string { return e.Text }

// JavaClass returns the name of Java's exception, for logs and traces.
func (e *ConfigError) JavaClass() string { return javafmt.ConfigException }

// invalid builds Java's text for a value that does not suit its key. Values of passwords never reach it.
func invalid(name, value, why string) *ConfigError {
	return &ConfigError{name, "Invalid value " + value + " for configuration " + name + ": " + why}
}

// Config holds the parsed and checked properties of one client.
type Config struct {
	client   Client
	table    *table
	values   map[string]any  // of keys that are given, or that follow from others: nil, bool, string, int64, float64, []string
	explicit map[string]bool // the keys that are given
	unknown  []string
}

// ParseConfig reads properties as the constructors of Java's ProducerConfig, ConsumerConfig and AdminClientConfig do, with their
// messages. It touches neither files nor the network. Keys that the client does not know are kept aside (see Unknown).
func ParseConfig(client Client, properties map[string]string) (*Config, error) {
	c := &Config{client: client, table: tables()[client], values: make(map[string]any, len(properties)), explicit: make(map[string]bool, len(properties))}
	for _, k := range c.table.keys {
		text, given := properties[k.name]
		if !given {
			if k.def == required && k.typ != typeClass { // serializers: the worker's records are bytes already
				return nil, &ConfigError{k.name, `Missing required configuration "` + k.name + `" which has no default value.`}
			}
			continue
		}
		c.explicit[k.name] = true
		value, why := parseValue(k.typ, text)
		if why != "" {
			return nil, invalid(k.name, text, why)
		}
		if l, ok := k.validator.(listOfValues); ok {
			if text := l.message(k.name, value.([]string)); text != "" {
				return nil, &ConfigError{k.name, text}
			}
		} else if k.validator != nil {
			if why := k.validator.check(k.name, value); why != "" {
				return nil, invalid(k.name, show(value), why)
			}
		}
		c.values[k.name] = value
		if only := k.treatment.only; only != nil && !sameAsDefault(k, value) && !slices.Contains(only, value.(string)) {
			return nil, &ConfigError{k.name, "Configuration " + k.name + " is not supported: " + k.treatment.reason +
				" and Moldau runs without a Java virtual machine. Built in are " + strings.Join(only, ", ") + "."}
		}
		if k.treatment.kind == isRefused && !sameAsDefault(k, value) {
			return nil, &ConfigError{k.name, "Configuration " + k.name + " is not supported: " + k.treatment.reason +
				" and Moldau runs without a Java virtual machine. Remove the key."}
		}
	}
	for name := range properties {
		if !c.table.known[name] {
			c.unknown = append(c.unknown, name)
		}
	}
	slices.Sort(c.unknown)
	return c, c.postProcess()
}

// parseValue is ConfigDef.parseType; the second result is the last part of Java's message.
func parseValue(typ keyType, text string) (any, string) {
	trimmed := trimJava(text)
	number := func(bits int) (any, string) {
		n, err := strconv.ParseInt(trimmed, 10, bits)
		if err != nil {
			return nil, "Not a number of type " + string(typ)
		}
		return n, ""
	}
	switch typ {
	case typeBoolean:
		switch {
		case strings.EqualFold(trimmed, "true"):
			return true, ""
		case strings.EqualFold(trimmed, "false"):
			return false, ""
		}
		return nil, "Expected value to be either true or false"
	case typeShort:
		return number(16)
	case typeInt:
		return number(32)
	case typeLong:
		return number(64)
	case typeDouble:
		f, err := strconv.ParseFloat(strings.TrimRight(trimmed, "fFdD"), 64)
		if err != nil {
			return nil, "Not a number of type " + string(typ)
		}
		return f, ""
	case typeList:
		if trimmed == "" {
			return []string{}, ""
		}
		list := strings.Split(trimmed, ",")
		for i := range list {
			list[i] = trimJava(list[i])
		}
		return list, ""
	default:
		return trimmed, ""
	}
}

// trimJava is String.trim.
func trimJava(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

func show(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	}
	return value.(string)
}

func sameAsDefault(k key, value any) bool {
	switch v := value.(type) {
	case []string:
		return len(v) == 0
	case string:
		return v == "" || v == k.def
	}
	return false
}

// Unknown returns the keys that the client does not define, sorted. Java warns about them and goes on.
func (c *Config) Unknown() []string { return c.unknown }

// WithoutEffect returns the given keys that are valid and change nothing here, with the reason of each.
func (c *Config) WithoutEffect() map[string]string {
	found := map[string]string{}
	for _, k := range keysOf(c.client) {
		if c.explicit[k.name] && k.treatment.kind == isInert {
			found[k.name] = k.treatment.reason
		}
	}
	return found
}

// value returns the parsed value of a key, its default where it is not given.
func (c *Config) value(name string) any {
	if v, ok := c.values[name]; ok {
		return v
	}
	return c.table.defaults[name]
}

// given reports whether the properties name the key, rather than leaving it to its default.
func (c *Config) given(name string) bool { return c.explicit[name] }

func (c *Config) text(name string) string {
	s, _ := c.value(name).(string)
	return s
}

// isNull reports whether the key has no value at all, which differs from an empty text.
func (c *Config) isNull(name string) bool { return c.value(name) == nil }

func (c *Config) number(name string) int64 {
	n, _ := c.value(name).(int64)
	return n
}

func (c *Config) flag(name string) bool {
	b, _ := c.value(name).(bool)
	return b
}

func (c *Config) list(name string) []string {
	l, _ := c.value(name).([]string)
	return l
}

// millis reads a key of milliseconds, cut to what time.Duration holds.
func (c *Config) millis(name string) time.Duration {
	n := c.number(name)
	if n > int64(1<<63-1)/int64(time.Millisecond) {
		return 1<<63 - 1
	}
	return time.Duration(n) * time.Millisecond
}
