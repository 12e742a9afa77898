package file

import (
	"context"
	"errors"

	"github.com/moldau/moldau/connect"
)

const (
	filenameField = "filename"
	positionField = "position"
)

// SourceConnector is FileStreamSourceConnector: one task, whatever tasks.max says.
type SourceConnector struct {
	props map[string]string
}

// Start keeps the configuration; there is nothing to reach.
func (c *SourceConnector) Start(_ context.Context, cc connect.ConnectorContext, props map[string]string) error {
	from := props[keyFile]
	if from == "" {
		from = "standard input"
	}
	cc.Logger().Info("Starting file source connector reading from " + from)
	c.props = props
	return nil
}

// TaskConfigs returns the connector's configuration for its one task.
func (c *SourceConnector) TaskConfigs(context.Context, int) ([]map[string]string, error) {
	return []map[string]string{c.props}, nil
}

// Stop has nothing to release.
func (c *SourceConnector) Stop(context.Context) error { return nil }

// ExactlyOnceSupport is given for files, whose positions can be stored; standard input cannot be read again.
func (c *SourceConnector) ExactlyOnceSupport(props map[string]string) connect.ExactlyOnceSupport {
	if props[keyFile] == "" {
		return connect.ExactlyOnceUnsupported
	}
	return connect.ExactlyOnceSupported
}

// DefinesTransactions is false: lines have no natural transactions.
func (c *SourceConnector) DefinesTransactions(map[string]string) bool { return false }

// AlterOffsets accepts any forgotten offset, and for the others what FileStreamSourceConnector.alterOffsets accepts.
func (c *SourceConnector) AlterOffsets(_ context.Context, props map[string]string, offsets []connect.SourceOffset) (bool, error) {
	if props[keyFile] == "" {
		return false, errors.New("Offsets cannot be modified if the '" + keyFile + "' configuration is unspecified. " +
			"This is because stdin is used for input and offsets are not tracked.")
	}
	for _, o := range offsets {
		if o.Offset == nil {
			continue // garbage must be removable
		}
		value, ok := o.Offset[positionField]
		if !ok {
			return false, errors.New("Offset objects should either be null or contain the key '" + positionField + "'")
		}
		position, ok := value.(int64)
		if !ok {
			return false, errors.New("The value for the '" + positionField + "' key in the offset is expected to be a Long value")
		}
		if position < 0 {
			return false, errors.New("The value for the '" + positionField + "' key in the offset should be a non-negative value")
		}
		if o.Partition == nil {
			return false, errors.New("Partition objects cannot be null")
		}
		if _, ok := o.Partition[filenameField]; !ok {
			return false, errors.New("Partition objects should contain the key '" + filenameField + "'")
		}
	}
	return true, nil
}

// position is a source offset: the number of bytes of the file before the next line.
type position int64

// Fields returns the offset as Java's task writes it.
func (p position) Fields() map[string]any { return map[string]any{positionField: int64(p)} }

// positionOf reads a committed offset; ok is false where there is none.
func positionOf(offset connect.OffsetFields) (p position, ok bool, err error) {
	value, present := offset[positionField]
	if !present || value == nil {
		return 0, false, nil
	}
	n, isInteger := value.(int64)
	if !isInteger || n < 0 {
		return 0, false, errors.New("Offset position is the incorrect type")
	}
	return position(n), true, nil
}

var (
	_ connect.Connector            = (*SourceConnector)(nil)
	_ connect.ExactlyOnceSupporter = (*SourceConnector)(nil)
	_ connect.SourceOffsetAlterer  = (*SourceConnector)(nil)
)
