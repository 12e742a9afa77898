package deadletter

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/moldau/moldau/test/servers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(stopping{m}) }

// stopping ends the real server of the integration test before goroutines are counted.
type stopping struct{ *testing.M }

func (s stopping) Run() int {
	defer servers.Stop()
	return s.M.Run()
}
