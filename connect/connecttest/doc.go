// Package connecttest holds the contract suites: what every connector, converter, transformation and predicate must do, whatever else it
// does. A plugin's tests call the suite of its kind with a configuration that works.
package connecttest
