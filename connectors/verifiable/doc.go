// Package verifiable holds the connectors that Apache Kafka's system tests use (connect-test-plugins): sources of numbered records, a sink that prints
// what it gets, and connectors that fail when they are told to. What they print on standard output, one JSON object a line, is meant for programs that
// check that nothing was lost.
package verifiable

import (
	"context"
	"maps"
	"os"
	"strconv"

	"github.com/moldau/moldau/connect"
)

const (
	prefix = "org.apache.kafka.connect.tools."

	keyName       = "name"
	keyID         = "id"
	keyTopic      = "topic"
	keyThroughput = "throughput"
)

// Plugins returns the connectors. As in Java they declare no keys.
func Plugins() []connect.Plugin {
	numbered := func() connect.Connector { return new(numberedConnector) }
	mock := func() connect.Connector { return new(mockConnector) }
	return []connect.Plugin{
		{
			Kind: connect.KindSource, Class: prefix + "VerifiableSourceConnector", TaskClass: prefix + "VerifiableSourceTask",
			Doc:           "Writes numbered records at a set rate and prints each on standard output, when it is made and when it is in Kafka.",
			NewConnector:  numbered,
			NewSourceTask: func() connect.SourceTask { return &sourceTask{out: os.Stdout} },
		},
		{
			Kind: connect.KindSink, Class: prefix + "VerifiableSinkConnector", TaskClass: prefix + "VerifiableSinkTask",
			Doc:          "Prints each record on standard output, when it comes and when its offset is about to be committed.",
			NewConnector: numbered,
			NewSinkTask:  func() connect.SinkTask { return &sinkTask{out: os.Stdout} },
		},
		{
			Kind: connect.KindSource, Class: prefix + "SchemaSourceConnector", TaskClass: prefix + "SchemaSourceTask",
			Doc:           "Writes a set number of records with a schema, or with two versions of it in turns.",
			NewConnector:  numbered,
			NewSourceTask: func() connect.SourceTask { return &schemaTask{out: os.Stdout} },
		},
		{
			Kind: connect.KindSource, Class: prefix + "MockSourceConnector", TaskClass: prefix + "MockSourceTask",
			Doc:           "Reads nothing; the connector or its task fails after a while where mock_mode says so.",
			NewConnector:  mock,
			NewSourceTask: func() connect.SourceTask { return new(mockSourceTask) },
		},
		{
			Kind: connect.KindSink, Class: prefix + "MockSinkConnector", TaskClass: prefix + "MockSinkTask",
			Doc:          "Drops its records; the connector or its task fails after a while where mock_mode says so.",
			NewConnector: mock,
			NewSinkTask:  func() connect.SinkTask { return new(mockSinkTask) },
		},
	}
}

// numberedConnector makes as many tasks as it may, each with its number.
type numberedConnector struct{ props map[string]string }

// Start keeps the configuration.
func (c *numberedConnector) Start(_ context.Context, _ connect.ConnectorContext, props map[string]string) error {
	c.props = props
	return nil
}

// TaskConfigs returns the connector's configuration with the number of the task.
func (c *numberedConnector) TaskConfigs(_ context.Context, maxTasks int) ([]map[string]string, error) {
	configs := make([]map[string]string, maxTasks)
	for i := range configs {
		configs[i] = maps.Clone(c.props)
		configs[i][keyID] = strconv.Itoa(i)
	}
	return configs, nil
}

// Stop has nothing to release.
func (c *numberedConnector) Stop(context.Context) error { return nil }

var _ connect.Connector = (*numberedConnector)(nil)
