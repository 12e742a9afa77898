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
	"github.com/moldau/moldau/internal/herder/secrets"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/logs"
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
	// secrets finds what of a configuration must not be shown, redactor hides it.
	secrets  *secrets.Finder
	redactor *logs.Redactor
}

// hiding returns what a Transformer calls to make the secrets known that find finds in a configuration, and the values of config providers; add is
// a redactor's Keep for a worker's own configuration, its Add for those of connectors.
func hiding(add func(...string), find func(config.Props) []string) func(props config.Props, values []string) {
	return func(props config.Props, values []string) {
		add(find(props)...)
		add(secrets.Resolved(values)...)
	}
}

// readWorker resolves the properties of a worker, checks them with parse, and says once what is odd about them.
func readWorker(ctx context.Context, registry *plugin.Registry, given map[string]string, parse func(*workerconfig.Plugins, config.Props) (*config.Values, error),
	redactor *logs.Redactor, log *slog.Logger) (*workerSettings, error) {
	plugins := workerconfig.NewPlugins(registry)
	finder := secrets.NewFinder(plugins, registry)
	// Before providers see their parameters, which an error of theirs may quote.
	redactor.Keep(finder.Worker(config.PropsOf(given))...)
	resolved, err := plugins.ResolveWorker(ctx, config.PropsOf(given), hiding(redactor.Keep, finder.Worker))
	if err != nil {
		return nil, err
	}
	values, err := parse(plugins, resolved)
	if err != nil {
		return nil, err
	}
	w := &workerSettings{registry: registry, plugins: plugins, props: resolved.Strings(), values: values, secrets: finder, redactor: redactor}
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

// reportPluginPath says of every entry of a plugin path with jars in it that they are not loaded, and which of the connectors that they
// declare this build serves natively.
func reportPluginPath(registry *plugin.Registry, path string, log *slog.Logger) {
	plugins := []string{path}
	if filepath.Ext(path) != ".jar" {
		entries, err := os.ReadDir(path)
		if err != nil {
			log.Error("plugin.path: " + path + " cannot be read: " + err.Error())
			return
		}
		plugins = nil
		for _, e := range entries {
			plugins = append(plugins, filepath.Join(path, e.Name()))
		}
	}
	for _, name := range plugins {
		classes, jars := jarConnectors(name)
		if jars == 0 {
			continue
		}
		native, missing := nativeFor(registry, classes)
		message := "plugin.path: " + name + " holds Java plugins, which are not loaded"
		if len(native) > 0 {
			message += "; this build serves natively: " + strings.Join(native, ", ")
		}
		if len(missing) > 0 {
			message += "; it has nothing for: " + strings.Join(missing, ", ")
		}
		if len(classes) == 0 {
			message += "; they do not list their connectors, `moldau plugins` lists those of this build"
		}
		log.Warn(message)
	}
}

// nativeFor parts connector classes into those that this build has, by their names here, and those that it has not.
func nativeFor(registry *plugin.Registry, classes []string) (native, missing []string) {
	for _, class := range classes {
		if p, err := registry.Connector(class); err == nil {
			native = append(native, p.Class)
		} else if near := registry.Near(class); near != "" {
			missing = append(missing, class+" (similar: "+near+")")
		} else {
			missing = append(missing, class)
		}
	}
	return native, missing
}
