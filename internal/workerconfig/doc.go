// Package workerconfig declares the configurations of workers and the keys that every connector has, and completes a connector's declaration by
// those of its transformations, predicates and converters.
//
// Names, types, defaults, validators, groups and order are those of Kafka Connect 4.3 (WorkerConfig, StandaloneConfig, DistributedConfig,
// RestServerConfig, ConnectorConfig, SourceConnectorConfig, SinkConnectorConfig), since files, REST answers and forms depend on them.
package workerconfig
