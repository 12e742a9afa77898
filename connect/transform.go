package connect

import "context"

// Transformation changes or drops one record. One instance serves one task and is used by one goroutine at a time.
type Transformation interface {
	// Configure is called once with the options without their prefix; an error is a ConfigException with Java's text.
	Configure(props map[string]string) error
	// Apply changes r in place and reports whether to keep it. Values are immutable: a changed struct is a new one from r.Arena(). It
	// may block only where the transformation is documented to reach another system, until ctx ends. An error counts against
	// errors.tolerance; a retriable one is retried within errors.retry.timeout, so a failed Apply must leave r unchanged.
	Apply(ctx context.Context, r *Record) (keep bool, err error)
	// Close releases what Configure acquired.
	Close() error
}

// Predicate decides whether a transformation applies to a record; rules as for Transformation.
type Predicate interface {
	Configure(props map[string]string) error
	Test(r *Record) (bool, error)
	Close() error
}
