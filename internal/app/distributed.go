package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/group"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/store"
	"github.com/moldau/moldau/internal/worker"
	"github.com/moldau/moldau/internal/workerconfig"
)

const distributedUsage = "Usage: ConnectDistributed worker.properties"

func (p *program) distributedCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "distributed WORKER.properties",
		Short: "Run a worker of a group, as connect-distributed does",
		Long: "Runs a worker that shares connectors and tasks with the other workers of its group.id, of Java or of Moldau, as connect-distributed\n" +
			"does. Configurations, states and offsets are kept in the topics that the properties name.",
		DisableFlagsInUseLine: true,
		RunE:                  func(_ *cobra.Command, args []string) error { return p.distributed(args) },
	}
}

// distributed runs connect-distributed until a signal. Its exit codes are those of Java's.
func (p *program) distributed(args []string) error {
	log, levels := p.openLog(p.out, slog.LevelInfo), p.log.levels
	slog.SetDefault(log) // config providers and transformations are given no logger
	if len(args) == 0 || args[0] == "--help" {
		log.Info(distributedUsage)
		return &exitError{code: exitUsage}
	}
	ctx, signals, stopListening := untilSignal(context.Background())
	defer stopListening()
	given, err := readProperties(args[0])
	p.log.configure(given)
	log.Info("Kafka Connect worker initializing ...")
	if err != nil {
		log.Error("Stopping due to error", logs.ErrorKey, err)
		return &exitError{exitStart, err}
	}
	w, err := p.startDistributed(ctx, given, levels, log)
	if err != nil && ctx.Err() != nil {
		return &exitError{code: signals.exitCode()} // the signal is the reason, and no error
	}
	if late, ok := errors.AsType[*herderError](err); ok {
		log.Error("Uncaught exception in herder work thread, exiting: ", logs.ErrorKey, late.err)
		return &exitError{exitHerder, err}
	}
	if err != nil {
		log.Error("Stopping due to error", logs.ErrorKey, err)
		return &exitError{exitStart, err}
	}
	code := 0
	select {
	case <-ctx.Done():
		code = signals.exitCode()
	case <-w.herder.Failed():
		log.Error("Stopping since the worker cannot go on in its group", logs.ErrorKey, w.herder.Health(context.Background()))
		code = exitHerder
	}
	if err := w.stop(); err != nil {
		log.Warn("Not everything stopped in time: " + err.Error())
	}
	return &exitError{code: code}
}

// herderError is an error that a Java worker meets after its start, in the thread of its herder, where it reads the internal topics.
type herderError struct{ err error }

func (e *herderError) Error() string { return e.err.Error() }
func (e *herderError) Unwrap() error { return e.err }

// distributedWorker is a worker of a group.
type distributedWorker struct {
	*connectWorker
	herder   *herder.Distributed
	events   atomic.Pointer[herder.Distributed] // who hears of the config topic, nil until the herder was made
	admin    *kafka.Admin
	offsets  *store.OffsetTopic
	statuses *store.StatusStore
	configs  *store.ConfigStore
	group    *worker.GroupConfig
	client   *kgo.Client // of the group member
}

// startDistributed makes a worker, reads its topics to their ends and joins the group. Nothing is left behind where that fails.
func (p *program) startDistributed(ctx context.Context, given map[string]string, levels *logs.Levels, log *slog.Logger) (*distributedWorker, error) {
	registry, err := p.registry()
	if err != nil {
		return nil, err
	}
	settings, err := readWorker(ctx, registry, given, (*workerconfig.Plugins).ParseDistributed, p.redactor, log)
	if err != nil {
		return nil, err
	}
	p.log.configure(settings.props)
	base, err := newWorker(ctx, settings, levels, log)
	if err != nil {
		return nil, err
	}
	w := &distributedWorker{connectWorker: base}
	if err := w.start(ctx); err != nil {
		if late := w.stop(); late != nil {
			log.Warn("Not everything stopped in time: " + late.Error())
		}
		return nil, err
	}
	return w, nil
}

func (w *distributedWorker) start(ctx context.Context) error {
	w.log.Info("Kafka Connect starting")
	values := w.settings.values
	clients := kafka.Worker{Properties: w.settings.props}
	// Java's worker waits default.api.timeout.ms for its brokers; this one as long as they take to start. What they refuse ends the start below.
	w.awaitCluster(ctx, kafka.Unreachable)
	if err := w.openStores(ctx, clients); err != nil {
		return &herderError{err}
	}
	member := clients.GroupMember(w.rest.WorkerID())
	// The member speaks the group's protocol itself; the client carries its requests.
	options, err := w.kafka.AdminOptions(member.Source, member.Properties)
	if err != nil {
		return err
	}
	if w.client, err = kgo.NewClient(options...); err != nil {
		return err
	}
	protocol, err := group.ParseProtocol(values.String("connect.protocol"))
	if err != nil {
		return err
	}
	h, err := herder.NewDistributed(herder.DistributedConfig{
		Server:      serverInfo,
		Worker:      w.groupWorker(),
		NewWorker:   w.newMeteredWorker,
		Registry:    w.settings.registry,
		Validator:   w.validator,
		Transformer: w.transformer,
		Levels:      w.levels,
		Redactor:    w.settings.redactor,
		TrackTopics: values.Bool("topic.tracking.enable"),
		Logger:      w.log,
		Configs:     w.configs,
		Statuses:    w.statuses,
		Peers:       w.rest.Client(),
		SyncTimeout: values.Duration("worker.sync.timeout.ms"), UnsyncBackoff: values.Duration("worker.unsync.backoff.ms"),
		MaxDelay: values.Duration("scheduled.rebalance.max.delay.ms"), StopTimeout: values.Duration("task.shutdown.graceful.timeout.ms"),
		Keys: keySettings(values),
		Join: func(configured func() group.Configured) herder.Member {
			joined := group.Start(group.Config{
				Client: w.client, GroupID: values.String("group.id"), URL: w.rest.AdvertisedURL().String(), Protocol: protocol,
				SessionTimeout: values.Duration("session.timeout.ms"), RebalanceTimeout: values.Duration("rebalance.timeout.ms"),
				HeartbeatInterval: values.Duration("heartbeat.interval.ms"), RequestTimeout: values.Duration("request.timeout.ms"),
				RetryBackoff: values.Duration("retry.backoff.ms"), MaxDelay: values.Duration("scheduled.rebalance.max.delay.ms"),
				Configured: configured, Logger: w.log,
			})
			w.meterMember(joined, member.Properties["client.id"])
			return joined
		},
	})
	if err != nil {
		return err
	}
	w.herder, w.running = h, h
	w.events.Store(h)
	h.Start()
	w.rest.RegisterGroup(h)
	w.health.started(h)
	w.serve(h)
	return nil
}

// groupWorker is what the worker needs, with what only a worker of a group has.
func (w *distributedWorker) groupWorker() worker.Config {
	cfg := w.workerConfig(w.offsets)
	cfg.Group = w.group
	return cfg
}

// topicSettings are the settings of an internal topic that a worker's configuration adds (DistributedConfig.topicSettings).
func topicSettings(values *config.Values, prefix string) map[string]string {
	settings := values.OriginalsWithPrefix(prefix).Strings()
	for _, own := range []string{"topic", "partitions", "replication.factor"} {
		delete(settings, own)
	}
	return settings
}

func keySettings(values *config.Values) herder.KeySettings {
	k := herder.KeySettings{
		GenerationAlgorithm:    values.String("inter.worker.key.generation.algorithm"),
		TTL:                    values.Duration("inter.worker.key.ttl.ms"),
		SignatureAlgorithm:     values.String("inter.worker.signature.algorithm"),
		VerificationAlgorithms: values.List("inter.worker.verification.algorithms"),
	}
	if values.IsSet("inter.worker.key.size") {
		k.Size = values.Int("inter.worker.key.size")
	}
	return k
}

// openStores opens the three topics, at the same time as Java would one after the other.
func (w *distributedWorker) openStores(ctx context.Context, clients kafka.Worker) error {
	values := w.settings.values
	shared := clients.SharedAdmin()
	var err error
	if w.admin, err = w.kafka.NewAdmin(ctx, shared.Source, shared.Properties); err != nil {
		return err
	}
	exactlyOnce := strings.EqualFold(values.String("exactly.once.source.support"), "enabled")
	log := func(prefix string, topic kafka.InternalTopic, partitions int) store.LogConfig {
		return store.LogConfig{
			Topic: kafka.NewTopic{Name: values.String(prefix + "topic"), Partitions: int32(partitions), ReplicationFactor: int16(values.Int(prefix + "replication.factor")),
				Configs: topicSettings(values, prefix)},
			Environment: w.kafka, Admin: w.admin, Producer: clients.InternalProducer(topic), Consumer: clients.InternalConsumer(topic, exactlyOnce), Logger: w.log,
		}
	}
	offsets := log("offset.storage.", kafka.Offsets, values.Int("offset.storage.partitions"))
	if w.offsets, err = store.OpenOffsets(ctx, offsets); err != nil {
		return err
	}
	w.group = &worker.GroupConfig{Topic: offsets.Topic, Offsets: w.offsets, ExactlyOnce: exactlyOnce}
	if w.statuses, err = store.OpenStatuses(ctx, log("status.storage.", kafka.Statuses, values.Int("status.storage.partitions"))); err != nil {
		return err
	}
	cfg := store.ConfigStoreConfig{Log: log("config.storage.", kafka.Configs, 1), Listener: func(e store.ConfigEvent) {
		// What comes before there is a herder is in the snapshot that it begins with.
		if h := w.events.Load(); h != nil {
			h.OnConfigEvent(e)
		}
	}}
	if !strings.EqualFold(values.String("exactly.once.source.support"), "disabled") {
		cfg.Leader = clients.FencingProducer()
	}
	w.configs, err = store.OpenConfigs(ctx, cfg)
	return err
}

// stop ends everything in Java's order: REST server, connectors and tasks, membership, stores.
func (w *distributedWorker) stop() error {
	err := w.connectWorker.stop()
	if w.client != nil {
		w.client.Close()
	}
	// At the same time, since each waits a little for a broker that does not answer.
	var closing sync.WaitGroup
	if w.statuses != nil {
		closing.Go(w.statuses.Close)
	}
	if w.configs != nil {
		closing.Go(w.configs.Close)
	}
	if w.offsets != nil {
		closing.Go(w.offsets.Close)
	}
	closing.Wait()
	if w.admin != nil {
		w.admin.Close()
	}
	return err
}
