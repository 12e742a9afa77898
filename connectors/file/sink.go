package file

import (
	"context"
	"errors"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

// SinkConnector is FileStreamSinkConnector. Every task gets the same file; with exactly.once=true there is one task only.
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

// exactlyOnce reads the key that validation has judged.
func exactlyOnce(props map[string]string) bool {
	return strings.EqualFold(strings.TrimSpace(props[keyExactlyOnce]), "true")
}

var errNeedsFile = errors.New(keyExactlyOnce + "=true needs the key " + keyFile + ": what standard output gets cannot be taken back")

// Validate implements connect.ConfigValidator.
func (c *SinkConnector) Validate(_ context.Context, props map[string]string) ([]config.Value, error) {
	if !exactlyOnce(props) || props[keyFile] != "" {
		return nil, nil
	}
	return []config.Value{{Name: keyExactlyOnce, Errors: []string{errNeedsFile.Error()}}}, nil
}

// TaskConfigs returns the connector's configuration once per task. A file that knows its offsets has one writer.
func (c *SinkConnector) TaskConfigs(_ context.Context, maxTasks int) ([]map[string]string, error) {
	if exactlyOnce(c.props) {
		maxTasks = min(maxTasks, 1)
	}
	configs := make([]map[string]string, maxTasks)
	for i := range configs {
		configs[i] = c.props
	}
	return configs, nil
}

// Stop has nothing to release.
func (c *SinkConnector) Stop(context.Context) error { return nil }

// AlterOffsets changes the offsets that the file keeps with exactly.once=true. Without, it accepts any change, since the group's offsets are all there
// are (FileStreamSinkConnector.alterOffsets).
func (c *SinkConnector) AlterOffsets(_ context.Context, props map[string]string, offsets map[connect.TopicPartition]*int64) (bool, error) {
	if exactlyOnce(props) && props[keyFile] != "" {
		return alterOffsets(props[keyFile], props["name"], offsets)
	}
	return true, nil
}

var (
	_ connect.Connector         = (*SinkConnector)(nil)
	_ connect.SinkOffsetAlterer = (*SinkConnector)(nil)
	_ connect.ConfigValidator   = (*SinkConnector)(nil)
)
