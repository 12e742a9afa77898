// Package providertest has what the tests of config providers share.
package providertest

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect"
)

// Configured configures a provider, which is closed at the end of the test. Each of more replaces keys of props.
func Configured[P connect.ConfigProvider](t *testing.T, p P, props map[string]string, more ...map[string]string) P {
	t.Helper()
	all := map[string]string{}
	maps.Copy(all, props)
	for _, m := range more {
		maps.Copy(all, m)
	}
	if err := p.Configure(all); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// Lookup is what somebody asks a provider for, and what the answer must be: Want, or an error with the text Err and none of Secrets in it.
type Lookup struct {
	Path    string
	Keys    []string
	Want    connect.ConfigData
	Err     string
	Secrets []string
}

// Check asks a provider; name is that of the case.
func (l Lookup) Check(t *testing.T, name string, p connect.ConfigProvider) {
	t.Helper()
	data, err := p.Get(t.Context(), l.Path, l.Keys)
	if l.Err != "" {
		fails(t, name, err, l.Err, l.Secrets)
		return
	}
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if diff := cmp.Diff(l.Want, data); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

// Refuses checks that a provider does not take a configuration, with a text in the error and none of these secrets.
func Refuses(t *testing.T, p connect.ConfigProvider, props map[string]string, want string, secrets ...string) {
	t.Helper()
	fails(t, want, p.Configure(props), want, secrets)
}

func fails(t *testing.T, name string, err error, want string, secrets []string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: got %v, want %s", name, err, want)
		return
	}
	for _, secret := range secrets {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error tells %s: %v", name, secret, err)
		}
	}
}
