package vectors

import (
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/workerconfig"
	"github.com/moldau/moldau/providers"
)

// providerFunctions run the file config/providers. Their paths are relative to the directory that holds the folder files; root is that directory.
func providerFunctions() map[string]Func {
	f := providerCases{root: "testdata"}
	return map[string]Func{
		"transform":        f.transform,
		"worker-transform": f.workerTransform,
		"allowed.paths":    f.allowedPaths,
		"file-get-all":     f.all,
		"dir-get-all":      f.all,
		"env-get-all":      f.all,
		"provider-files":   f.listing,
	}
}

type providerCases struct{ root string }

// rooted lets a provider find files below the recorded directory, and takes that directory out of errors again.
type rooted struct {
	connect.ConfigProvider
	root string
}

func (p rooted) Get(ctx context.Context, path string, keys []string) (connect.ConfigData, error) {
	if path != "" {
		path = p.root + "/" + path
	}
	data, err := p.ConfigProvider.Get(ctx, path, keys)
	if err != nil {
		err = config.Failed(strings.ReplaceAll(err.Error(), p.root+"/", ""))
	}
	return data, err
}

// oracle is the provider t of the recorded cases: it tells what it was asked and gives a time to live.
type oracle struct{}

func (oracle) Configure(map[string]string) error { return nil }
func (oracle) Close() error                      { return nil }

func (oracle) Get(_ context.Context, path string, keys []string) (connect.ConfigData, error) {
	data := connect.ConfigData{Values: map[string]string{}}
	for _, k := range keys {
		if !strings.HasPrefix(k, "no") {
			data.Values[k] = "<" + path + "|" + k + ">"
		}
	}
	switch {
	case strings.HasPrefix(path, "ttl"):
		data.TTL = time.Duration(len(path)) * 100 * time.Millisecond
	case path == "neg":
		data.TTL = -time.Millisecond
	}
	return data, nil
}

func (p providerCases) providers() (map[string]connect.ConfigProvider, error) {
	env := func() *providers.Env {
		return providers.NewEnv(map[string]string{"HOME_X": "/h", "SECRET": "s${x}", "EMPTY": ""})
	}
	all := map[string]connect.ConfigProvider{"file": rooted{providers.NewFile(), p.root}, "dir": rooted{providers.NewDirectory(), p.root},
		"env": env(), "envallow": env(), "t": oracle{}}
	for name, one := range all {
		options := map[string]string{}
		if name == "envallow" {
			options["allowlist.pattern"] = "SEC.*"
		}
		if err := one.Configure(options); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (p providerCases) transform(c *Case) (any, error) {
	all, err := p.providers()
	if err != nil {
		return nil, err
	}
	props, err := configProps(c.Input)
	if err != nil {
		return nil, err
	}
	r, err := workerconfig.NewTransformer(all).Transform(context.Background(), props)
	if err != nil {
		return nil, configFailure(err)
	}
	out := map[string]any{"data": r.Props}
	if len(r.TTLs) > 0 {
		ttls := map[string]any{}
		for path, ttl := range r.TTLs {
			ttls[path] = ttl.Milliseconds()
		}
		out["ttls"] = ttls
	}
	return out, nil
}

func (p providerCases) workerTransform(c *Case) (any, error) {
	all, err := p.providers()
	if err != nil {
		return nil, err
	}
	var props config.Props
	if c.Input != nil {
		if props, err = configProps(c.Input); err != nil {
			return nil, err
		}
	}
	resolved, err := workerconfig.NewTransformer(all).TransformConnector(context.Background(), props, func(string, time.Duration) {})
	if err != nil {
		return nil, configFailure(err)
	}
	if resolved == nil {
		return nil, nil
	}
	return resolved, nil
}

func (p providerCases) allowedPaths(c *Case) (any, error) {
	file := providers.NewFile()
	if err := file.Configure(map[string]string{"allowed.paths": c.Input.(string)}); err != nil {
		return nil, configFailure(err)
	}
	data, err := rooted{file, p.root}.Get(context.Background(), "files/config/secrets.properties", []string{"user"})
	return valuesOf(data), configFailure(err)
}

func (p providerCases) all(c *Case) (any, error) {
	all, err := p.providers()
	if err != nil {
		return nil, err
	}
	path, _ := c.Input.(string)
	data, err := all[strings.TrimSuffix(c.Group(), "-get-all")].Get(context.Background(), path, nil)
	return valuesOf(data), configFailure(err)
}

func valuesOf(data connect.ConfigData) any {
	object := map[string]any{}
	for k, v := range data.Values {
		object[k] = v
	}
	return object
}

// listing checks that the files the other cases read are the recorded ones.
func (p providerCases) listing(c *Case) (any, error) {
	object, _ := c.Output.(map[string]any)
	out := map[string]any{}
	for name := range object {
		text, err := os.ReadFile(filepath.Join(p.root, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		out[name] = map[string]any{"bytes": base64.StdEncoding.EncodeToString(text)}
		if recorded, ok := Member(object[name], "text").(string); ok {
			out[name].(map[string]any)["text"] = recorded
		}
	}
	return out, nil
}
