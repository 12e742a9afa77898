package boards

// executive answers whether the service keeps its promises, and how much it carries.
func executive() Board {
	return Board{UID: "moldau-executive", Title: "Moldau: service", Help: "Do the connectors keep their objectives, and how much do they move?", Rows: []Row{
		{"Now", []Panel{
			below(number("Connectors up", "percentunit", at(0.999), "Running ones among those that are neither paused nor stopped.",
				`1 - max(slo:error:ratio{job=~"$job",slo="connectors"})`)),
			below(number("Tasks running", "percentunit", at(0.995), "Running ones among those that are not paused.",
				`1 - max(slo:error:ratio{job=~"$job",slo="tasks"})`)),
			number("Failed tasks", "short", at(1), "", `sum(kafka_connect_worker_connector_failed_task_count{job=~"$job"})`),
			number("Dead letters in a day", "short", at(1), "Records that connectors refused and kept aside.",
				`sum(increase(kafka_connect_task_error_deadletterqueue_produce_requests{job=~"$job"}[24h]))`),
			number("Records delivered in a day", "short", nil, "What sinks put.", `sum(increase(kafka_connect_sink_task_sink_record_send_total{job=~"$job"}[24h]))`),
			number("Workers", "short", nil, "", `sum(up{job=~"$job"})`),
		}},
		{"Objectives", []Panel{
			lines("Kept, of the last 30 days", "percentunit", "The share of time, or of records, that was within the objective.",
				Query{`1 - slo:error:ratio_30d{job=~"$job"}`, "{{slo}}"}),
			lines("Error budget left", "percentunit", "Below zero the objective of 30 days is missed.",
				Query{`1 - slo:error:ratio_30d{job=~"$job"} / on(slo) group_left slo:budget:ratio`, "{{slo}}"}),
			lines("Burn rate of the last hour", "short", "1 uses up the budget in exactly 30 days. Above 2 for an hour: look into it. Above 14.4: somebody is woken.",
				Query{`slo:error:ratio_1h{job=~"$job"} / on(slo) group_left slo:budget:ratio`, "{{slo}}"}),
		}},
		{"Volume", []Panel{
			lines("Records a second into Kafka", "short", "", Query{`sum by (connector) (rate(kafka_connect_source_task_source_record_write_total{job=~"$job"}[$__rate_interval]))`, "{{connector}}"}),
			lines("Records a second out of Kafka", "short", "", Query{`sum by (connector) (rate(kafka_connect_sink_task_sink_record_send_total{job=~"$job"}[$__rate_interval]))`, "{{connector}}"}),
			lines("Bytes a second", "Bps", "Keys and values.", Query{`sum by (connector) (rate(moldau_task_bytes_total{job=~"$job"}[$__rate_interval]))`, "{{connector}}"}),
			lines("From the time of a record until it is delivered", "s", "All sinks together.",
				quantile("0.5", `moldau_record_latency_seconds_bucket{job=~"$job"}`, "", "half"),
				quantile("0.95", `moldau_record_latency_seconds_bucket{job=~"$job"}`, "", "95 %"),
				quantile("0.99", `moldau_record_latency_seconds_bucket{job=~"$job"}`, "", "99 %")),
			lines("Delivered of what was read", "percentunit", "Less than 1 for long: records are dropped by transformations, skipped or dead letters.",
				Query{`sum(rate(kafka_connect_sink_task_sink_record_send_total{job=~"$job"}[$__rate_interval])) / sum(rate(kafka_connect_sink_task_sink_record_read_total{job=~"$job"}[$__rate_interval]))`, "sinks"},
				Query{`sum(rate(kafka_connect_source_task_source_record_write_total{job=~"$job"}[$__rate_interval])) / sum(rate(kafka_connect_source_task_source_record_poll_total{job=~"$job"}[$__rate_interval]))`, "sources"}),
			lines("What it costs", "short", "Cores, and memory in GiB.",
				Query{`sum(rate(process_cpu_seconds_total{job=~"$job"}[$__rate_interval]))`, "cores"},
				Query{`sum(process_resident_memory_bytes{job=~"$job"}) / 1073741824`, "GiB"}),
		}},
	}}
}
