package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/herder/validation"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/rest"
	"github.com/moldau/moldau/internal/store"
	"github.com/moldau/moldau/internal/worker"
	"github.com/moldau/moldau/internal/workerconfig"
)

// stopTime bounds the stop of the REST server and of the herder each, beyond the grace that tasks get.
const stopTime = 30 * time.Second

// standaloneWorker is a running standalone worker: REST server, herder and what they stand on.
type standaloneWorker struct {
	settings *workerSettings
	rest     *rest.Server
	herder   *clusterHerder
	log      *slog.Logger

	life context.Context
	end  context.CancelFunc
	jobs sync.WaitGroup
}

// clusterHerder answers GET / with the id of the Kafka cluster, which is known only once a broker has answered.
type clusterHerder struct {
	*herder.Standalone
	id atomic.Pointer[string]
}

// Server returns the answer of GET /; the cluster's id is empty until a broker told it.
func (h *clusterHerder) Server() herder.ServerInfo {
	info := h.Standalone.Server()
	if id := h.id.Load(); id != nil {
		info.KafkaClusterID = *id
	}
	return info
}

// startWorker binds the REST server, opens the offsets and starts the herder. When it fails, nothing is left running.
func startWorker(settings *workerSettings, levels *logs.Levels, log *slog.Logger) (w *standaloneWorker, err error) {
	jaas, err := kafka.LoadJAAS(settings.props)
	if err != nil {
		return nil, err
	}
	log.Info("Initializing REST server")
	server, err := rest.New(rest.Config{Values: settings.values, Logger: log, JAAS: jaas})
	if err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, err
	}
	w = &standaloneWorker{settings: settings, rest: server, log: log}
	defer func() {
		if err != nil {
			ctx, cancel := context.WithTimeout(context.Background(), stopTime)
			defer cancel()
			err = errors.Join(err, server.Stop(ctx))
		}
	}()
	offsets, err := store.OpenOffsetFile(settings.values.String("offset.storage.file.filename"))
	if err != nil {
		return nil, err
	}
	providers, err := settings.plugins.NewProviders(settings.values.Originals())
	if err != nil {
		return nil, err
	}
	transformer := workerconfig.NewTransformer(providers)
	validator, err := validation.New(settings.plugins, settings.registry, settings.values, transformer)
	if err != nil {
		return nil, err
	}
	w.life, w.end = context.WithCancel(context.Background())
	standalone, err := herder.NewStandalone(herder.StandaloneConfig{
		Server: herder.ServerInfo{Version: kafkaVersion, Commit: kafkaCommit},
		Worker: worker.Config{
			WorkerID: server.WorkerID(),
			Props:    settings.props,
			Plugins:  settings.registry,
			Offsets:  offsets,
			Logger:   log,
		},
		Registry:    settings.registry,
		Validator:   validator,
		Transformer: transformer,
		Levels:      levels,
		TrackTopics: settings.values.Bool("topic.tracking.enable"),
		Logger:      log,
	})
	if err != nil {
		w.end()
		return nil, err
	}
	w.herder = &clusterHerder{Standalone: standalone}
	w.herder.Start()
	server.RegisterResources(w.herder)
	log.Info("REST resources initialized; server is started and ready to handle requests")
	w.jobs.Go(func() { w.findCluster(jaas) })
	return w, nil
}

// findCluster asks for the id of the Kafka cluster until a broker answers, and says when none does.
func (w *standaloneWorker) findCluster(jaas *kafka.JAAS) {
	env := &kafka.Environment{Logger: w.log, JAAS: jaas, Version: kafkaVersion}
	const first, longest = 250 * time.Millisecond, 10 * time.Second
	reported := false
	for wait := first; ; wait = min(2*wait, longest) {
		id, err := w.askCluster(env)
		switch {
		case err == nil:
			w.herder.id.Store(&id)
			if reported {
				w.log.Info("Kafka cluster at " + w.settings.props["bootstrap.servers"] + " answers")
			}
			w.log.Info("Kafka cluster ID: " + id)
			return
		case w.life.Err() != nil:
			return
		case wait == longest || !reported:
			w.log.Warn(fmt.Sprintf("Failed to connect to and describe Kafka cluster. Check worker's broker connection and security properties. "+
				"bootstrap.servers=%s: %v; trying again until it answers", w.settings.props["bootstrap.servers"], err))
			reported = true
		}
		select {
		case <-w.life.Done():
			return
		case <-time.After(wait):
		}
	}
}

func (w *standaloneWorker) askCluster(env *kafka.Environment) (string, error) {
	ctx, cancel := context.WithTimeout(w.life, 15*time.Second)
	defer cancel()
	shared := kafka.Worker{Properties: w.settings.props}.SharedAdmin()
	admin, err := env.NewAdmin(ctx, shared.Source, shared.Properties)
	if err != nil {
		return "", err
	}
	defer admin.Close()
	return admin.ClusterID(ctx)
}

// stop ends everything in Java's order: first the REST server, then connectors and tasks.
func (w *standaloneWorker) stop() error {
	w.log.Info("Kafka Connect stopping")
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	err := w.rest.Stop(ctx)
	ctx, cancel = context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	err = errors.Join(err, w.herder.Stop(ctx))
	w.end()
	w.jobs.Wait()
	w.log.Info("Kafka Connect stopped")
	return err
}
