package kafka

import "log/slog"

// String names the client and leaves its properties out, among which are passwords.
func (s Settings) String() string { return s.Source }

// GoString is String.
func (s Settings) GoString() string { return s.Source }

// LogValue is what slog shows of the settings.
func (s Settings) LogValue() slog.Value { return slog.StringValue(s.Source) }

// String names the kind of client and leaves the values out.
func (c *Config) String() string { return "configuration of a " + c.client.String() }

// GoString is String.
func (c *Config) GoString() string { return c.String() }

// LogValue is what slog shows of the configuration.
func (c *Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// LogValue is what slog shows of a login module.
func (m LoginModule) LogValue() slog.Value { return slog.StringValue(m.String()) }
