package metrics

import "github.com/prometheus/client_golang/prometheus"

var auditDropped = prometheus.NewDesc("moldau_audit_events_dropped_total", "Events of the REST API's audit that did not reach their topic.", nil, nil)

// Audit tells at each scrape how many events of the audit did not reach their topic. It must not block.
type Audit func() int64

// Beans gives nothing: Java has no audit.
func (Audit) Beans(func(Bean)) {}

func (dropped Audit) extras(out chan<- prometheus.Metric) { out <- counter(auditDropped, dropped()) }
