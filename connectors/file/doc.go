// Package file holds the two connectors that come with Kafka Connect: FileStreamSource reads the lines of a growing text file into a
// topic, FileStreamSink appends the values of records to a file as lines.
//
// The source counts its position in bytes. Java's connector counts characters, which is the same for ASCII; with other text its stored
// position lies before the true one and lines are read twice after a restart.
package file

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

const (
	keyFile      = "file"
	keyTopic     = "topic"
	keyBatchSize = "batch.size"

	keyExactlyOnce = "exactly.once"
)

// Plugins returns the source and the sink connector.
func Plugins() []connect.Plugin {
	return []connect.Plugin{
		{
			Kind:          connect.KindSource,
			Class:         "org.apache.kafka.connect.file.FileStreamSourceConnector",
			TaskClass:     "org.apache.kafka.connect.file.FileStreamSourceTask",
			Doc:           "Reads the lines of a text file, or of standard input, into a topic and follows the file as it grows.",
			Config:        sourceConfig(),
			NewConnector:  func() connect.Connector { return new(SourceConnector) },
			NewSourceTask: func() connect.SourceTask { return new(SourceTask) },
		},
		{
			Kind:         connect.KindSink,
			Class:        "org.apache.kafka.connect.file.FileStreamSinkConnector",
			TaskClass:    "org.apache.kafka.connect.file.FileStreamSinkTask",
			Doc:          "Appends the values of records to a text file, or prints them on standard output, one line each.",
			Config:       sinkConfig(),
			NewConnector: func() connect.Connector { return new(SinkConnector) },
			NewSinkTask:  func() connect.SinkTask { return new(SinkTask) },
		},
	}
}

func sourceConfig() *config.Def {
	return config.NewDef(
		config.Key{Name: keyFile, Type: config.String, Default: nil, Importance: config.High,
			Doc: "Path of the file to read and follow. Without it the connector reads standard input and keeps no offsets."},
		config.Key{Name: keyTopic, Type: config.String, Default: config.NoDefault, Validator: config.NonEmptyString(), Importance: config.High,
			Doc: "Topic that gets one record per line; the line is the value, the key is null."},
		config.Key{Name: keyBatchSize, Type: config.Int, Default: 2000, Importance: config.Low,
			Doc: "Largest number of lines taken from the file in one poll."},
	)
}

func sinkConfig() *config.Def {
	return config.NewDef(
		config.Key{Name: keyFile, Type: config.String, Default: nil, Importance: config.High,
			Doc: "Path of the file to append to; it is created when missing, its folder is not. Without it values go to standard output."},
		config.Key{Name: keyExactlyOnce, Type: config.Boolean, Default: false, Importance: config.Medium, Beyond: true,
			Doc: "Whether every record is in the file once, whatever crashes: a second file with the ending .offsets says how much of it is durable, and up to which offsets; " +
				"what lies behind that is cut off when the task starts. The connector has one task then."},
	)
}
