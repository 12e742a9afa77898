package smt

import (
	"context"
	"log/slog"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

// Tombstones is the transformation TombstoneHandler, which several vendors have with other words in its key behavior: it drops the records whose
// value is null, or fails at them.
type Tombstones struct {
	// Keys declares behavior. Warn is the value, in lower case, that logs a warning for each record; fail is an error; any other only drops.
	Keys *config.Def
	Warn string

	behavior string
}

// Configure reads the behavior.
func (x *Tombstones) Configure(props map[string]string) error {
	values, err := x.Keys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.behavior = strings.ToLower(values.String("behavior"))
	return nil
}

// Apply keeps all records but tombstones.
func (x *Tombstones) Apply(ctx context.Context, r *connect.Record) (bool, error) {
	if !r.Value().IsNull() {
		return true, nil
	}
	level := slog.LevelDebug
	switch x.behavior {
	case "fail":
		return false, DataError("Tombstone record encountered, failing due to configured 'fail' behavior")
	case x.Warn:
		level = slog.LevelWarn
	}
	slog.Log(ctx, level, "a tombstone is dropped", "topic", r.Topic, "behavior", x.behavior)
	return false, nil
}

// Close does nothing.
func (x *Tombstones) Close() error { return nil }
