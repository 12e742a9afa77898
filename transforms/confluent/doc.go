// Package confluent holds the transformations that Confluent publishes as connect-transforms, under their class names: those that are not in
// Apache Kafka. Their source is not public; what the documentation leaves open is decided in favour of configurations that work there.
package confluent
