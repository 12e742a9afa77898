package devbroker

import (
	"context"

	"github.com/twmb/franz-go/pkg/kfake"
)

// NewSynthetic starts a broker for benchmarks of clients: in memory, accepting what is produced without keeping it, and answering
// every fetch of an existing topic from one canned batch, without end.
func NewSynthetic(ctx context.Context, batch kfake.SyntheticBatch) (*Broker, error) {
	return Start(ctx, Config{InMemory: true, Options: []kfake.Opt{kfake.BlackholeProduce(), kfake.SyntheticFetch(batch)}})
}
