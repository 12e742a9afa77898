//go:build unix

package ops

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/moldau/moldau/test/servers"
)

// binary is the program under test, in a folder of its own; empty where integration tests were not asked for.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds the program and runs the tests.
func run(m *testing.M) int {
	defer servers.Stop()
	if !servers.Enabled() {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "moldau-ops-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "moldau")
	build := exec.Command("go", "build", "-o", binary, "../../cmd/moldau")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building moldau: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}
