package herder

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/workerconfig"
)

// base is what herders of every kind do alike (org.apache.kafka.connect.runtime.AbstractHerder).
type base struct {
	server      ServerInfo
	registry    *plugin.Registry
	validator   Validator
	transformer *workerconfig.Transformer
	levels      *logs.Levels
	log         *slog.Logger
}

// Server returns the answer of GET /.
func (b *base) Server() ServerInfo { return b.server }

// typeOf tells what kind of connector a configuration is for.
func (b *base) typeOf(props config.Props) ConnectorType {
	p, err := b.registry.Connector(props.Text("connector.class"))
	switch {
	case err != nil:
		return TypeUnknown
	case p.Kind == connect.KindSink:
		return TypeSink
	}
	return TypeSource
}

// Plugins returns the connectors, or all plugins, in the order of ConnectorPluginsResource.
func (b *base) Plugins(connectorsOnly bool) []PluginInfo {
	kinds := []connect.Kind{connect.KindSink, connect.KindSource}
	if !connectorsOnly {
		kinds = append(kinds, connect.KindTransformation, connect.KindPredicate, connect.KindConverter, connect.KindHeaderConverter)
	}
	out := []PluginInfo{}
	for _, kind := range kinds {
		for _, p := range b.registry.All(kind) {
			out = append(out, PluginInfo{Class: p.Class, Type: string(p.Kind), Version: p.Version})
		}
	}
	return out
}

// PluginConfig returns the keys of a plugin.
func (b *base) PluginConfig(ctx context.Context, class string, version *string) ([]*config.KeyInfo, error) {
	return b.validator.PluginConfig(ctx, class, version)
}

// ValidateConfig checks the configuration. It calls plugins on a goroutine of its own, so it returns when ctx ends
// whatever they do.
func (b *base) ValidateConfig(ctx context.Context, props config.Props) (*config.Infos, error) {
	return b.validate(ctx, props, ToAnswer)
}

func (b *base) validate(ctx context.Context, props config.Props, purpose Purpose) (*config.Infos, error) {
	return aside(ctx, b.log, "waiting for a new thread to become available for connector validation", func(j *job) (*config.Infos, error) {
		return b.validator.Validate(ctx, props, purpose, j.step)
	})
}

// checked validates a configuration that is to be stored, and returns it: all messages together are one 400 (AbstractHerder.maybeAddConfigErrors).
func (b *base) checked(ctx context.Context, props config.Props) (map[string]string, error) {
	purpose := ToStore
	if ctx.Value(aloneKey{}) != nil {
		purpose = Alone
	}
	infos, err := b.validate(ctx, props, purpose)
	if err != nil {
		return nil, err
	}
	if infos.ErrorCount == 0 {
		return props.Strings(), nil
	}
	var text strings.Builder
	text.WriteString("Connector configuration is invalid and contains the following " + strconv.Itoa(infos.ErrorCount) + " error(s):")
	for _, info := range infos.Configs {
		if info.Value == nil {
			continue
		}
		for _, message := range info.Value.Errors {
			text.WriteString("\n" + message)
		}
	}
	text.WriteString("\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`")
	return nil, BadRequest("%s", text.String())
}

// resolve replaces the placeholders of a configuration.
func (b *base) resolve(ctx context.Context, props map[string]string) (map[string]string, error) {
	r, err := b.transformer.Transform(ctx, config.PropsOf(props))
	return r.Props.Strings(), err
}

// Loggers returns all loggers.
func (b *base) Loggers() map[string]LoggerLevel {
	all := b.levels.All()
	out := make(map[string]LoggerLevel, len(all))
	for name, l := range all {
		out[name] = loggerLevel(l)
	}
	return out
}

// Logger returns one logger's level.
func (b *base) Logger(name string) (LoggerLevel, bool) {
	l, ok := b.levels.Get(name)
	return loggerLevel(l), ok
}

func loggerLevel(l logs.Level) LoggerLevel {
	out := LoggerLevel{Level: logs.LevelName(l.Level)}
	if l.Modified != (time.Time{}) {
		out.LastModified = l.Modified.UnixMilli()
	}
	return out
}

// SetWorkerLogger sets the level of a logger and those below it.
func (b *base) SetWorkerLogger(name, level string) []string {
	l, ok := logs.ParseLevel(level)
	if !ok {
		return []string{}
	}
	return b.levels.Set(name, l)
}
