//go:build unix

package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/moldau/moldau/test/servers"
)

// program is the path of the program under test.
var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds the program, unless MOLDAU_BINARY names it, and runs the tests.
func run(m *testing.M) int {
	defer servers.Stop()
	if program = os.Getenv("MOLDAU_BINARY"); program != "" || !asked() {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "moldau-chaos-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "moldau")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/moldau").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building moldau: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// asked says whether the tests of this package are to run: they take minutes.
func asked() bool { return servers.Enabled() || os.Getenv("MOLDAU_CHAOS") != "" }
