package store

import (
	"context"
	"errors"

	"github.com/moldau/moldau/internal/kafka"
)

// ErrNoTopic is the error of reading a topic that does not exist.
var ErrNoTopic = errors.New("the topic does not exist")

// ReadLog reads a topic from its beginning to the end that it has now, and changes nothing. It blocks until then or until ctx ends. Record is called
// as OpenLog says, and not any more after the return.
func ReadLog(ctx context.Context, cfg LogConfig) error {
	cfg.Existing, cfg.Producer = true, kafka.Settings{}
	log, err := OpenLog(ctx, cfg)
	if err != nil {
		return err
	}
	log.Close()
	return nil
}
