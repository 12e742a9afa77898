package source

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/moldau/moldau/connect"
	settled "github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connectors/jdbc/connection"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Connector is JdbcSourceConnector. It knows the tables when it has started, and looks for new and dropped ones from then on.
type Connector struct {
	dialects []dialect.Dialect

	props map[string]string
	s     *settings
	cc    connect.ConnectorContext
	stop  context.CancelFunc
	done  sync.WaitGroup

	mu     sync.Mutex
	tables []dialect.TableID
	most   int // tasks that may be
	tasks  int // that there are
}

// NewConnector returns a connector for databases of the dialects.
func NewConnector(dialects []dialect.Dialect) *Connector { return &Connector{dialects: dialects} }

// Start connects and reads the list of tables.
func (c *Connector) Start(ctx context.Context, cc connect.ConnectorContext, props map[string]string) error {
	s, err := read(props, c.dialects)
	if err != nil {
		return err
	}
	c.props, c.s, c.cc = props, s, cc
	if s.query != "" {
		return nil
	}
	if c.tables, err = c.look(ctx, cc.Logger()); err != nil {
		return err
	}
	if len(c.tables) == 0 {
		cc.Logger().Warn("No table is there to be read: check the lists of tables, schema.pattern and the user's rights")
	}
	watching, stop := context.WithCancel(context.Background())
	c.stop = stop
	c.done.Go(func() { c.watch(watching) })
	return nil
}

// look opens a connection of its own for the list of tables: one that is idle for a minute would be cut off by many firewalls.
func (c *Connector) look(ctx context.Context, log *slog.Logger) (_ []dialect.TableID, err error) {
	conn, err := c.s.Open(ctx, log)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return c.s.list(ctx, conn)
}

// watch asks for more tasks when there are tables for them. Tables that come and go otherwise are the concern of the task in whose span they are.
func (c *Connector) watch(ctx context.Context) {
	for connection.Sleep(ctx, max(c.s.tablePoll, 10*time.Millisecond)) {
		tables, err := c.look(ctx, c.cc.Logger())
		if err != nil {
			if ctx.Err() == nil {
				c.cc.Logger().Warn("The list of tables cannot be read; the tasks go on with those that they know", "error", err)
			}
			continue
		}
		c.mu.Lock()
		want := len(c.s.taskConfigs(tables, max(1, c.most)))
		more := c.most > 0 && want > c.tasks
		if more {
			c.tables = tables
		}
		c.mu.Unlock()
		if more {
			c.cc.Logger().Info("There are tables for more tasks, which are asked for", "tables", len(tables), "tasks", want)
			c.cc.RequestTaskReconfiguration()
		}
	}
}

// TaskConfigs divides the tables as they were when the connector started, or when more tasks were asked for.
func (c *Connector) TaskConfigs(_ context.Context, maxTasks int) ([]map[string]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	configs := c.s.taskConfigs(c.tables, maxTasks)
	for _, props := range configs {
		for k, v := range c.props {
			if !hasKey(props, k) {
				props[k] = v
			}
		}
	}
	c.most, c.tasks = maxTasks, len(configs)
	return configs, nil
}

// Stop ends the watch.
func (c *Connector) Stop(context.Context) error {
	if c.stop != nil {
		c.stop()
		c.done.Wait()
	}
	return nil
}

// Validate finds keys that exclude each other and URLs that cannot be used, without reaching the database.
func (c *Connector) Validate(_ context.Context, props map[string]string) ([]settled.Value, error) {
	_, err := read(props, c.dialects)
	var bad *connect.Error
	if errors.As(err, &bad) && bad.Class == connect.BadConfig {
		return []settled.Value{{Name: bad.Key, Errors: []string{bad.Error()}}}, nil
	}
	return nil, nil // single values are judged by their declarations
}

// TestConnection implements connect.ConnectionTester.
func (c *Connector) TestConnection(ctx context.Context, props map[string]string) error {
	s, err := read(props, c.dialects)
	if err != nil {
		return err
	}
	return connection.Test(ctx, s.Settings)
}

// ExactlyOnceSupport is given where every row has an offset of its own.
func (c *Connector) ExactlyOnceSupport(props map[string]string) connect.ExactlyOnceSupport {
	s, err := read(props, c.dialects)
	if err == nil && s.incrementing && s.overlap <= 0 {
		return connect.ExactlyOnceSupported
	}
	return connect.ExactlyOnceUnsupported
}

// DefinesTransactions is false: rows have no transactions of their own.
func (c *Connector) DefinesTransactions(map[string]string) bool { return false }

// AlterOffsets accepts the offsets that a task can go on from.
func (c *Connector) AlterOffsets(_ context.Context, _ map[string]string, offsets []connect.SourceOffset) (bool, error) {
	for _, o := range offsets {
		if err := checkOffset(o); err != nil {
			return false, err
		}
	}
	return true, nil
}

var (
	_ connect.Connector            = (*Connector)(nil)
	_ connect.ConfigValidator      = (*Connector)(nil)
	_ connect.ConnectionTester     = (*Connector)(nil)
	_ connect.ExactlyOnceSupporter = (*Connector)(nil)
	_ connect.SourceOffsetAlterer  = (*Connector)(nil)
)
