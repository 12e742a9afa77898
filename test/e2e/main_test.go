//go:build unix

package e2e

import (
	"os"
	"testing"

	"github.com/moldau/moldau/test/child"
	"github.com/moldau/moldau/test/servers"
)

// binary is the path of the program under test.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	defer servers.Stop()
	return child.WithMoldau(&binary, m.Run)
}
