// Package transforms holds Apache Kafka's transformations and predicates, one file each. Transformations that work on the key or the value
// exist twice, as NAME$Key and NAME$Value.
package transforms
