package workerconfig

import (
	"github.com/moldau/moldau/connect/config"
)

// commonKeys are the first keys of every worker, before those of TLS (WorkerConfig.baseConfigDef).
func commonKeys() []config.Key {
	return []config.Key{
		{Name: "bootstrap.servers", Type: config.List, Default: config.NoDefault, Validator: config.AnyNonDuplicateValues(false, false), Importance: config.High,
			Doc: "Kafka brokers to begin with, host:port separated by commas; the rest of the cluster is found through them."},
		{Name: "client.dns.lookup", Default: "use_all_dns_ips", Validator: config.ValidString("use_all_dns_ips", "resolve_canonical_bootstrap_servers_only"), Importance: config.Medium,
			Doc: "How broker names become addresses: all addresses of a name in turn, or each bootstrap name resolved to its canonical names."},
		{Name: "key.converter", Type: config.Class, Default: config.NoDefault, Importance: config.High,
			Doc: "Class that turns record keys into bytes and back where a connector names none; its options are the keys below key.converter."},
		{Name: "key.converter.plugin.version",
			Doc: "Version of the key converter, a version or a range such as [1.0,2.0); null takes the newest."},
		{Name: "value.converter", Type: config.Class, Default: config.NoDefault, Importance: config.High,
			Doc: "Class that turns record values into bytes and back where a connector names none; its options are the keys below value.converter."},
		{Name: "value.converter.plugin.version",
			Doc: "Version of the value converter, a version or a range such as [1.0,2.0); null takes the newest."},
		{Name: "task.shutdown.graceful.timeout.ms", Type: config.Long, Default: 5000,
			Doc: "Milliseconds that all tasks together get to end when they are stopped; tasks still running after it are abandoned."},
		{Name: "offset.flush.interval.ms", Type: config.Long, Default: 60000,
			Doc: "Milliseconds between two commits of offsets, for sources and sinks."},
		{Name: "offset.flush.timeout.ms", Type: config.Long, Default: 5000,
			Doc: "Milliseconds one commit of offsets may take before it is given up and its data is committed by the next one."},
		{Name: "plugin.path", Type: config.List, Validator: config.AnyNonDuplicateValues(false, true),
			Doc:      "Directories with plugins, separated by commas.",
			NoEffect: "plugins are compiled in; Java plugins of these directories are not loaded."},
		{Name: "plugin.discovery", Default: "hybrid_warn", Validator: config.CaseInsensitiveValidString("only_scan", "service_load", "hybrid_warn", "hybrid_fail"),
			Doc:      "How plugins are found on the plugin path.",
			NoEffect: "plugins are compiled in, nothing is scanned."},
		{Name: "metrics.sample.window.ms", Type: config.Long, Default: 30000, Validator: config.AtLeast(0),
			Doc: "Milliseconds that one sample of a windowed metric covers."},
		{Name: "metrics.num.samples", Type: config.Int, Default: 2, Validator: config.AtLeast(1),
			Doc: "Number of samples that a windowed metric is computed from."},
		{Name: "metrics.recording.level", Default: "INFO", Validator: config.ValidString("INFO", "DEBUG"),
			Doc:      "Level of detail of the metrics.",
			NoEffect: "all metrics are recorded."},
		{Name: "metric.reporters", Type: config.List, Default: []string{"org.apache.kafka.common.metrics.JmxReporter"}, Validator: config.AnyNonDuplicateValues(true, false),
			Doc:      "Classes that are told about metrics.",
			NoEffect: "Java reporters cannot be loaded; GET /metrics shows the metrics to Prometheus."},
		{Name: "header.converter", Type: config.Class, Default: "org.apache.kafka.connect.storage.SimpleHeaderConverter",
			Doc: "Class that turns header values into bytes and back where a connector names none; its options are the keys below header.converter."},
		{Name: "header.converter.plugin.version",
			Doc: "Version of the header converter, a version or a range such as [1.0,2.0); null takes the newest."},
		{Name: "config.providers", Type: config.List, Default: []string{}, Validator: config.AnyNonDuplicateValues(true, false),
			Doc: "Names of the config providers, separated by commas; config.providers.NAME.class and config.providers.NAME.param.* configure each."},
		{Name: "connector.client.config.override.policy", Default: "All", Importance: config.Medium,
			Doc: "Which client settings connectors may override with producer.override., consumer.override. and admin.override.: All, None, Principal or Allowlist, which takes connector.client.config.override.allowlist."},
		{Name: "topic.creation.enable", Type: config.Boolean, Default: true,
			Doc: "Whether source connectors with topic.creation. keys have their topics created by the worker."},
	}
}

// topicTrackingKeys are the keys between those of TLS and of the REST server.
func topicTrackingKeys() []config.Key {
	return []config.Key{
		{Name: "topic.tracking.enable", Type: config.Boolean, Default: true,
			Doc: "Whether the topics that connectors use are recorded and shown by the REST API."},
		{Name: "topic.tracking.allow.reset", Type: config.Boolean, Default: true,
			Doc: "Whether the REST API may forget the recorded topics of a connector."},
	}
}

// standaloneKeys are the keys that only standalone workers have.
func standaloneKeys() []config.Key {
	return []config.Key{
		{Name: "offset.storage.file.filename", Default: config.NoDefault, Importance: config.High,
			Doc: "File that keeps the offsets of source connectors."},
	}
}
