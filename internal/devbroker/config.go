package devbroker

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// DefaultRetentionBytes bounds a partition of a topic that is not compacted, so that a forgotten demo cannot fill the disk.
const DefaultRetentionBytes = 1 << 30

// Config says where the broker keeps its data and how clients reach it. The zero value with a Dir is a working broker on a free
// port of 127.0.0.1.
type Config struct {
	// Dir is the data directory. It is created when missing, and locked: a second process is refused.
	Dir string
	// InMemory keeps all data in memory, unbounded and without retention: for tests and benchmarks. Dir must be empty then.
	InMemory bool

	// Addr is the host:port to listen on; port 0 picks a free one, an empty Addr is 127.0.0.1:0.
	Addr string
	// Advertised is the host, or host:port, that clients are told to connect to; by default the listening address, or localhost
	// where that is a wildcard.
	Advertised string
	// TLS makes the listener speak TLS only.
	TLS *tls.Config

	// Logger gets the broker's own events at Info and above, and refused frames and requests at Debug. Nil discards.
	Logger *slog.Logger

	// Partitions is the default partition count of a topic; 0 is 1.
	Partitions int32
	// RetentionBytes is the default retention.bytes of a topic that is not compacted; 0 is DefaultRetentionBytes, -1 unlimited.
	RetentionBytes int64
	// RetentionInterval is how often retention is enforced; 0 is one minute.
	RetentionInterval time.Duration
	// NoAutoCreate refuses the automatic creation of topics that clients ask metadata for.
	NoAutoCreate bool
	// MaxRequestBytes bounds a request frame; 0 is Kafka's socket.request.max.bytes, 100 MiB.
	MaxRequestBytes int32

	// RefuseNullKeys answers INVALID_RECORD to records without a key on compacted topics, as Kafka does. It decodes every batch
	// that goes to such a topic, and so is meant for tests.
	RefuseNullKeys bool
	// Options go to kfake after this package's own: users, ACLs, session timeouts for tests.
	Options []kfake.Opt
}

func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" && !c.InMemory {
		return c, errors.New("embedded broker: a data directory is needed")
	}
	if c.Dir != "" && c.InMemory {
		return c, fmt.Errorf("embedded broker: data directory %s given for a broker in memory", c.Dir)
	}
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return c, fmt.Errorf("embedded broker: listening address %q is not host:port: %w", c.Addr, err)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	switch {
	case c.Partitions == 0:
		c.Partitions = 1
	case c.Partitions < 0 || c.Partitions > maxPartitions:
		return c, fmt.Errorf("embedded broker: default of %d partitions is not within 1 and %d", c.Partitions, maxPartitions)
	}
	if c.RetentionBytes == 0 {
		c.RetentionBytes = DefaultRetentionBytes
	}
	if c.RetentionInterval <= 0 {
		c.RetentionInterval = time.Minute
	}
	if c.MaxRequestBytes <= 0 {
		c.MaxRequestBytes = 100 << 20
	}
	return c, nil
}
