// Package otlp sends what a worker tells of itself to an OpenTelemetry collector: OTLP over HTTP, with the settings that OpenTelemetry's SDKs read from
// the environment. The exporters of OpenTelemetry's own Go SDK bring gRPC into the binary; this one is the HTTP half alone.
package otlp
