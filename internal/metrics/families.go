package metrics

import "sync"

// The names of Strimzi's rules (kafka-connect-metrics.yaml of its examples) and of Confluent's (kafka_connect.yml of its jmx-monitoring-stacks).

const (
	task      = "connector,task"
	client    = "client-id"
	allTexts  = "$3"
	anyKafka  = `kafka\.(.+)`
	connectIs = `kafka\.connect`
)

var strimziFamily = sync.OnceValue(func() *family {
	return &family{bare: true, quoted: true, rules: compile([]rule{
		{domain: anyKafka, kind: "app-info", tags: client, attribute: "start-time-ms", name: "kafka_$1_start_time_seconds", labels: []string{"clientid"}, factor: 0.001},
		{domain: anyKafka, kind: "app-info", tags: client, attribute: "(commit-id|version)", name: "kafka_$1_$3_info", labels: []string{"clientid"}, text: "$3"},
		{domain: `kafka\.consumer`, kind: "consumer-fetch-manager-metrics", tags: "client-id,topic,partition", attribute: "(.+-total)",
			name: "kafka_consumer_fetch_manager_$3", labels: []string{"clientid", "topic", "partition"}, counter: true},
		{domain: `kafka\.consumer`, kind: "consumer-fetch-manager-metrics", tags: "client-id,topic,partition",
			attribute: "(compression-rate|.+-avg|.+-replica|.+-lag|.+-lead)", name: "kafka_consumer_fetch_manager_$3", labels: []string{"clientid", "topic", "partition"}},
		{domain: `kafka\.producer`, kind: "producer-topic-metrics", tags: "client-id,topic", attribute: "(.+-total)", name: "kafka_producer_topic_$3",
			labels: []string{"clientid", "topic"}, counter: true},
		{domain: `kafka\.producer`, kind: "producer-topic-metrics", tags: "client-id,topic", attribute: "(compression-rate|.+-avg|.+rate)",
			name: "kafka_producer_topic_$3", labels: []string{"clientid", "topic"}},
		{domain: anyKafka, kind: "(.+)-metrics", tags: "client-id,node-id", attribute: "(.+-total)", name: "kafka_$2_$3", labels: []string{"clientid", "nodeid"}, counter: true},
		{domain: anyKafka, kind: "(.+)-metrics", tags: "client-id,node-id", attribute: "(.+-avg|.+-rate)", name: "kafka_$2_$3", labels: []string{"clientid", "nodeid"}},
		{domain: anyKafka, kind: "(.+)-metrics", tags: client, attribute: "(.+-total)", name: "kafka_$2_$3", labels: []string{"clientid"}, counter: true},
		{domain: anyKafka, kind: "(.+)-metrics", tags: client, name: "kafka_$2_$3", labels: []string{"clientid"},
			attribute: "(.+-avg|.+-bytes|.+-count|.+-ratio|.+-age|.+-flight|.+-threads|.+-connectors|.+-tasks|.+-ago)"},
		{domain: connectIs, kind: "connector-metrics", tags: "connector", attribute: "(connector-class|connector-type|connector-version|status)",
			name: "kafka_connect_connector_$3", labels: []string{"connector"}, text: "$3"},
		{domain: connectIs, kind: "connector-task-metrics", tags: task, attribute: "status", name: "kafka_connect_connector_task_status", labels: []string{"connector", "task"}, text: "status"},
		{domain: connectIs, kind: "(.+)-metrics", tags: task, attribute: "(.+-total)", name: "kafka_connect_$2_$3", labels: []string{"connector", "task"}, counter: true},
		{domain: connectIs, kind: "(.+)-metrics", tags: task, name: "kafka_connect_$2_$3", labels: []string{"connector", "task"},
			attribute: "(.+-count|.+-ms|.+-ratio|.+-seq-no|.+-rate|.+-max|.+-avg|.+-failures|.+-requests|.+-timestamp|.+-logged|.+-errors|.+-retries|.+-skipped)"},
		{domain: connectIs, kind: "connect-worker-metrics", tags: "connector", name: "kafka_connect_worker_$3", labels: []string{"connector"}},
		{domain: connectIs, kind: "connect-worker-metrics", attribute: "(.+-total)", name: "kafka_connect_worker_$3", counter: true},
		{domain: connectIs, kind: "connect-worker-metrics", name: "kafka_connect_worker_$3"},
		{domain: connectIs, kind: "connect-worker-rebalance-metrics", attribute: "(leader-name|connect-protocol)", name: "kafka_connect_worker_rebalance_$3", text: "$3"},
		{domain: connectIs, kind: "connect-worker-rebalance-metrics", attribute: "(.+-total)", name: "kafka_connect_worker_rebalance_$3", counter: true},
		{domain: connectIs, kind: "connect-worker-rebalance-metrics", name: "kafka_connect_worker_rebalance_$3"},
	})}
})

var confluentFamily = sync.OnceValue(func() *family {
	return &family{bare: true, quoted: true, rules: compile([]rule{
		{domain: connectIs, kind: "app-info", tags: client, name: "kafka_connect_app_info", labels: []string{"client_id"}, text: allTexts, shown: true},
		{domain: connectIs, kind: "connect-worker-rebalance-metrics", name: "kafka_connect_connect_worker_rebalance_metrics_$3"},
		{domain: connectIs, kind: "(.+)", tags: client, name: "kafka_connect_$2_$3", labels: []string{"client_id"}},
		{domain: connectIs, kind: "connect-worker-metrics", name: "kafka_connect_connect_worker_metrics_$3", fixed: [2]string{"connector", "aggregate"}},
		{domain: connectIs, kind: "connect-worker-metrics", tags: "connector", name: "kafka_connect_connect_worker_metrics_$3", labels: []string{"connector"}},
		{domain: connectIs, kind: "connector-metrics", tags: "connector", name: "kafka_connect_connector_metrics", labels: []string{"connector"}, text: allTexts},
		{domain: connectIs, kind: "(.+)-task-metrics", tags: task, name: "kafka_connect_$2_task_metrics_$3", labels: []string{"connector", "task"}},
		{domain: connectIs, kind: "task-error-metrics", tags: task, name: "kafka_connect_task_error_metrics_$3", labels: []string{"connector", "task"}},
		{domain: anyKafka, kind: "app-info", tags: client, name: "kafka_$1_app_info", labels: []string{"client_id"}, text: allTexts, shown: true, fixed: [2]string{"client_type", "$1"}},
		{domain: `kafka\.(consumer|producer)`, tags: "client-id,topic,partition", name: "kafka_$1_$2_$3", labels: []string{"client_id", "topic", "partition"}, fixed: [2]string{"client_type", "$1"}},
		{domain: `kafka\.(consumer|producer)`, tags: "client-id,topic", name: "kafka_$1_$2_$3", labels: []string{"client_id", "topic"}, fixed: [2]string{"client_type", "$1"}},
		{domain: `kafka\.(consumer|producer)`, tags: "client-id,node-id", name: "kafka_$1_$2_$3", labels: []string{"client_id", "node_id"}, fixed: [2]string{"client_type", "$1"}},
		{domain: `kafka\.(consumer|producer)`, tags: client, name: "kafka_$1_$2_$3", labels: []string{"client_id"}, fixed: [2]string{"client_type", "$1"}},
	})}
})

// moldauFamily is Moldau's own: one prefix, the kind of the bean, plain labels, counters where a number only grows.
var moldauFamily = sync.OnceValue(func() *family {
	return &family{rules: compile([]rule{
		{domain: connectIs, kind: "app-info", tags: client, attribute: "(version)", name: "moldau_build_info", labels: []string{"client"}, text: "version"},
		{domain: connectIs, kind: "connector-metrics", tags: "connector", attribute: "status", name: "moldau_connector_status_info", labels: []string{"connector"}, text: "status"},
		{domain: connectIs, kind: "connector-metrics", tags: "connector", name: "moldau_connector_info", labels: []string{"connector"}, text: "$3"},
		{domain: connectIs, kind: "connector-task-metrics", tags: task, attribute: "status", name: "moldau_task_status_info", labels: []string{"connector", "task"}, text: "status"},
		{domain: connectIs, kind: "(connector-task|source-task|sink-task|task-error)-metrics", tags: task, attribute: "(.+-total|total-.+|deadletterqueue-.+)",
			name: "moldau_$2_$3", labels: []string{"connector", "task"}, counter: true},
		{domain: connectIs, kind: "(connector-task|source-task|sink-task|task-error)-metrics", tags: task, name: "moldau_$2_$3", labels: []string{"connector", "task"}},
		{domain: connectIs, kind: "connect-worker-metrics", tags: "connector", attribute: "connector-(.+)", name: "moldau_connector_$3", labels: []string{"connector"}},
		{domain: connectIs, kind: "connect-worker-metrics", attribute: "(.+-total)", name: "moldau_worker_$3", counter: true},
		{domain: connectIs, kind: "connect-worker-metrics", name: "moldau_worker_$3"},
		{domain: connectIs, kind: "connect-worker-rebalance-metrics", attribute: "(leader-name|connect-protocol)", name: "moldau_group_$3_info", text: "$3"},
		{domain: connectIs, kind: "connect-worker-rebalance-metrics", attribute: "(.+-total)", name: "moldau_group_$3", counter: true},
		{domain: connectIs, kind: "connect-worker-rebalance-metrics", name: "moldau_group_$3"},
		{domain: connectIs, kind: "connect-coordinator-metrics", tags: client, attribute: "(.+-total)", name: "moldau_group_member_$3", labels: []string{"client"}, counter: true},
		{domain: connectIs, kind: "connect-coordinator-metrics", tags: client, name: "moldau_group_member_$3", labels: []string{"client"}},
		{domain: `kafka\.(producer|consumer|admin\.client)`, kind: "(producer|consumer|admin-client)-metrics", tags: client, attribute: "(.+-total)",
			name: "moldau_kafka_$2_$3", labels: []string{"client"}, counter: true},
		{domain: `kafka\.(producer|consumer|admin\.client)`, kind: "(producer|consumer|admin-client)-metrics", tags: client, name: "moldau_kafka_$2_$3", labels: []string{"client"}},
	})}
})

// families are made when they are asked for: the patterns of all take a millisecond. They are the names that moldau.metrics.names takes.
var families = map[string]func() *family{"strimzi": strimziFamily, "confluent": confluentFamily, "moldau": moldauFamily}
