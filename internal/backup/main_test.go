package backup

import (
	"testing"

	"go.uber.org/goleak"
)

// A consumer of franz-go that is closed while a fetch is on its way leaves, once in a while, the goroutine that counted fetches.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/twmb/franz-go/pkg/kgo.(*fetchManager).manageFetchConcurrency"))
}
