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

// BatchPreparer is an optional capability of a Transformation that asks another system about each record: it lets the questions of one poll be
// asked at the same time instead of one after the other.
type BatchPreparer interface {
	// Prepare is called by the worker on the task's goroutine with the records of one poll that Apply will be called for, in that order and as
	// Apply will see them: after the transformations before it in the chain, without those they dropped or that failed, and without those that
	// its predicate keeps from it. Apply follows for each of them before Prepare is called again. Prepare may block until ctx ends and must
	// neither change nor keep the records. It returns nothing, for what fails is the failure of one record: Apply returns it, where
	// errors.tolerance, retries and dead letters apply. A runtime may leave Prepare out: Apply asks by itself then.
	Prepare(ctx context.Context, records []*Record)
}

// Predicate decides whether a transformation applies to a record; rules as for Transformation.
type Predicate interface {
	Configure(props map[string]string) error
	Test(r *Record) (bool, error)
	Close() error
}
