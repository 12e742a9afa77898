package worker

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/moldau/moldau/test/servers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(stopping{m}) }

// stopping ends the real servers of integration tests before goroutines are counted, and lets the clients of abandoned tasks close: that goes
// on in the background for some seconds, since they leave their groups.
type stopping struct{ *testing.M }

func (s stopping) Run() int {
	code := s.M.Run()
	servers.Stop()
	for range 30 { // Find itself waits for half a second
		if goleak.Find() == nil {
			break
		}
	}
	return code
}
