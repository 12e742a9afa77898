// Package aiven holds the transformations of Aiven's transforms-for-apache-kafka-connect under their class names, equal to those of its version
// 1.6.0, one file each.
package aiven
