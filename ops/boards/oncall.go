package boards

// onCall answers what is broken, most urgent first.
func onCall() Board {
	return Board{UID: "moldau-oncall", Title: "Moldau: on call", Help: "What is broken, the most urgent first.", Rows: []Row{
		{"Broken", []Panel{
			number("Failed connectors", "short", at(1), "", `sum(kafka_connect_connector_status{job=~"$job",status="failed"}) or vector(0)`),
			number("Failed tasks", "short", at(1), "", `sum(kafka_connect_worker_connector_failed_task_count{job=~"$job"})`),
			number("Workers that do not answer", "short", at(1), "", `count(up{job=~"$job"} == 0) or vector(0)`),
			number("Alerts", "short", at(1), "Pending and firing.", `count(ALERTS{job=~"$job"}) or vector(0)`),
			table("Connectors that do not run", "", `kafka_connect_connector_status{job=~"$job",status!="running"}`),
			table("Tasks that do not run", "Their cause: /connectors/NAME/status.", `kafka_connect_connector_task_status{job=~"$job",status!="running"}`),
			table("Alerts by name", "Each has a runbook.", `sum by (alertname, alertstate, connector, instance) (ALERTS{job=~"$job"})`),
		}},
		{"Behind", []Panel{
			lines("Lag of sinks, records", "short", "", Query{`sum by (connector) (moldau_sink_lag_total_records{job=~"$job"})`, "{{connector}}"}),
			lines("Partitions with most lag", "short", "", Query{`topk(10, moldau_sink_lag_records{job=~"$job"})`, "{{connector}} {{topic}}-{{partition}}"}),
			lines("Put, 95 % within", "s", "A slow target shows here; few tasks show in lag alone.", quantile("0.95", `moldau_sink_put_seconds_bucket{job=~"$job"}`, ", connector", "{{connector}}")),
			lines("Record time to delivery, 95 % within", "s", "", quantile("0.95", `moldau_record_latency_seconds_bucket{job=~"$job"}`, ", connector", "{{connector}}")),
			lines("Seconds behind", "s", "Age of the newest delivered record while there are more.", Query{`max by (connector) (moldau_sink_lag_seconds{job=~"$job"})`, "{{connector}}"}),
			lines("Memory of records in flight", "bytes", "", Query{`sum by (connector) (moldau_task_queue_bytes{job=~"$job"})`, "{{connector}}"}),
			lines("In flight, records", "short", "Fetched or polled, not yet covered by a commit.",
				Query{`sum by (connector) (kafka_connect_sink_task_sink_record_active_count{job=~"$job"})`, "{{connector}}"},
				Query{`sum by (connector) (kafka_connect_source_task_source_record_active_count{job=~"$job"})`, "{{connector}}"}),
			lines("Records a second", "short", "",
				Query{`sum by (connector) (rate(kafka_connect_sink_task_sink_record_send_total{job=~"$job"}[$__rate_interval]))`, "{{connector}} out"},
				Query{`sum by (connector) (rate(kafka_connect_source_task_source_record_write_total{job=~"$job"}[$__rate_interval]))`, "{{connector}} in"}),
		}},
		{"Errors", []Panel{
			lines("Records that failed, a second", "short", "", Query{`sum by (connector) (rate(kafka_connect_task_error_total_record_errors{job=~"$job"}[$__rate_interval]))`, "{{connector}}"}),
			lines("Retries, a second", "short", "", Query{`sum by (connector) (rate(kafka_connect_task_error_total_retries{job=~"$job"}[$__rate_interval]))`, "{{connector}}"}),
			lines("Dead letters, a second", "short", "", Query{`sum by (connector) (rate(kafka_connect_task_error_deadletterqueue_produce_requests{job=~"$job"}[$__rate_interval]))`, "{{connector}}"}),
			lines("Dead letters that were not written", "short", "The task fails with each.", Query{`sum by (connector) (kafka_connect_task_error_deadletterqueue_produce_failures{job=~"$job"})`, "{{connector}}"}),
			lines("Commits of offsets that failed", "percentunit", "", Query{`max by (connector) (kafka_connect_connector_task_metrics_offset_commit_failure_percentage{job=~"$job"})`, "{{connector}}"}),
			lines("Commit, 95 % within", "s", "", quantile("0.95", `moldau_offset_commit_seconds_bucket{job=~"$job"}`, ", connector", "{{connector}}")),
			lines("Refused logins", "short", "In ten minutes, by kind of client.",
				Query{`sum by (instance, client) (increase(moldau_authentication_failures_total{job=~"$job"}[10m]))`, "{{instance}} {{client}}"}),
			lines("Errors by step", "short", "A second.", Query{`sum by (connector, stage, error) (rate(moldau_task_record_errors_total{job=~"$job"}[$__rate_interval]))`, "{{connector}} {{stage}} {{error}}"}),
			lines("Why commits failed", "short", "In ten minutes.", Query{`sum by (connector, reason) (increase(moldau_offset_commit_failures_total{job=~"$job"}[10m]))`, "{{connector}} {{reason}}"}),
		}},
		{"Group", []Panel{
			lines("Restarts in ten minutes", "short", "After a failure again and again: a crash loop.",
				Query{`sum by (connector, after) (increase(moldau_task_restarts_total{job=~"$job"}[10m]))`, "{{connector}} after {{after}}"}),
			lines("Failures in ten minutes", "short", "By error.", Query{`sum by (connector, error) (increase(moldau_task_failures_total{job=~"$job"}[10m]))`, "{{connector}} {{error}}"}),
			lines("Rebalances in ten minutes", "short", "By why the group met.", Query{`sum by (cause) (increase(moldau_rebalances_total{job=~"$job"}[10m]))`, "{{cause}}"}),
			lines("Rebalancing now", "short", "", Query{`kafka_connect_worker_rebalance_rebalancing{job=~"$job"}`, "{{instance}}"}),
			lines("Tasks by worker", "short", "", Query{`sum by (instance) (kafka_connect_coordinator_assigned_tasks{job=~"$job"})`, "{{instance}}"}),
			table("Leaders", "Two of them: the group is split.", `count by (leader_name) (kafka_connect_worker_rebalance_leader_name{job=~"$job"})`),
		}},
		{"Workers", []Panel{
			lines("Cores", "short", "", Query{`rate(process_cpu_seconds_total{job=~"$job"}[$__rate_interval])`, "{{instance}}"}),
			lines("Memory", "bytes", "", Query{`process_resident_memory_bytes{job=~"$job"}`, "{{instance}}"}, Query{`go_memstats_heap_inuse_bytes{job=~"$job"}`, "{{instance}} heap"}),
			lines("Longest pause of a collection", "s", "", Query{`go_gc_duration_seconds{job=~"$job",quantile=~"1|1.0"}`, "{{instance}}"}),
			lines("Open files", "percentunit", "Of what the system allows.", Query{`process_open_fds{job=~"$job"} / process_max_fds{job=~"$job"}`, "{{instance}}"}),
		}},
	}}
}
