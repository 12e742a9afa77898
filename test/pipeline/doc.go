// Package pipeline runs whole pipelines of converters and transformations on a real Apache Kafka with a real schema registry.
package pipeline
