package bench

import (
	"context"
	"errors"
)

func await(ctx context.Context, done <-chan struct{}, q quiet) error {
	select {
	case <-done:
		return nil
	case trace := <-q.failed:
		return errors.New(trace)
	case <-ctx.Done():
		return ctx.Err()
	}
}
