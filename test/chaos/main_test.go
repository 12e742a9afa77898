//go:build unix

package chaos

import (
	"os"
	"testing"
	"time"

	"github.com/moldau/moldau/test/child"
	"github.com/moldau/moldau/test/servers"
)

// program is the path of the program under test.
var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	defer servers.Stop()
	if !asked() {
		return m.Run()
	}
	return child.WithMoldau(&program, m.Run)
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
