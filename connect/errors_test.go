package connect

import (
	"errors"
	"fmt"
	"testing"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
)

func TestClasses(t *testing.T) {
	t.Parallel()
	cause := errors.New("no")
	for _, c := range []struct {
		err  error
		want ErrorClass
		java string
	}{
		{cause, Fatal, javafmt.ConnectException},
		{NewFailure("no", cause), Fatal, javafmt.ConnectException},
		{NewRetriable(cause), Retriable, javafmt.RetriableException},
		{NewBadRecord(cause), BadRecord, javafmt.DataException},
		{NewBadConfig("k", cause), BadConfig, javafmt.ConfigException},
		{fmt.Errorf("while reading: %w", NewRetriable(cause)), Retriable, javafmt.RetriableException},
		{NewRetriable(NewBadRecord(cause)), Retriable, javafmt.RetriableException},
		{javafmt.NewException(javafmt.SerializationException, "no", nil), BadRecord, javafmt.SerializationException},
		{NewBadRecord(javafmt.NewException(javafmt.SerializationException, "no", nil)), BadRecord, javafmt.SerializationException},
		{javafmt.NewException(javafmt.RetriableException, "no", nil), Retriable, javafmt.RetriableException},
		{config.Invalid("k", "v", "no"), BadConfig, javafmt.ConfigException},
	} {
		if got := ClassOf(c.err); got != c.want || javafmt.ClassOf(c.err) != c.java {
			t.Errorf("%v: got class %d and %s, want %d and %s", c.err, got, javafmt.ClassOf(c.err), c.want, c.java)
		}
		if !errors.Is(c.err, cause) && errors.As(c.err, new(*Error)) && !errors.As(c.err, new(*javafmt.Exception)) {
			t.Errorf("%v: the cause is lost", c.err)
		}
	}
}
