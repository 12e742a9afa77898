package otlp

import (
	"net/url"
	"slices"
	"strings"

	commonpb "go.opentelemetry.io/proto/slim/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/slim/otlp/resource/v1"
)

// DefaultService is service.name where neither OTEL_SERVICE_NAME nor OTEL_RESOURCE_ATTRIBUTES say it.
const DefaultService = "kafka-connect"

// Resource describes the worker to a collector: what is given, overridden by OTEL_RESOURCE_ATTRIBUTES and that by OTEL_SERVICE_NAME.
func Resource(given map[string]string, env func(string) string) *resourcepb.Resource {
	all := map[string]string{"service.name": DefaultService, "telemetry.sdk.language": "go", "telemetry.sdk.name": "opentelemetry"}
	for k, v := range given {
		if v != "" {
			all[k] = v
		}
	}
	for _, pair := range strings.Split(env("OTEL_RESOURCE_ATTRIBUTES"), ",") {
		name, value, ok := strings.Cut(pair, "=")
		decoded, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); ok && name != "" && err == nil {
			all[name] = decoded
		}
	}
	if name := strings.TrimSpace(env("OTEL_SERVICE_NAME")); name != "" {
		all["service.name"] = name
	}
	r := &resourcepb.Resource{}
	for k, v := range all {
		r.Attributes = append(r.Attributes, Text(k, v))
	}
	slices.SortFunc(r.Attributes, func(a, b *commonpb.KeyValue) int { return strings.Compare(a.Key, b.Key) })
	return r
}

// Text is an attribute.
func Text(key, value string) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: strings.ToValidUTF8(value, "\uFFFD")}}}
}

// Number is an attribute.
func Number(key string, value int64) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: value}}}
}
