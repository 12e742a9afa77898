package aiven

import (
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/transforms/internal/smt"
)

var tombstoneHandlerKeys = config.NewDef(
	config.Key{Name: "behavior", Type: config.String, Default: config.NoDefault, Validator: config.Lambda(checkBehavior, func() string { return "[drop_silent, drop_warn, fail]" }),
		Importance: config.Medium, Doc: "What to do with a record whose value is null: drop_silent drops it, drop_warn logs a warning too, fail is an error."},
)

func checkBehavior(_ string, value any) error {
	text, _ := value.(string)
	switch strings.ToLower(text) {
	case "drop_silent", "drop_warn", "fail":
		return nil
	case "":
		return config.Invalid("behavior", value, "String must be non-empty")
	}
	return config.Invalid("behavior", text, "Unsupported behavior name: "+text+". Supported are: drop_silent,drop_warn,fail")
}

func tombstoneHandlerPlugins() []connect.Plugin {
	return []connect.Plugin{smt.One(classPrefix+"TombstoneHandler", "Drops tombstones, or fails at them.", tombstoneHandlerKeys,
		func() connect.Transformation { return &smt.Tombstones{Keys: tombstoneHandlerKeys, Warn: "drop_warn"} })}
}
