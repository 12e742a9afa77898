package confluent

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/transforms/internal/smt"
)

var tombstoneHandlerKeys = config.NewDef(
	config.Key{Name: "behavior", Type: config.String, Default: "warn", Validator: config.CaseInsensitiveValidString("ignore", "warn", "fail"), Importance: config.Medium,
		Doc: "What to do with a record whose value is null, whatever its schema: ignore drops it, warn drops it and logs a warning, fail is an error."},
)

func tombstoneHandlerPlugins() []connect.Plugin {
	return []connect.Plugin{smt.One(classPrefix+"TombstoneHandler", "Drops tombstones, or fails at them.", tombstoneHandlerKeys,
		func() connect.Transformation { return &smt.Tombstones{Keys: tombstoneHandlerKeys, Warn: "warn"} })}
}
