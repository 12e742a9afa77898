package sink

import (
	"context"
	"errors"
	"fmt"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// letterAdvice ends errors of records that end the task.
const letterAdvice = "; the record can go to a dead letter queue instead: set errors.tolerance=all and errors.deadletterqueue.topic.name"

// refused reports whether an error is the fault of rows, which are then looked for: to be reported, or for the error that ends the task to name one.
// Where nobody is told of rows, and those that were written stay, they are not sent again: they would come twice, or be refused for their own sake.
func (x *transaction) refused(err error) bool {
	if !x.c.Alive() || x.lasting && x.reporter == nil {
		return false
	}
	fault := x.fault(err)
	return fault.OfValues() || fault == dialect.Parent && x.lastTry
}

func (s *settings) fault(err error) dialect.Fault {
	var row *dialect.RowError
	if errors.As(err, &row) {
		return dialect.Row
	}
	return s.Dialect.Classify(err)
}

// repeats reports whether an attempt that ended with err without savepoints can succeed with them.
func (x *transaction) repeats(err error) bool {
	return errors.As(err, new(errAgain)) || x.refused(err) || x.fault(err) == dialect.Twice
}

// blamed names the column in the error of a row, where the database does not by itself.
func (x *transaction) blamed(ctx context.Context, w *dialect.Write, err error) error {
	b, ok := x.Dialect.(dialect.Blamer)
	if !ok || errors.As(err, new(*dialect.RowError)) {
		return err
	}
	if column := b.Blame(ctx, x.c, w, err); column != "" {
		return &dialect.RowError{Column: column, Err: err}
	}
	return err
}

// report hands a row over to whoever takes refused ones. Where nobody does, the row ends the task.
func (x *transaction) report(ctx context.Context, bad aside) error {
	if x.reporter == nil {
		tp, offset, _ := bad.record.SinkOrigin()
		return reported{connect.NewBadRecord(fmt.Errorf("topic %s, partition %d, offset %d: %w%s", tp.Topic, tp.Partition, offset, bad.err, letterAdvice))}
	}
	if err := x.before(ctx, bad.record); err != nil {
		return err
	}
	if tp, offset, _ := bad.record.SinkOrigin(); x.letters.reported(coordinate{tp, offset}) {
		return nil
	}
	if failure := x.reporter.Report(bad.record, bad.err); failure != nil {
		return reported{failure}
	}
	return nil
}
