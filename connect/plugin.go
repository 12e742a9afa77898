package connect

import "github.com/moldau/moldau/connect/config"

// Kind is what a plugin is, in the words of the REST API.
type Kind string

const (
	KindSink            Kind = "sink"
	KindSource          Kind = "source"
	KindConverter       Kind = "converter"
	KindHeaderConverter Kind = "header_converter"
	KindTransformation  Kind = "transformation"
	KindPredicate       Kind = "predicate"
	KindConfigProvider  Kind = "config_provider"
)

// Plugin describes one implementation of one contract. Programs list plugins explicitly; the runtime refuses two with the same class.
type Plugin struct {
	Kind Kind
	// Class is the Java class name that configurations use; Aliases are further full names (forks, older packages).
	Class   string
	Aliases []string
	// Version is what the REST API reports; empty means the Kafka version that the runtime matches.
	Version string
	// Doc says in a sentence or two what the plugin does.
	Doc string
	// Config declares the plugin's own keys; nil where it has none to declare.
	Config *config.Def
	// TaskClass is the Java class name of a connector's tasks, which task configurations carry as task.class.
	TaskClass string

	// Exactly the constructors of the Kind are set; each returns a new, unconfigured instance and cannot fail.
	NewConnector       func() Connector
	NewSourceTask      func() SourceTask
	NewSinkTask        func() SinkTask
	NewConverter       func() Converter
	NewHeaderConverter func() HeaderConverter
	NewTransformation  func() Transformation
	NewPredicate       func() Predicate
	NewConfigProvider  func() ConfigProvider
}
