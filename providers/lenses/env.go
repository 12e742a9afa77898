package lenses

import (
	"context"
	"os"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/providers/internal/service"
)

func envDef() *config.Def {
	return config.NewDef(config.Key{Name: "file.dir", Default: "", Importance: config.Medium, Doc: "Directory for variables whose value becomes a file."})
}

// Env is io.lenses.connect.secrets.providers.ENVSecretProvider.
type Env struct {
	variables map[string]string
	dir       string
}

// NewEnv returns an Env of the given variables, nil for those of the process as they are now.
func NewEnv(variables map[string]string) *Env {
	if variables == nil {
		variables = map[string]string{}
		for _, entry := range os.Environ() {
			name, value, _ := strings.Cut(entry, "=")
			variables[name] = value
		}
	}
	return &Env{variables: variables}
}

// Configure takes file.dir.
func (p *Env) Configure(props map[string]string) error {
	v, err := envDef().ParseStrings(props)
	if err != nil {
		return err
	}
	p.dir = v.String("file.dir")
	return nil
}

// encodings are what the value of a variable may begin with.
var encodings = []struct {
	prefix   string
	encoding service.Encoding
}{{"ENV-mounted-base64:", service.Base64File}, {"ENV-mounted:", service.UTF8File}, {"ENV-base64:", service.Base64}}

// Get returns the variables that the keys name, all of which must be there. Without keys it returns nothing, as in Java.
func (p *Env) Get(_ context.Context, _ string, keys []string) (connect.ConfigData, error) {
	data := connect.ConfigData{Values: map[string]string{}}
	for _, key := range keys {
		value, ok := p.variables[key]
		if !ok {
			return connect.ConfigData{}, config.Failed("Failed to lookup environment variable [" + key + "]")
		}
		encoding := service.Plain
		for _, e := range encodings {
			if text, ok := strings.CutPrefix(value, e.prefix); ok {
				encoding, value = e.encoding, text
				break
			}
		}
		var err error
		if data.Values[key], err = encoding.Decode(key, value, service.FileIn(p.dir, strings.ToLower(key))); err != nil {
			return connect.ConfigData{}, err
		}
	}
	return data, nil
}

// Close does nothing.
func (p *Env) Close() error { return nil }
