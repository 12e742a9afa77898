package app

import (
	"context"
	"log/slog"
	"maps"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/backup"
	"github.com/moldau/moldau/internal/cli"
	"github.com/moldau/moldau/internal/herder/secrets"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/workerconfig"
)

// backups is what `moldau backup` and `moldau restore` need.
func (p *program) backups() cli.Backups {
	return cli.Backups{Out: p.out, ErrOut: p.errOut, OpenKafka: p.openBackupCluster, Masker: func() (backup.Masker, error) {
		registry, err := p.registry()
		if err != nil {
			return nil, err
		}
		return secrets.NewFinder(workerconfig.NewPlugins(registry), registry), nil
	}}
}

// openBackupCluster connects to the group that a worker's properties file is of. Log lines below errors would be between those of the command.
func (p *program) openBackupCluster(ctx context.Context, path string) (*backup.KafkaCluster, error) {
	log := slog.New(logs.NewHandler(p.errOut, logs.NewLevels(slog.LevelError)).Hiding(p.redactor))
	slog.SetDefault(log)
	registry, err := p.registry()
	if err != nil {
		return nil, err
	}
	given, err := readProperties(path)
	if err != nil {
		return nil, err
	}
	settings, err := readWorker(ctx, registry, clientsOnly(given), (*workerconfig.Plugins).ParseDistributed, p.redactor, log)
	if err != nil {
		return nil, err
	}
	values := settings.values
	java := javaProperties(settings.props)
	hideJAAS(settings.redactor, java)
	jaas, err := kafka.LoadJAAS(java)
	if err != nil {
		return nil, err
	}
	providers, err := settings.plugins.NewProviders(values.Originals())
	if err != nil {
		return nil, err
	}
	transformer := workerconfig.NewTransformer(providers)
	transformer.Observe(hiding(settings.redactor.Add, settings.secrets.Connector))
	topic := func(prefix string, partitions int) kafka.NewTopic {
		return kafka.NewTopic{Name: values.String(prefix + "topic"), Partitions: int32(partitions), ReplicationFactor: int16(values.Int(prefix + "replication.factor")),
			Configs: topicSettings(values, prefix)}
	}
	exactlyOnce := values.String("exactly.once.source.support")
	return backup.OpenKafka(ctx, backup.KafkaConfig{
		Worker:      kafka.Worker{Properties: settings.props},
		Environment: &kafka.Environment{Logger: log, JAAS: jaas, SystemProperties: java, Version: kafkaVersion},
		Configs:     topic("config.storage.", 1),
		Offsets:     topic("offset.storage.", values.Int("offset.storage.partitions")),
		Statuses:    topic("status.storage.", values.Int("status.storage.partitions")),
		ExactlyOnce: strings.EqualFold(exactlyOnce, "enabled"),
		Fencing:     !strings.EqualFold(exactlyOnce, "disabled"),
		Resolve: func(ctx context.Context, props config.Props) (map[string]string, error) {
			resolved, err := transformer.Transform(ctx, props)
			return resolved.Props.Strings(), err
		},
		Kind:   func(class string) string { return kindOf(registry, class) },
		Closed: func() { _ = transformer.Close() }, // nothing was made with the secrets
		Logger: log,
	})
}

// clientsOnly returns a worker's properties without classes that only a running worker needs: those of a Java worker may not be in this build.
func clientsOnly(given map[string]string) map[string]string {
	out := maps.Clone(given)
	for key := range given {
		for _, prefix := range []string{"key.converter", "value.converter", "header.converter"} {
			if key == prefix || strings.HasPrefix(key, prefix+".") {
				delete(out, key)
			}
		}
	}
	for _, key := range []string{"rest.extension.classes", "metric.reporters", "plugin.path", "connector.client.config.override.policy"} {
		delete(out, key)
	}
	out["key.converter"], out["value.converter"] = jsonConverter, jsonConverter
	return out
}

func kindOf(registry *plugin.Registry, class string) string {
	p, err := registry.Connector(class)
	switch {
	case err != nil:
		return ""
	case p.Kind == connect.KindSink:
		return "sink"
	}
	return "source"
}
