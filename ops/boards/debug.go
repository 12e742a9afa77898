package boards

// debug shows one connector from all sides.
func debug() Board {
	const its = `{job=~"$job",connector=~"$connector"}`
	rate := func(name string) string { return "rate(" + name + its + "[$__rate_interval])" }
	return Board{UID: "moldau-debug", Title: "Moldau: one connector", Help: "One connector, task by task.", One: true, Rows: []Row{
		{"State", []Panel{
			table("Connector", "", `kafka_connect_connector_status`+its),
			table("Tasks", "", `kafka_connect_connector_task_status`+its),
			table("Class and version", "Two versions at once: workers have different builds.",
				`count by (connector, connector_class) (kafka_connect_connector_connector_class`+its+`) * on (connector) group_right(connector_class) count by (connector, connector_version) (kafka_connect_connector_connector_version`+its+`)`),
			lines("Share of time running", "percentunit", "Since the task started.", Query{`kafka_connect_connector_task_running_ratio` + its, "{{task}}"}),
		}},
		{"Throughput", []Panel{
			lines("Polled from the source, written to Kafka", "short", "Records a second.",
				Query{rate("kafka_connect_source_task_source_record_poll_total"), "{{task}} polled"}, Query{rate("kafka_connect_source_task_source_record_write_total"), "{{task}} written"}),
			lines("Read from Kafka, put into the sink", "short", "Records a second.",
				Query{rate("kafka_connect_sink_task_sink_record_read_total"), "{{task}} read"}, Query{rate("kafka_connect_sink_task_sink_record_send_total"), "{{task}} put"}),
			lines("Bytes a second", "Bps", "", Query{rate("moldau_task_bytes_total"), "{{task}}"}),
			lines("Batches, records", "short", "", Query{`kafka_connect_connector_task_batch_size_avg` + its, "{{task}} average"}, Query{`kafka_connect_connector_task_batch_size_max` + its, "{{task}} largest"}),
			lines("In flight, records", "short", "", Query{`kafka_connect_source_task_source_record_active_count` + its, "{{task}}"},
				Query{`kafka_connect_sink_task_sink_record_active_count` + its, "{{task}}"}),
			lines("Variation of throughput", "short", "Standard deviation of ten minutes, records a second.",
				Query{`stddev_over_time(kafka_connect_source_task_source_record_write_rate` + its + `[10m])`, "{{task}}"},
				Query{`stddev_over_time(kafka_connect_sink_task_sink_record_send_rate` + its + `[10m])`, "{{task}}"}),
		}},
		{"Times", []Panel{
			lines("Put", "s", "", quantile("0.5", `moldau_sink_put_seconds_bucket`+its, ", task", "{{task}} half"), quantile("0.95", `moldau_sink_put_seconds_bucket`+its, ", task", "{{task}} 95 %"),
				quantile("0.99", `moldau_sink_put_seconds_bucket`+its, ", task", "{{task}} 99 %")),
			lines("Poll of the source, average", "ms", "", Query{`kafka_connect_source_task_poll_batch_avg_time_ms` + its, "{{task}}"}),
			lines("Commit of offsets", "s", "", quantile("0.5", `moldau_offset_commit_seconds_bucket`+its, ", task", "{{task}} half"),
				quantile("0.95", `moldau_offset_commit_seconds_bucket`+its, ", task", "{{task}} 95 %")),
			lines("Record time to delivery", "s", "", quantile("0.5", `moldau_record_latency_seconds_bucket`+its, ", task", "{{task}} half"),
				quantile("0.95", `moldau_record_latency_seconds_bucket`+its, ", task", "{{task}} 95 %")),
			lines("Converters and transformations, 95 %", "s", "A batch.", quantile("0.95", `moldau_task_processing_seconds_bucket`+its, ", task", "{{task}}")),
			lines("Until Kafka has acknowledged a batch, 95 %", "s", "", quantile("0.95", `moldau_source_ack_seconds_bucket`+its, ", task", "{{task}}")),
			lines("The call that is under way", "s", "For how long: a task that hangs shows here.", Query{`moldau_task_call_seconds` + its, "{{task}} {{call}}"}),
			lines("Requests of its producer", "ms", "Average latency at the brokers.", Query{`kafka_producer_request_latency_avg{job=~"$job",clientid=~"connector-producer-($connector)-.*"}`, "{{clientid}}"}),
			lines("Fetches of its consumer", "ms", "Average, waiting for records included.",
				Query{`kafka_consumer_consumer_fetch_manager_metrics_fetch_latency_avg{job=~"$job",client_id=~"connector-consumer-($connector)-.*"}`, "{{client_id}}"}),
		}},
		{"Lag and errors", []Panel{
			lines("Lag, records", "short", "", Query{`sum by (topic, partition) (moldau_sink_lag_records` + its + `)`, "{{topic}}-{{partition}}"}),
			lines("Partitions", "short", "", Query{`kafka_connect_sink_task_partition_count` + its, "{{task}}"}),
			lines("Operations that failed, a second", "short", "Of converters, transformations and the sink.", Query{rate("kafka_connect_task_error_total_record_failures"), "{{task}} attempts"},
				Query{rate("kafka_connect_task_error_total_record_errors"), "{{task}} for good"}),
			lines("Skipped, dead letters, retries, a second", "short", "", Query{rate("kafka_connect_task_error_total_records_skipped"), "{{task}} skipped"},
				Query{rate("kafka_connect_task_error_deadletterqueue_produce_requests"), "{{task}} dead letters"}, Query{rate("kafka_connect_task_error_total_retries"), "{{task}} retries"}),
			lines("Errors by step", "short", "A second.", Query{`sum by (stage, error) (` + rate("moldau_task_record_errors_total") + `)`, "{{stage}} {{error}}"}),
			lines("What the source has not read", "short", "In units of its own.", Query{`moldau_source_lag` + its, "{{task}} {{unit}}"}),
			lines("Memory of records in flight", "bytes", "", Query{`moldau_task_queue_bytes` + its, "{{task}}"}),
			lines("Commits that failed", "percentunit", "", Query{`kafka_connect_connector_task_metrics_offset_commit_failure_percentage` + its, "{{task}}"}),
			lines("Last error", "dateTimeFromNow", "", Query{`kafka_connect_task_error_last_error_timestamp` + its + ` > 0`, "{{task}}"}),
		}},
	}}
}
