// Package debezium holds the transformations of the Debezium project under its class names, equal to those of Debezium 3.5.
package debezium
