package app

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	metricspb "go.opentelemetry.io/proto/slim/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"

	"github.com/moldau/moldau/internal/metrics"
	"github.com/moldau/moldau/internal/otlp"
	"github.com/moldau/moldau/internal/tracing"
	"github.com/moldau/moldau/internal/workerconfig"
)

// defaultRatio is the share of records that begin a trace.
const defaultRatio = 0.001

// given are the keys for a signal.
func (w *connectWorker) given(endpoint, headers, timeout string) otlp.Given {
	v := w.settings.values
	g := otlp.Given{EndpointKey: endpoint, HeadersKey: headers}
	if w.isGiven(endpoint) {
		g.Endpoint = v.String(endpoint)
	}
	if w.isGiven(headers) {
		g.Headers = v.Password(headers).Reveal()
	}
	if w.isGiven(timeout) {
		g.Timeout = v.Duration(timeout)
	}
	return g
}

// isGiven reports whether the configuration says something about a key, so that the environment does not.
func (w *connectWorker) isGiven(key string) bool {
	_, ok := w.settings.props[key]
	return ok
}

// describe is what a collector is told of the worker.
func (w *connectWorker) describe() map[string]string {
	return map[string]string{"service.version": kafkaVersion, "service.instance.id": w.rest.WorkerID(), "kafka.connect.group.id": w.settings.props["group.id"]}
}

// openTracing makes the tracer, where the configuration or the environment asks for one. The REST server is bound before: it knows the worker's id.
func (w *connectWorker) openTracing() error {
	v := w.settings.values
	wanted := strings.TrimSpace(os.Getenv("OTEL_TRACES_EXPORTER")) == "otlp"
	if w.isGiven(workerconfig.KeyTracing) {
		wanted = v.Bool(workerconfig.KeyTracing)
	}
	if !wanted || strings.EqualFold(strings.TrimSpace(os.Getenv("OTEL_SDK_DISABLED")), "true") {
		return nil
	}
	ratio, err := samplingRatio(os.Getenv)
	if w.isGiven(workerconfig.KeyTracingRatio) {
		ratio, err = v.Float(workerconfig.KeyTracingRatio), nil
	}
	if err != nil {
		return err
	}
	settings, err := otlp.Resolve(otlp.Traces, w.given(workerconfig.KeyTracingEndpoint, workerconfig.KeyTracingHeaders, workerconfig.KeyTracingTimeout), os.Getenv)
	if err != nil {
		return err
	}
	config := tracing.Config{Ratio: ratio, Inject: v.Bool(workerconfig.KeyTracingInject), Resource: otlp.Resource(w.describe(), os.Getenv)}
	var delay int
	for name, n := range map[string]*int{"OTEL_BSP_MAX_QUEUE_SIZE": &config.Queue, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": &config.Batch, "OTEL_BSP_SCHEDULE_DELAY": &delay} {
		if *n, err = positive(name, os.Getenv); err != nil {
			return err
		}
	}
	config.Delay = time.Duration(delay) * time.Millisecond
	sender := otlp.NewSender(otlp.Traces, *settings, w.log)
	config.Send = func(ctx context.Context, spans *tracepb.TracesData) error { return sender.Send(ctx, spans) }
	w.tracer = tracing.New(config)
	w.metrics.Add(metrics.Spans(func() (sent, overflowed, unsent int64) {
		c := w.tracer.Counts()
		return c.Sent, c.Overflowed, c.Unsent
	}))
	w.log.Info(fmt.Sprintf("Records are traced at a ratio of %v", ratio))
	return nil
}

// openPush has metrics sent to a collector, where the configuration asks for that.
func (w *connectWorker) openPush() error {
	v := w.settings.values
	if !v.Bool(workerconfig.KeyMetricsPush) {
		return nil
	}
	settings, err := otlp.Resolve(otlp.Metrics, w.given(workerconfig.KeyMetricsEndpoint, workerconfig.KeyMetricsHeaders, workerconfig.KeyMetricsTimeout), os.Getenv)
	if err != nil {
		return err
	}
	interval := v.Duration(workerconfig.KeyMetricsInterval)
	if !w.isGiven(workerconfig.KeyMetricsInterval) {
		n, err := positive("OTEL_METRIC_EXPORT_INTERVAL", os.Getenv)
		if err != nil {
			return err
		}
		if n > 0 {
			interval = time.Duration(n) * time.Millisecond
		}
	}
	sender := otlp.NewSender(otlp.Metrics, *settings, w.log)
	w.jobs.Go(func() {
		defer sender.Close()
		w.metrics.Push(w.life, metrics.Push{Resource: otlp.Resource(w.describe(), os.Getenv), Interval: interval, Logger: w.log,
			Send: func(ctx context.Context, m *metricspb.MetricsData) error { return sender.Send(ctx, m) }})
	})
	return nil
}

// closeTracing sends what waits.
func (w *connectWorker) closeTracing(ctx context.Context) {
	if w.tracer == nil {
		return
	}
	if err := w.tracer.Close(ctx); err != nil {
		w.log.Warn("Not all spans were sent before the worker stopped", "error", err)
	}
}

// samplingRatio reads OTEL_TRACES_SAMPLER. What a record brings along always counts, so a sampler and its parentbased form are the same here.
func samplingRatio(env func(string) string) (float64, error) {
	const key, argument = "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"
	switch sampler := strings.TrimPrefix(strings.TrimSpace(env(key)), "parentbased_"); sampler {
	case "":
		return defaultRatio, nil
	case "always_on":
		return 1, nil
	case "always_off":
		return 0, nil
	case "traceidratio":
		text := strings.TrimSpace(env(argument))
		if text == "" {
			return 1, nil
		}
		ratio, err := strconv.ParseFloat(text, 64)
		if err != nil || !(ratio >= 0 && ratio <= 1) {
			return 0, fmt.Errorf("%s=%s: a number from 0 to 1 is needed", argument, text)
		}
		return ratio, nil
	}
	return 0, fmt.Errorf("%s=%s is not known here: use always_on, always_off, traceidratio or their parentbased forms, or set %s", key, env(key), workerconfig.KeyTracingRatio)
}

// positive reads a variable of a whole number, 0 where it is not set.
func positive(name string, env func(string) string) (int, error) {
	text := strings.TrimSpace(env(name))
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%s=%s: a number above 0 is needed", name, text)
	}
	return n, nil
}
