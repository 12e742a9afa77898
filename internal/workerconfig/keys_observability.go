package workerconfig

import (
	"github.com/moldau/moldau/connect/config"
)

// Keys of what a worker tells of itself.
const (
	KeyMetricNames     = "moldau.metrics.names"
	KeyMetricsPush     = "moldau.metrics.otlp.enable"
	KeyMetricsEndpoint = "moldau.metrics.otlp.endpoint"
	KeyMetricsHeaders  = "moldau.metrics.otlp.headers"
	KeyMetricsInterval = "moldau.metrics.otlp.interval.ms"
	KeyMetricsTimeout  = "moldau.metrics.otlp.timeout.ms"
	KeyTracing         = "moldau.tracing.enable"
	KeyTracingRatio    = "moldau.tracing.sampling.ratio"
	KeyTracingInject   = "moldau.tracing.headers.inject"
	KeyTracingEndpoint = "moldau.tracing.otlp.endpoint"
	KeyTracingHeaders  = "moldau.tracing.otlp.headers"
	KeyTracingTimeout  = "moldau.tracing.otlp.timeout.ms"
	defaultMetricNames = "strimzi,confluent"
	endpointDoc        = "Address of the collector, such as http://localhost:4318. Not set, the variable OTEL_EXPORTER_OTLP_ENDPOINT says it, or the one with "
	headersDoc         = "Headers of requests to the collector, such as tokens: name=value with commas between them. Not set, the variable OTEL_EXPORTER_OTLP_HEADERS says them."
	timeoutDoc         = "Milliseconds that a request to the collector may take. Not set, the variable OTEL_EXPORTER_OTLP_TIMEOUT says it where that is set."
)

// workerObservabilityKeys are the keys of a worker for metrics and traces, which Java does not have.
func workerObservabilityKeys() []config.Key {
	return []config.Key{
		{Name: KeyMetricNames, Type: config.List, Default: defaultMetricNames, Beyond: true,
			Doc: "Families of names under which metrics are shown, a list of strimzi, confluent and moldau: what dashboards in use ask for, and names of Moldau's own."},
		{Name: KeyMetricsPush, Type: config.Boolean, Default: false, Beyond: true,
			Doc: "Whether metrics are sent to an OpenTelemetry collector too, by OTLP over HTTP, with the names that the REST API shows."},
		{Name: KeyMetricsEndpoint, Type: config.String, Default: nil, Beyond: true, Doc: endpointDoc + "METRICS_ in its name; else it is http://localhost:4318."},
		{Name: KeyMetricsHeaders, Type: config.Password, Default: nil, Beyond: true, Doc: headersDoc},
		{Name: KeyMetricsInterval, Type: config.Long, Default: 60000, Validator: config.AtLeast(1000), Beyond: true,
			Doc: "Milliseconds between two times that metrics are sent. Not set, the variable OTEL_METRIC_EXPORT_INTERVAL says it where that is set."},
		{Name: KeyMetricsTimeout, Type: config.Long, Default: 10000, Validator: config.AtLeast(1), Beyond: true, Doc: timeoutDoc},
		{Name: KeyTracing, Type: config.Boolean, Default: false, Beyond: true,
			Doc: "Whether sampled records are traced and the spans sent to an OpenTelemetry collector by OTLP over HTTP. Not set, they are where the variable " +
				"OTEL_TRACES_EXPORTER is otlp. OTEL_SDK_DISABLED=true turns it off."},
		{Name: KeyTracingRatio, Type: config.Double, Default: 0.001, Validator: config.Between(0.0, 1.0), Beyond: true,
			Doc: "Share of records that begin a trace, from 0 to 1; records that carry the header traceparent of a sampled trace go on with it, and with that of one " +
				"that is not sampled begin none. Not set, the variables OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG say it where they are set."},
		{Name: KeyTracingInject, Type: config.Boolean, Default: true, Beyond: true,
			Doc: "Whether source tasks write the header traceparent into the records that they trace, so that whoever reads them can go on with the trace."},
		{Name: KeyTracingEndpoint, Type: config.String, Default: nil, Beyond: true, Doc: endpointDoc + "TRACES_ in its name; else it is http://localhost:4318."},
		{Name: KeyTracingHeaders, Type: config.Password, Default: nil, Beyond: true, Doc: headersDoc},
		{Name: KeyTracingTimeout, Type: config.Long, Default: 10000, Validator: config.AtLeast(1), Beyond: true, Doc: timeoutDoc},
	}
}
