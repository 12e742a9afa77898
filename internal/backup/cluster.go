package backup

import "context"

// Cluster is a Connect cluster that backups are made of and restored to. Its methods block until the cluster answers or their context ends, and
// are called one after the other.
type Cluster interface {
	// Read reads everything and changes nothing. What cannot be read of single connectors is among the Problems; an error says that nothing was read.
	Read(ctx context.Context) (*Content, error)
	// Ready returns an error where the cluster must not be written to now. It changes nothing.
	Ready(ctx context.Context) error
	// Apply carries out an item of a plan that was made of what Read returned. Calling it again for an item that failed, or was done, does no harm.
	Apply(ctx context.Context, item *Item) error
	// Close gives up connections.
	Close()
}
