package connect

import (
	"context"
	"time"
)

// ConfigProvider resolves placeholders such as ${file:/etc/secrets:password} (KIP-297). One instance serves a worker and may be used by
// several goroutines at once.
type ConfigProvider interface {
	// Configure is called once with the options below config.providers.<name>.param.
	Configure(props map[string]string) error
	// Get returns the values of the keys at path, all of them when keys is nil; a missing key is simply not in the result. It may block
	// until ctx ends.
	Get(ctx context.Context, path string, keys []string) (ConfigData, error)
	// Close releases what Configure acquired.
	Close() error
}

// ConfigData is what a provider knows at a path.
type ConfigData struct {
	Values map[string]string
	// TTL is how long the values are good for; 0 means for ever.
	TTL time.Duration
	// Public says that the values are no secrets, so that logs and answers may show them.
	Public bool
}
