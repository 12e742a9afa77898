package backup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/store"
)

// KafkaConfig says how to reach the internal topics of a group.
type KafkaConfig struct {
	// Worker has the properties of one of the group's workers.
	Worker      kafka.Worker
	Environment *kafka.Environment
	// Configs, Offsets and Statuses are the internal topics, as a worker would create them.
	Configs, Offsets, Statuses kafka.NewTopic
	// ExactlyOnce says that exactly.once.source.support is enabled, Fencing that it is enabled or in preparation.
	ExactlyOnce, Fencing bool
	// Resolve replaces the placeholders of a connector's configuration.
	Resolve func(context.Context, config.Props) (map[string]string, error)
	// Kind returns source or sink for a connector class, "" where it is not known.
	Kind func(class string) string
	// Closed is called when the cluster is closed; it may be nil.
	Closed func()
	Logger *slog.Logger
}

// KafkaCluster is a group of workers, seen through its internal topics. The workers need not run, and must not while it is written to.
type KafkaCluster struct {
	cfg   KafkaConfig
	admin *kafka.Admin
	// admins are those of connectors with settings of their own, by these settings.
	admins map[string]*kafka.Admin
	// logs are the topics that are open for writing, by their clients.
	logs map[string]*store.KafkaLog
}

// OpenKafka connects to the Kafka cluster of a group. The caller closes the cluster.
func OpenKafka(ctx context.Context, cfg KafkaConfig) (*KafkaCluster, error) {
	settings := cfg.Worker.SharedAdmin()
	admin, err := cfg.Environment.NewAdmin(ctx, settings.Source, settings.Properties)
	if err != nil {
		return nil, err
	}
	return &KafkaCluster{cfg: cfg, admin: admin, admins: map[string]*kafka.Admin{}, logs: map[string]*store.KafkaLog{}}, nil
}

// Close implements Cluster.
func (c *KafkaCluster) Close() {
	for _, log := range c.logs {
		log.Close()
	}
	for _, admin := range c.admins {
		admin.Close()
	}
	c.admin.Close()
	if c.cfg.Closed != nil {
		c.cfg.Closed()
	}
}

// topic is an internal topic with the clients for it.
func (c *KafkaCluster) topic(of kafka.InternalTopic) store.LogConfig {
	cfg := store.LogConfig{Environment: c.cfg.Environment, Admin: c.admin, Producer: c.cfg.Worker.InternalProducer(of),
		Consumer: c.cfg.Worker.InternalConsumer(of, c.cfg.ExactlyOnce), Logger: c.cfg.Logger}
	switch of {
	case kafka.Configs:
		cfg.Topic, cfg.Property, cfg.Purpose, cfg.SinglePartition = c.cfg.Configs, "config.storage.topic", "connector configurations", true
	case kafka.Offsets:
		cfg.Topic, cfg.Property, cfg.Purpose = c.cfg.Offsets, "offset.storage.topic", "source connector offsets"
	default:
		cfg.Topic, cfg.Property, cfg.Purpose = c.cfg.Statuses, "status.storage.topic", "connector and task statuses"
		// A worker's own producer gives up at once, since its store sends again. This one waits.
		delete(cfg.Producer.Properties, "retries")
	}
	return cfg
}

// resolved returns a configuration without placeholders where its clients or its offset topic may hang on them.
func (c *KafkaCluster) resolved(ctx context.Context, props config.Props) (map[string]string, error) {
	needed := config.Props{}
	for key, value := range props {
		if strings.HasPrefix(key, "consumer.override.") || strings.HasPrefix(key, "producer.override.") || strings.HasPrefix(key, "admin.override.") || key == "offsets.storage.topic" {
			needed[key] = value
		}
	}
	for _, key := range needed.Keys() {
		if strings.Contains(needed.Text(key), "${") {
			return c.cfg.Resolve(ctx, needed)
		}
	}
	return needed.Strings(), nil
}

// adminFor returns an admin client with the settings of a connector.
func (c *KafkaCluster) adminFor(ctx context.Context, settings kafka.Settings) (*kafka.Admin, error) {
	properties := map[string]string{}
	for key, value := range settings.Properties {
		if key != "client.id" {
			properties[key] = value
		}
	}
	shared := c.cfg.Worker.SharedAdmin().Properties
	delete(shared, "client.id")
	key, same := fmt.Sprint(properties), fmt.Sprint(shared) // fmt prints maps in order
	if key == same {
		return c.admin, nil
	}
	if admin := c.admins[key]; admin != nil {
		return admin, nil
	}
	admin, err := c.cfg.Environment.NewAdmin(ctx, settings.Source, settings.Properties)
	if err == nil {
		c.admins[key] = admin
	}
	return admin, err
}

// Ready implements Cluster: no worker of the group may be alive, since it would neither see what is written nor let it be.
func (c *KafkaCluster) Ready(ctx context.Context) error {
	group := c.cfg.Worker.Properties["group.id"]
	found, err := kadm.NewClient(c.admin.Client()).DescribeGroups(ctx, group)
	if err == nil {
		err = found[group].Err
	}
	switch {
	case errors.Is(err, kerr.GroupIDNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("ask whether workers of group %s are alive: %w", group, kafka.Denied(err, kafka.Resource{Group: group, Client: kafka.AdminClient, Source: "admin client of the worker"}))
	}
	var hosts []string
	for _, m := range found[group].Members {
		hosts = append(hosts, strings.TrimPrefix(m.ClientHost, "/")+" ("+m.ClientID+")")
	}
	if len(hosts) > 0 {
		return fmt.Errorf("group %s has %d workers that are alive: %s. Stop them, or restore over REST with --url", group, len(hosts), strings.Join(hosts, ", "))
	}
	return nil
}
