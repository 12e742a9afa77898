package worker

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
)

// converters are those of one task, with their Java classes for error reports.
type converters struct {
	key, value                        connect.Converter
	header                            connect.HeaderConverter
	keyClass, valueClass, headerClass string
}

const defaultHeaderConverter = "org.apache.kafka.connect.storage.SimpleHeaderConverter"

// newConverters makes and configures the converters: the connector's class with the connector's options, else the worker's class with the
// worker's options (Plugins.newConverter); the two are never mixed.
func (w *Worker) newConverters(connProps map[string]string) (*converters, error) {
	c := &converters{}
	var err error
	if c.key, c.keyClass, err = w.newConverter(connProps, "key.converter", true); err != nil {
		return nil, err
	}
	if c.value, c.valueClass, err = w.newConverter(connProps, "value.converter", false); err != nil {
		return nil, err
	}
	class, options := w.converterOptions(connProps, "header.converter", defaultHeaderConverter)
	plugin, ok := w.cfg.Plugins.Find(connect.KindHeaderConverter, class)
	if !ok || plugin.NewHeaderConverter == nil {
		return nil, unknownClass("header.converter", class)
	}
	c.header, c.headerClass = plugin.NewHeaderConverter(), plugin.Class
	options["converter.type"] = "header"
	return c, configured(func() error { return c.header.Configure(options) })
}

func (w *Worker) converterOptions(connProps map[string]string, key, def string) (class string, options map[string]string) {
	if class, ok := connProps[key]; ok && class != "" {
		return class, below(connProps, key+".")
	}
	if class, ok := w.cfg.Props[key]; ok && class != "" {
		return class, below(w.cfg.Props, key+".")
	}
	return def, map[string]string{}
}

func (w *Worker) newConverter(connProps map[string]string, key string, isKey bool) (connect.Converter, string, error) {
	class, options := w.converterOptions(connProps, key, "")
	if class == "" {
		return nil, "", javafmt.NewException(javafmt.ConfigException, `Missing required configuration "`+key+`" which has no default value.`, nil)
	}
	plugin, ok := w.cfg.Plugins.Find(connect.KindConverter, class)
	if !ok || plugin.NewConverter == nil {
		return nil, "", unknownClass(key, class)
	}
	options["converter.type"] = "value"
	if isKey {
		options["converter.type"] = "key"
	}
	c := plugin.NewConverter()
	return c, plugin.Class, configured(func() error { return c.Configure(options, isKey) })
}
