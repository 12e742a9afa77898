package kafka

import (
	"fmt"
	"strings"
)

// A LoginModule is one entry of a JAAS configuration.
type LoginModule struct {
	// Class is the Java name of the login module.
	Class string
	// Flag is required, requisite, sufficient or optional.
	Flag string
	// Options are the module's settings; passwords are among them.
	Options map[string]string
}

// String leaves the options out, which hold passwords.
func (m LoginModule) String() string { return m.Class + " " + m.Flag }

// GoString is String, so that no verb of fmt prints the options.
func (m LoginModule) GoString() string { return m.String() }

func isControlFlag(flag string) bool {
	switch flag {
	case "required", "requisite", "sufficient", "optional":
		return true
	}
	return false
}

func word(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

// isSecret reports whether an option of a login module must not be shown.
func isSecret(option string) bool {
	name := strings.ToLower(option)
	return strings.Contains(name, "password") || strings.Contains(name, "secret") || strings.Contains(name, "token")
}

func hide(text string, secret bool) string {
	if secret {
		return "[hidden]"
	}
	return text
}

// ParseJAASConfig reads the value of sasl.jaas.config, as org.apache.kafka.common.security.JaasConfig does and with its messages,
// which name keys and never values.
func ParseJAASConfig(text string) ([]LoginModule, error) {
	bad := func(message string) ([]LoginModule, error) { return nil, &ConfigError{"sasl.jaas.config", message} }
	t := newTokenizer(text, "")
	var modules []LoginModule
	secret := false // a password was read: what cannot be understood after it may be its rest
	for t.next() != tokenEOF {
		class := t.sval
		if t.next() == tokenEOF {
			return bad("Login module control flag not specified in JAAS config")
		}
		if t.sval == nil {
			return bad("Login module control flag is not available in the JAAS config")
		}
		flag := strings.ToLower(*t.sval)
		if !isControlFlag(flag) {
			return bad("Invalid login module control flag '" + hide(*t.sval, secret) + "' in JAAS config")
		}
		options := map[string]string{}
		for t.next() != tokenEOF && t.kind != ';' {
			key := word(t.sval)
			if t.next() != '=' || t.next() == tokenEOF || t.sval == nil {
				return bad("Value not specified for key '" + hide(key, secret) + "' in JAAS config")
			}
			options[key] = *t.sval
			secret = secret || isSecret(key)
		}
		if t.kind != ';' {
			return bad("JAAS config entry not terminated by semi-colon")
		}
		if class == nil {
			return bad("Login module not specified in JAAS config")
		}
		modules = append(modules, LoginModule{*class, flag, options})
	}
	if len(modules) == 0 {
		return bad("Login module not specified in JAAS config")
	}
	return modules, nil
}

// loginModule finds the login module of a client: sasl.jaas.config, else the entry KafkaClient of the JAAS file.
func (b *builder) loginModule() (LoginModule, error) {
	if text := b.config.value("sasl.jaas.config"); text != nil {
		modules, err := ParseJAASConfig(text.(string))
		if err != nil {
			return LoginModule{}, err
		}
		if len(modules) != 1 {
			return LoginModule{}, &ConfigError{"sasl.jaas.config", fmt.Sprintf("JAAS config property contains %d login modules, should be 1 module", len(modules))}
		}
		return modules[0], nil
	}
	const entry = "KafkaClient"
	file := "not set"
	if jaas := b.environment.JAAS; jaas != nil {
		if modules := jaas.Entries[entry]; len(modules) > 0 {
			return modules[0], nil
		}
		file = jaas.Path
	}
	return LoginModule{}, &ConfigError{"sasl.jaas.config", "Could not find a '" + entry +
		"' entry in the JAAS configuration. System property 'java.security.auth.login.config' is " + file}
}
