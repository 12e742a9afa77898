package file

import (
	"context"

	"github.com/moldau/moldau/connect"
)

// SinkConnector is FileStreamSinkConnector. Every task gets the same file.
type SinkConnector struct {
	props map[string]string
}

// Start keeps the configuration.
func (c *SinkConnector) Start(_ context.Context, cc connect.ConnectorContext, props map[string]string) error {
	to := props[keyFile]
	if to == "" {
		to = "standard output"
	}
	cc.Logger().Info("Starting file sink connector writing to " + to)
	c.props = props
	return nil
}

// TaskConfigs returns the connector's configuration once per task.
func (c *SinkConnector) TaskConfigs(_ context.Context, maxTasks int) ([]map[string]string, error) {
	configs := make([]map[string]string, maxTasks)
	for i := range configs {
		configs[i] = c.props
	}
	return configs, nil
}

// Stop has nothing to release.
func (c *SinkConnector) Stop(context.Context) error { return nil }

// AlterOffsets accepts any change: the connector keeps no offsets of its own (FileStreamSinkConnector.alterOffsets).
func (c *SinkConnector) AlterOffsets(context.Context, map[string]string, map[connect.TopicPartition]*int64) (bool, error) {
	return true, nil
}

var (
	_ connect.Connector         = (*SinkConnector)(nil)
	_ connect.SinkOffsetAlterer = (*SinkConnector)(nil)
)
