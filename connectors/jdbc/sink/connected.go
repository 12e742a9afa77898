package sink

import (
	"context"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// connected makes sure that there is a connection.
func (t *Task) connected(ctx context.Context) error {
	if t.c != nil && t.c.Alive() {
		return nil
	}
	t.disconnect()
	var err error
	t.c, err = t.s.Open(ctx, t.tc.Logger())
	return err
}

func (t *Task) disconnect() {
	if t.c != nil {
		t.close(t.c)
		t.c = nil
	}
	t.closeFurther()
	// What another connection sees may differ.
	clear(t.tables)
}

// close gives up a connection, which may be dead: what the driver keeps of it is released.
func (t *Task) close(c dialect.Conn) {
	if err := c.Close(); err != nil {
		t.tc.Logger().Debug("Closing a connection failed", "error", err)
	}
}
