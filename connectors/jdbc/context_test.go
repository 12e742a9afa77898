package jdbc_test

import (
	"log/slog"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
)

func (c connectorContext) Name() string                  { return "s" }
func (c connectorContext) RequestTaskReconfiguration()   {}
func (c connectorContext) RaiseError(err error)          { c.t.Errorf("connector raised: %v", err) }
func (c connectorContext) Offsets() connect.OffsetReader { return connecttest.NewOffsets() }
func (c connectorContext) Logger() *slog.Logger          { return slog.New(slog.DiscardHandler) }
