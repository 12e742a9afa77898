package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/herder/secrets"
	"github.com/moldau/moldau/internal/herder/validation"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/metrics"
	"github.com/moldau/moldau/internal/rest"
	"github.com/moldau/moldau/internal/store"
	"github.com/moldau/moldau/internal/tracing"
	"github.com/moldau/moldau/internal/worker"
	"github.com/moldau/moldau/internal/workerconfig"
)

// stopTime bounds the stop of the herder, beyond the grace that tasks get.
const stopTime = 30 * time.Second

// connectWorker is what workers of both kinds stand on: REST server, plugins, client settings.
type connectWorker struct {
	settings    *workerSettings
	rest        *rest.Server
	kafka       *kafka.Environment
	transformer *workerconfig.Transformer
	validator   herder.Validator
	levels      *logs.Levels
	metrics     *metrics.Registry
	tracer      *tracing.Tracer // nil where nothing is traced
	log         *slog.Logger
	health      *health
	masks       bool // whether the REST API hides secrets of configurations

	running   stopper                       // the herder, nil until it was made
	answering atomic.Pointer[herder.Herder] // what the REST API asks, with all secrets masked, for bundles; nil until serve
	clusterID atomic.Pointer[string]

	life context.Context
	end  context.CancelFunc
	jobs sync.WaitGroup
}

type stopper interface {
	Stop(ctx context.Context) error
}

// standaloneWorker is a worker on its own.
type standaloneWorker struct {
	*connectWorker
	herder   *herder.Standalone // nil until start
	remember string             // folder for the connectors of the REST API, "" to forget them at exit as Java does
}

// clusterHerder answers GET / with the id of the Kafka cluster, which is known only once a broker has answered.
type clusterHerder struct {
	herder.Herder
	id *atomic.Pointer[string]
}

// Server returns the answer of GET /; the cluster's id is empty until a broker told it.
func (h *clusterHerder) Server() herder.ServerInfo {
	info := h.Herder.Server()
	if id := h.id.Load(); id != nil {
		info.KafkaClusterID = *id
	}
	return info
}

// newWorker makes a worker and binds its REST server, which answers 404 until start. What it refuses is wrong in the configuration or
// with the address; nothing is left behind then.
func newWorker(ctx context.Context, settings *workerSettings, levels *logs.Levels, log *slog.Logger) (*connectWorker, error) {
	tuneMemory(settings.values.Int64("moldau.memory.max.bytes"))
	java := javaProperties(settings.props)
	hideJAAS(settings.redactor, java)
	jaas, err := kafka.LoadJAAS(java)
	if err != nil {
		return nil, err
	}
	masks, err := rest.MasksSecrets(settings.values)
	if err != nil {
		return nil, err
	}
	w := &connectWorker{settings: settings, levels: levels, log: log, masks: masks}
	w.kafka = &kafka.Environment{Logger: log, JAAS: jaas, SystemProperties: java, Version: kafkaVersion,
		Reporter: kafka.NewLogReporter(log)}
	if err := w.openMetrics(); err != nil {
		return nil, err
	}
	w.openHealth(settings.values.Def().Lookup("group.id") != nil)
	if err := w.checkAdmin(ctx); err != nil {
		return nil, err
	}
	providers, err := settings.plugins.NewProviders(settings.values.Originals())
	if err != nil {
		return nil, err
	}
	w.transformer = workerconfig.NewTransformer(providers)
	w.transformer.Observe(hiding(settings.redactor.Add, settings.secrets.Connector))
	if w.validator, err = validation.New(settings.plugins, settings.registry, settings.values, w.transformer); err != nil {
		return nil, err
	}
	if w.rest, err = rest.New(rest.Config{Values: settings.values, Logger: log, JAAS: jaas, Metrics: w.metrics.Handler(log),
		Masker: settings.secrets, AuditTopic: w.auditTopic(), Prober: w.health, Bundle: http.HandlerFunc(w.serveBundle)}); err != nil {
		return nil, err
	}
	if err := w.rest.Start(); err != nil {
		return nil, err
	}
	w.metrics.Add(metrics.Certificates(w.rest.Certificates))
	w.life, w.end = context.WithCancel(context.Background())
	if err := cmp.Or(w.openTracing(), w.openPush()); err != nil {
		w.end()
		w.closeTracing(w.life)
		return nil, errors.Join(err, w.rest.Stop(ctx))
	}
	return w, nil
}

// checkAdmin refuses properties that no admin client can be made of, in the words of Java's worker, which makes one before anything else.
// Names that do not resolve are no such mistake: they may resolve later, as in a cluster of containers that starts.
func (w *connectWorker) checkAdmin(ctx context.Context) error {
	shared := kafka.Worker{Properties: w.settings.props}.SharedAdmin()
	_, err := w.kafka.AdminOptions(shared.Source, shared.Properties)
	if err == nil {
		_, err = kafka.ParseBootstrap(w.settings.values.List("bootstrap.servers"))
	}
	if err != nil {
		return javafmt.NewException(javafmt.KafkaException, "Failed to create new KafkaAdminClient: "+err.Error(), err)
	}
	return ctx.Err()
}

// start opens the offsets, starts the herder and lets the REST API answer. The caller stops the worker whether it fails or not.
func (w *standaloneWorker) start() error {
	w.log.Info("Kafka Connect starting")
	offsets, err := store.OpenOffsetFile(w.settings.values.String("offset.storage.file.filename"))
	if err != nil {
		return err
	}
	standalone, err := herder.NewStandalone(herder.StandaloneConfig{
		Server:      serverInfo,
		Worker:      w.workerConfig(offsets),
		NewWorker:   w.newMeteredWorker,
		Registry:    w.settings.registry,
		Validator:   w.validator,
		Transformer: w.transformer,
		Levels:      w.levels,
		Redactor:    w.settings.redactor,
		TrackTopics: w.settings.values.Bool("topic.tracking.enable"),
		Logger:      w.log,
	})
	if err != nil {
		return err
	}
	w.herder, w.running = standalone, standalone
	w.herder.Start()
	w.health.started(standalone)
	var answering herder.Herder = standalone
	if w.remember != "" {
		remembering := &rememberingHerder{Standalone: standalone, dir: w.remember}
		if err := remembering.restore(context.Background()); err != nil {
			w.log.Error("Not all remembered connectors could be created", logs.ErrorKey, err)
		}
		answering = remembering
	}
	w.serve(answering)
	return nil
}

var serverInfo = herder.ServerInfo{Version: kafkaVersion, Commit: kafkaCommit}

// workerConfig is what the worker of a herder needs.
func (w *connectWorker) workerConfig(offsets store.OffsetStore) worker.Config {
	return worker.Config{
		WorkerID: w.rest.WorkerID(),
		Props:    w.settings.props,
		Plugins:  w.settings.registry,
		ParseConnector: func(kind connect.Kind, props map[string]string) error {
			_, err := w.settings.plugins.ParseConnector(kind, config.PropsOf(props), w.settings.values)
			return err
		},
		Offsets: offsets,
		Kafka:   w.kafka,
		Redact:  w.settings.redactor.Redact,
		Tracer:  w.tracer,
		Logger:  w.log,
	}
}

// serve lets the REST API answer.
func (w *connectWorker) serve(h herder.Herder) {
	w.serveOwn(h)
	masked := rest.Guard(h, w.settings.redactor, w.settings.secrets, true)
	w.answering.Store(&masked)
	guarded := rest.Guard(h, w.settings.redactor, w.settings.secrets, w.masks)
	w.rest.RegisterResources(&clusterHerder{Herder: guarded, id: &w.clusterID})
	w.jobs.Go(w.findCluster)
	w.log.Info("Kafka Connect started")
}

// findCluster learns the id of the Kafka cluster, however long that takes.
func (w *connectWorker) findCluster() {
	if w.clusterID.Load() == nil {
		w.awaitCluster(w.life, func(error) bool { return true })
	}
}

// awaitCluster asks for the id of the Kafka cluster until a broker answers, ctx ends, or an error comes that is not one to wait out. It says when
// no broker answers.
func (w *connectWorker) awaitCluster(ctx context.Context, waits func(error) bool) {
	const first, longest = 250 * time.Millisecond, 10 * time.Second
	reported := false
	for wait := first; ; wait = min(2*wait, longest) {
		id, err := w.askCluster(ctx)
		switch {
		case err == nil:
			w.clusterID.Store(&id)
			if reported {
				w.log.Info("Kafka cluster at " + w.settings.props["bootstrap.servers"] + " answers")
			}
			w.log.Info("Kafka cluster ID: " + id)
			return
		case ctx.Err() != nil || !waits(err):
			return
		case wait == longest || !reported:
			w.log.Warn(fmt.Sprintf("No broker of bootstrap.servers=%s answers; trying again until one does: %v", w.settings.props["bootstrap.servers"], err))
			reported = true
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

func (w *connectWorker) askCluster(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	shared := kafka.Worker{Properties: w.settings.props}.SharedAdmin()
	admin, err := w.kafka.NewAdmin(ctx, shared.Source, shared.Properties)
	if err != nil {
		return "", err
	}
	defer admin.Close()
	return admin.ClusterID(ctx)
}

// stop ends everything in Java's order: first the REST server, then connectors and tasks. Requests under way get as much time as tasks do: one that waits
// for a broker which has gone must not keep the tasks from stopping before a service manager loses its patience.
func (w *connectWorker) stop() error {
	w.log.Info("Kafka Connect stopping")
	w.health.stopping.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), max(w.settings.values.Duration("task.shutdown.graceful.timeout.ms"), time.Second))
	defer cancel()
	err := w.rest.Stop(ctx)
	ctx, cancel = context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	if w.running != nil {
		err = errors.Join(err, w.running.Stop(ctx))
	} else {
		err = errors.Join(err, w.transformer.Close())
	}
	w.end()
	w.jobs.Wait()
	w.closeTracing(ctx)
	w.log.Info("Kafka Connect stopped")
	return err
}

// hideJAAS makes the passwords of the JAAS file known before anything reads it; a file that cannot be read is LoadJAAS's to report.
func hideJAAS(redactor *logs.Redactor, java map[string]string) {
	text, err := os.ReadFile(kafka.JAASPath(java))
	if err == nil {
		redactor.Keep(secrets.JAAS(string(text))...)
	}
}

// javaProperties returns the system properties that Java's scripts would set: the -D options of KAFKA_OPTS. The JAAS file may be named in the
// worker file as well, for services whose environment is out of reach.
func javaProperties(props map[string]string) map[string]string {
	const jaasKey = "java.security.auth.login.config"
	properties := kafka.JavaProperties(os.Getenv("KAFKA_OPTS"))
	if path, ok := props[jaasKey]; ok && properties[jaasKey] == "" {
		properties[jaasKey] = path
	}
	return properties
}
