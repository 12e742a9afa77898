package confluent

import (
	"context"
	"log/slog"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// tombstoneHandler drops tombstones or fails at them (TombstoneHandler).
type tombstoneHandler struct{ behavior string }

var tombstoneHandlerKeys = config.NewDef(
	config.Key{Name: "behavior", Type: config.String, Default: "warn", Validator: config.CaseInsensitiveValidString("ignore", "warn", "fail"), Importance: config.Medium,
		Doc: "What to do with a record whose value is null, whatever its schema: ignore drops it, warn drops it and logs a warning, fail is an error."},
)

func tombstoneHandlerPlugins() []connect.Plugin {
	return []connect.Plugin{smt.One(classPrefix+"TombstoneHandler", "Drops tombstones, or fails at them.", tombstoneHandlerKeys,
		func() connect.Transformation { return new(tombstoneHandler) })}
}

func (x *tombstoneHandler) Configure(props map[string]string) error {
	values, err := tombstoneHandlerKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.behavior = strings.ToLower(values.String("behavior"))
	return nil
}

func (x *tombstoneHandler) Apply(ctx context.Context, r *connect.Record) (bool, error) {
	if !r.Value().IsNull() {
		return true, nil
	}
	switch x.behavior {
	case "fail":
		return false, smt.DataError("Tombstone record encountered, failing due to configured 'fail' behavior")
	case "warn":
		slog.WarnContext(ctx, "a tombstone is dropped: behavior is warn", "topic", r.Topic)
	default:
		slog.DebugContext(ctx, "a tombstone is dropped: behavior is ignore", "topic", r.Topic)
	}
	return false, nil
}

func (x *tombstoneHandler) Close() error { return nil }
