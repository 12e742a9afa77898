package aiven

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// makeTombstone takes the value and its schema from the record (MakeTombstone).
type makeTombstone struct{}

func makeTombstonePlugins() []connect.Plugin {
	return []connect.Plugin{smt.One(classPrefix+"MakeTombstone", "Makes a tombstone of the record: value and schema become null.", config.NewDef(),
		func() connect.Transformation { return makeTombstone{} })}
}

func (makeTombstone) Configure(map[string]string) error { return nil }

func (makeTombstone) Apply(_ context.Context, r *connect.Record) (bool, error) {
	r.SetValue(nil, data.Null)
	return true, nil
}

func (makeTombstone) Close() error { return nil }
