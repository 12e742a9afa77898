// Package backup writes the connectors of a Connect cluster, of Moldau or of Java, to one file and restores them: configurations, target states,
// offsets of sources and sinks, task configurations, statuses and the topics that connectors use.
//
// Content (content.go) is what a file holds, file.go its form. A Cluster is read into a Content and takes items of a plan: KafkaCluster through the
// internal topics (kafka_read.go, kafka_write.go), RESTCluster through the REST API of a worker (rest_read.go, rest_write.go). NewPlan (plan.go)
// compares two Contents, a backup's and a cluster's, and says what a restore has to do; it neither reads nor writes, which is why a dry run is one.
package backup
