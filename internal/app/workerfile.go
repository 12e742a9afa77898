package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/workerconfig"
)

// readProperties reads a Java properties file. Errors carry the names of Java's exceptions, which people search for.
func readProperties(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, javafmt.NewException("java.nio.file.NoSuchFileException", path, nil)
	}
	if err != nil {
		return nil, javafmt.NewException("java.io.IOException", err.Error(), nil)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, javafmt.NewException("java.io.IOException", "Is a directory: "+path, nil)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, javafmt.NewException("java.io.IOException", fmt.Sprintf("reading %s: %v", path, err), nil)
	}
	props, err := javafmt.LoadProperties(strings.NewReader(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return props.Map(), nil
}

// workerSettings is a worker's configuration, read and checked.
type workerSettings struct {
	registry *plugin.Registry
	plugins  *workerconfig.Plugins
	props    map[string]string
	values   *config.Values
}

// readWorker resolves and checks the properties of a standalone worker and says once what is odd about them.
func readWorker(ctx context.Context, registry *plugin.Registry, given map[string]string, log *slog.Logger) (*workerSettings, error) {
	plugins := workerconfig.NewPlugins(registry)
	resolved, err := plugins.ResolveWorker(ctx, config.PropsOf(given))
	if err != nil {
		return nil, err
	}
	values, err := plugins.ParseStandalone(resolved)
	if err != nil {
		return nil, err
	}
	w := &workerSettings{registry: registry, plugins: plugins, props: resolved.Strings(), values: values}
	for _, n := range workerconfig.Notices(values) {
		log.Warn(n.Key + ": " + n.Text)
	}
	for _, warning := range (kafka.Worker{Properties: w.props}).SecurityWarnings() {
		log.Warn(warning)
	}
	for _, path := range values.List("plugin.path") {
		reportPluginPath(registry, path, log)
	}
	return w, nil
}

// reportPluginPath says of every entry of a plugin path that it holds Java plugins, which this process cannot load, and which plugins of
// this build serve the same classes as far as the names of its jars tell.
func reportPluginPath(registry *plugin.Registry, path string, log *slog.Logger) {
	entries, err := os.ReadDir(path)
	if err != nil {
		log.Error("plugin.path: " + path + " cannot be read: " + err.Error())
		return
	}
	for _, e := range entries {
		if !e.IsDir() && filepath.Ext(e.Name()) != ".jar" {
			continue
		}
		name := filepath.Join(path, e.Name())
		if near := nativeFor(registry, name); near != "" {
			log.Warn("plugin.path: " + name + " holds Java plugins, which are not loaded; this build serves " + near + " natively")
			continue
		}
		log.Warn("plugin.path: " + name + " holds Java plugins, which are not loaded, and this build has no connector of a like name; `moldau plugins` lists what it has")
	}
}

// nativeFor returns the classes of this build's connectors that the service files or names of a plugin folder or jar speak of.
func nativeFor(registry *plugin.Registry, name string) string {
	classes := jarConnectors(name)
	var found []string
	for _, class := range classes {
		if p, err := registry.Connector(class); err == nil {
			found = append(found, p.Class)
		} else if near := registry.Near(class); near != "" {
			found = append(found, near)
		}
	}
	return strings.Join(found, ", ")
}
