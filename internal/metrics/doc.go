// Package metrics keeps a worker's figures and shows them to Prometheus.
//
// The figures are modelled as Java Connect's are: beans with attributes (MBeans of the domains kafka.connect, kafka.producer, kafka.consumer and
// kafka.admin.client). A naming family turns them into Prometheus series: those of Strimzi's and of Confluent's rules for the JMX exporter, which the
// dashboards in use ask for, and Moldau's own. What Java has no attribute for (histograms, lag, bytes) is in all families under Moldau's names.
//
// Loops record per batch, never per record; a scrape reads under the same short locks and calls no plugin.
package metrics
