//go:build unix

package ops

import (
	"os"
	"testing"

	"github.com/moldau/moldau/test/child"
	"github.com/moldau/moldau/test/servers"
)

// binary is the path of the program under test; empty where integration tests were not asked for.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	defer servers.Stop()
	if !servers.Enabled() {
		return m.Run()
	}
	return child.WithMoldau(&binary, m.Run)
}
