// Package jcustenborder holds transformations of Jeremy Custenborder's kafka-connect-transform-common under its class names, equal to those of
// its version 0.1.0.14.
package jcustenborder
