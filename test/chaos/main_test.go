//go:build unix

package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

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

// java says whether the workers are those of Apache Kafka, to see what the same faults do to them: MOLDAU_CHAOS_WORKER=java. They take many times as long to
// start, so everything is slower, and only Apache Kafka is their broker.
func java() bool { return os.Getenv("MOLDAU_CHAOS_WORKER") == "java" }

// pace stretches pauses for workers that are slow to start.
func pace(d time.Duration) time.Duration {
	if java() {
		return 6 * d
	}
	return d
}

// asked says whether the tests of this package are to run: they take minutes.
func asked() bool { return servers.Enabled() || os.Getenv("MOLDAU_CHAOS") != "" }
