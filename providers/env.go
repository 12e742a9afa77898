package providers

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
)

// allowlistKey is a regular expression that names of variables must match as a whole to be given.
const allowlistKey = "allowlist.pattern"

// Env is Kafka's EnvVarConfigProvider: the key is the name of an environment variable, the path must be empty.
type Env struct {
	all     map[string]string
	allowed map[string]string
}

// NewEnv returns an unconfigured Env of the given variables, nil for those of the process as they are now.
func NewEnv(variables map[string]string) *Env {
	if variables == nil {
		variables = map[string]string{}
		for _, entry := range os.Environ() {
			name, value, _ := strings.Cut(entry, "=")
			variables[name] = value
		}
	}
	return &Env{all: variables}
}

// Configure takes the option allowlist.pattern; without it every variable is given.
func (e *Env) Configure(props map[string]string) error {
	pattern, ok := props[allowlistKey]
	if !ok {
		e.allowed = e.all
		return nil
	}
	names, err := javafmt.Compile(pattern, 0)
	if err != nil {
		return config.Invalid(allowlistKey, pattern, err.Error())
	}
	e.allowed = map[string]string{}
	for name, value := range e.all {
		matches, err := names.Matches(name)
		if err != nil {
			return fmt.Errorf("%s %q on the environment variable %s: %w", allowlistKey, pattern, name, err)
		}
		if matches {
			e.allowed[name] = value
		}
	}
	return nil
}

// Get returns the variables.
func (e *Env) Get(_ context.Context, path string, keys []string) (connect.ConfigData, error) {
	if path != "" {
		return connect.ConfigData{}, config.Failed("Path is not supported for EnvVarConfigProvider, invalid value '" + path + "'")
	}
	return forEver(pick(e.allowed, keys)), nil
}

// Close does nothing.
func (e *Env) Close() error { return nil }
