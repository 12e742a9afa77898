package workerconfig

import (
	"math"

	"github.com/moldau/moldau/connect/config"
)

// distributedKeys are the keys of the internal topics, the group protocol and the requests between workers.
func distributedKeys() []config.Key {
	return []config.Key{
		{Name: "worker.sync.timeout.ms", Type: config.Int, Default: 3000, Importance: config.Medium,
			Doc: "Milliseconds that a worker which is behind the config topic gets to catch up before it leaves the group for a while."},
		{Name: "worker.unsync.backoff.ms", Type: config.Int, Default: 300000, Importance: config.Medium,
			Doc: "Milliseconds that a worker which could not catch up with the config topic stays out of the group."},
		{Name: "offset.storage.topic", Default: config.NoDefault, Importance: config.High,
			Doc: "Topic that keeps the offsets of source connectors; it is created compacted where it is missing."},
		{Name: "offset.storage.partitions", Type: config.Int, Default: 25, Validator: partitions,
			Doc: "Partitions of the offset topic when it is created, -1 for the brokers' default."},
		{Name: "offset.storage.replication.factor", Type: config.Short, Default: 3, Validator: replicationFactor,
			Doc: "Replication factor of the offset topic when it is created, -1 for the brokers' default."},
		{Name: "config.storage.topic", Default: config.NoDefault, Importance: config.High,
			Doc: "Topic that keeps the connector configurations; it is created compacted and with one partition where it is missing."},
		{Name: "config.storage.replication.factor", Type: config.Short, Default: 3, Validator: replicationFactor,
			Doc: "Replication factor of the config topic when it is created, -1 for the brokers' default."},
		{Name: "status.storage.topic", Default: config.NoDefault, Importance: config.High,
			Doc: "Topic that keeps the states of connectors and tasks; it is created compacted where it is missing."},
		{Name: "status.storage.partitions", Type: config.Int, Default: 5, Validator: partitions,
			Doc: "Partitions of the status topic when it is created, -1 for the brokers' default."},
		{Name: "status.storage.replication.factor", Type: config.Short, Default: 3, Validator: replicationFactor,
			Doc: "Replication factor of the status topic when it is created, -1 for the brokers' default."},
		{Name: "connect.protocol", Default: "sessioned", Validator: connectProtocol,
			Doc: "Newest group protocol offered: eager stops everything in a rebalance, compatible only what moves, sessioned also signs requests between workers."},
		{Name: "scheduled.rebalance.max.delay.ms", Type: config.Int, Default: 300000, Validator: config.Between(0, math.MaxInt32),
			Doc: "Milliseconds that the tasks of a worker that left wait for its return before others get them."},
		{Name: "inter.worker.key.ttl.ms", Type: config.Int, Default: 3600000, Validator: config.Between(0, math.MaxInt32),
			Doc: "Milliseconds that a key for requests between workers is used before a new one is made; 0 makes one only when the leader changes."},
		{Name: "inter.worker.key.generation.algorithm", Default: "HmacSHA256", Validator: keyAlgorithm,
			Doc: "Algorithm that keys for requests between workers are made for."},
		{Name: "inter.worker.key.size", Type: config.Int,
			Doc: "Bits of a key for requests between workers; null takes the algorithm's default."},
		{Name: "inter.worker.signature.algorithm", Default: "HmacSHA256", Validator: signatureAlgorithm,
			Doc: "Algorithm that signs requests between workers; it must be among inter.worker.verification.algorithms."},
		{Name: "inter.worker.verification.algorithms", Type: config.List, Default: []string{"HmacSHA256"}, Validator: signatureAlgorithms,
			Doc: "Signature algorithms accepted in requests from other workers."},
		{Name: "metadata.recovery.strategy", Default: "rebootstrap", Validator: config.CaseInsensitiveValidString("rebootstrap", "none"),
			Doc: "What to do when no known broker answers: rebootstrap begins again with bootstrap.servers, none goes on trying."},
		{Name: "metadata.recovery.rebootstrap.trigger.ms", Type: config.Long, Default: 300000, Validator: config.AtLeast(0),
			Doc: "Milliseconds without any broker that answers after which rebootstrap begins again."},
	}
}
