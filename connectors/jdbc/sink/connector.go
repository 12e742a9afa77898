package sink

import (
	"context"
	"errors"

	"github.com/moldau/moldau/connect"
	settled "github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connectors/jdbc/connection"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Connector is JdbcSinkConnector.
type Connector struct {
	dialects []dialect.Dialect
	read     reader
	props    map[string]string
}

// reader parses the configuration of a vocabulary.
type reader func(props map[string]string, all []dialect.Dialect) (*settings, error)

// NewConnector returns a connector for databases of the dialects with Confluent's and Aiven's keys.
func NewConnector(dialects []dialect.Dialect) *Connector {
	return &Connector{dialects: dialects, read: read}
}

// NewDebeziumConnector returns one with Debezium's keys.
func NewDebeziumConnector(dialects []dialect.Dialect) *Connector {
	return &Connector{dialects: dialects, read: readDebezium}
}

// Start keeps the configuration; the tasks connect.
func (c *Connector) Start(_ context.Context, _ connect.ConnectorContext, props map[string]string) error {
	c.props = props
	return nil
}

// TaskConfigs returns the connector's configuration once per task.
func (c *Connector) TaskConfigs(_ context.Context, maxTasks int) ([]map[string]string, error) {
	configs := make([]map[string]string, maxTasks)
	for i := range configs {
		configs[i] = c.props
	}
	return configs, nil
}

// Stop has nothing to release.
func (c *Connector) Stop(context.Context) error { return nil }

// Validate finds keys that exclude each other and URLs that cannot be used, without reaching the database.
func (c *Connector) Validate(_ context.Context, props map[string]string) ([]settled.Value, error) {
	_, err := c.read(props, c.dialects)
	var bad *connect.Error
	if errors.As(err, &bad) && bad.Class == connect.BadConfig {
		return []settled.Value{{Name: bad.Key, Errors: []string{bad.Error()}}}, nil
	}
	return nil, nil // single values are judged by their declarations
}

// TestConnection implements connect.ConnectionTester.
func (c *Connector) TestConnection(ctx context.Context, props map[string]string) error {
	s, err := c.read(props, c.dialects)
	if err != nil {
		return err
	}
	return connection.Test(ctx, s.Settings)
}

// AlterOffsets changes the offsets that the database keeps with exactly.once=true.
func (c *Connector) AlterOffsets(ctx context.Context, props map[string]string, offsets map[connect.TopicPartition]*int64) (_ bool, err error) {
	s, err := c.read(props, c.dialects)
	if err != nil || !s.exactlyOnce {
		return false, err
	}
	conn, err := s.Dial(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	k := newKeeper(s, props["name"])
	if err := k.make(ctx, conn); err != nil {
		return false, err
	}
	return k.alter(ctx, conn, offsets)
}

var (
	_ connect.Connector         = (*Connector)(nil)
	_ connect.ConfigValidator   = (*Connector)(nil)
	_ connect.ConnectionTester  = (*Connector)(nil)
	_ connect.SinkOffsetAlterer = (*Connector)(nil)
)
