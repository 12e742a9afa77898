package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/herder/secrets"
	"github.com/moldau/moldau/internal/herder/validation"
	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/workerconfig"
)

// transformConfig is what `moldau transform` reads before the first record: configurations, checked and with placeholders resolved.
type transformConfig struct {
	registry    *plugin.Registry
	plugins     *workerconfig.Plugins
	transformer *workerconfig.Transformer
	worker      *config.Values
	redactor    *logs.Redactor

	kind  connect.Kind
	props map[string]string
}

// refused prints what is wrong with a file and returns the exit code that the commands of workers have for it.
func (p *program) refused(code int, path string, err error) error {
	if path != "" && !strings.Contains(err.Error(), path) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	fmt.Fprintln(p.errOut, "moldau:", p.redactor.Redact(err.Error()))
	return &exitError{code, err}
}

// readTransform reads and checks the files that the options name.
func (p *program) readTransform(ctx context.Context, o *transformOptions) (_ *transformConfig, err error) {
	c := &transformConfig{redactor: p.redactor}
	if c.registry, err = plugin.New(kafkaVersion, offline(p.plugins)...); err != nil {
		return nil, err
	}
	c.plugins = workerconfig.NewPlugins(c.registry)
	if err := c.readWorker(ctx, o.worker); err != nil {
		return nil, p.refused(exitStart, o.worker, err)
	}
	if err := c.readConnector(ctx, o); err != nil {
		return nil, errors.Join(p.refused(exitConnector, o.connector, err), c.transformer.Close())
	}
	return c, nil
}

// offline returns the plugins without the checks of their own that connectors make: those may reach other systems.
func offline(plugins []connect.Plugin) []connect.Plugin {
	plugins = slices.Clone(plugins)
	for i := range plugins {
		if create := plugins[i].NewConnector; create != nil {
			plugins[i].NewConnector = func() connect.Connector { return struct{ connect.Connector }{create()} }
		}
	}
	return plugins
}

// readWorker reads the worker file, of a standalone or of a distributed worker; without one it takes the converters of `moldau dev`.
func (c *transformConfig) readWorker(ctx context.Context, path string) error {
	given := map[string]string{
		"bootstrap.servers":              "127.0.0.1:9092",
		"key.converter":                  jsonConverter,
		"key.converter.schemas.enable":   "false",
		"value.converter":                jsonConverter,
		"value.converter.schemas.enable": "false",
		"offset.storage.file.filename":   "connect.offsets",
	}
	if path != "" {
		_, err := os.Stat(path)
		if err == nil {
			given, err = readProperties(path)
		}
		if err != nil {
			return err
		}
	}
	finder := secrets.NewFinder(c.plugins, c.registry)
	c.redactor.Keep(finder.Worker(config.PropsOf(given))...)
	resolved, err := c.plugins.ResolveWorker(ctx, config.PropsOf(given), hiding(c.redactor.Keep, finder.Worker))
	if err != nil {
		return err
	}
	parse := c.plugins.ParseStandalone
	if resolved.Has("group.id") {
		parse = c.plugins.ParseDistributed
	}
	if c.worker, err = parse(resolved); err != nil {
		return err
	}
	providers, err := c.plugins.NewProviders(c.worker.Originals())
	if err != nil {
		return err
	}
	c.transformer = workerconfig.NewTransformer(providers)
	c.transformer.Observe(hiding(c.redactor.Add, finder.Connector))
	return nil
}

// readConnector reads the connector file and validates it as the REST API does.
func (c *transformConfig) readConnector(ctx context.Context, o *transformOptions) error {
	if _, err := os.Stat(o.connector); err != nil {
		return err
	}
	file, err := readConnectorFile(o.connector)
	if err != nil {
		return err
	}
	for _, key := range file.props.Keys() {
		if file.props[key] == nil {
			return fmt.Errorf("Non-string value found in original settings for key %s: null", key)
		}
	}
	resolved, err := c.transformer.Transform(ctx, file.props)
	if err != nil {
		return err
	}
	infos, err := c.validate(ctx, o, file.props, resolved.Props)
	if err != nil {
		return err
	}
	if infos.ErrorCount > 0 {
		return errors.New(c.printed(infos, resolved.Props))
	}
	if _, err := c.plugins.ParseConnector(c.kind, resolved.Props, c.worker); err != nil {
		return err
	}
	c.props = resolved.Props.Strings()
	return nil
}

// validate answers as PUT /connector-plugins/{class}/config/validate and finds out the kind of the connector.
func (c *transformConfig) validate(ctx context.Context, o *transformOptions, given, resolved config.Props) (*config.Infos, error) {
	class := resolved.Text("connector.class")
	connector, err := c.registry.Connector(class)
	switch {
	case err == nil && (o.source && connector.Kind != connect.KindSource || o.sink && connector.Kind != connect.KindSink):
		return nil, fmt.Errorf("connector.class: %s is a %s: leave out --source and --sink, they are for classes that this build does not have", class, connector.Kind)
	case err == nil:
		c.kind = connector.Kind
		v, err := validation.New(c.plugins, c.registry, c.worker, c.transformer)
		if err != nil {
			return nil, err
		}
		return v.Validate(ctx, given, herder.Alone, func(string) {})
	case !o.source && !o.sink && class == "":
		return nil, errors.New("connector.class: the configuration has none; with --source or --sink it is taken for one or the other")
	case !o.source && !o.sink:
		return nil, fmt.Errorf("connector.class: Failed to find any class that implements Connector and which name matches %s%s; "+
			"with --source or --sink it is taken for one or the other", class, c.hint(class, connect.KindSink, connect.KindSource))
	}
	c.kind = connect.KindSink
	if o.source {
		c.kind = connect.KindSource
	}
	d, checked := c.plugins.CheckConnector(c.kind, resolved, c.worker)
	infos := d.Infos(class, checked.Values(), d.Groups())
	for _, key := range []string{"header.converter", "key.converter", "value.converter"} {
		infos.Merge(c.plugins.ConverterInfos(key, resolved, checked))
	}
	return infos, nil
}

// printed lists the errors of a validation key by key.
func (c *transformConfig) printed(infos *config.Infos, props config.Props) string {
	var b strings.Builder
	b.WriteString("the configuration is not valid")
	for _, info := range infos.Configs {
		if info.Value == nil {
			continue
		}
		for _, message := range info.Value.Errors {
			fmt.Fprintf(&b, "\n  %s: %s", info.Value.Name, message)
			if strings.Contains(message, "could not be found") {
				b.WriteString(c.hint(props.Text(info.Value.Name), kindOfKey(info.Value.Name)...))
			}
		}
	}
	return b.String()
}

// kindOfKey returns what plugins the value of a key can name.
func kindOfKey(key string) []connect.Kind {
	switch {
	case strings.HasPrefix(key, "transforms."):
		return []connect.Kind{connect.KindTransformation}
	case strings.HasPrefix(key, "predicates."):
		return []connect.Kind{connect.KindPredicate}
	case key == "header.converter":
		return []connect.Kind{connect.KindHeaderConverter}
	}
	return []connect.Kind{connect.KindConverter}
}

// hint names the classes that may be meant.
func (c *transformConfig) hint(class string, kinds ...connect.Kind) string {
	near := c.registry.Similar(class, kinds...)
	if len(near) == 0 {
		return ""
	}
	return " (similar: " + strings.Join(near, ", ") + ")"
}
