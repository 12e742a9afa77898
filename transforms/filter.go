package transforms

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

// filter drops every record that reaches it; it is used with a predicate (Filter).
type filter struct{}

func filterPlugins() []connect.Plugin {
	return one("Filter", "Drops every record. Use it with a predicate that holds for the records to drop.", config.NewDef(),
		func() connect.Transformation { return filter{} })
}

func (filter) Configure(map[string]string) error                    { return nil }
func (filter) Apply(context.Context, *connect.Record) (bool, error) { return false, nil }
func (filter) Close() error                                         { return nil }
