package measured

import (
	"fmt"
	"os"
	"path/filepath"
)

// Java is a directory with the jars of Kafka and Connect.
type Java struct{ Libs string }

// FindJava takes the directory that is named, else $KAFKA_LIBS, else that of the tests.
func FindJava(libs string) (Java, error) {
	if libs == "" {
		libs = os.Getenv("KAFKA_LIBS")
	}
	if libs == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return Java{}, err
		}
		libs = filepath.Join(home, ".cache", "moldau-kafka", "4.3.1")
	}
	if found, err := filepath.Glob(filepath.Join(libs, "connect-runtime-*.jar")); err != nil || len(found) == 0 {
		return Java{}, fmt.Errorf("no Kafka jars in %s: run MOLDAU_INTEGRATION=1 go test ./test/servers once, or name their directory with -libs", libs)
	}
	return Java{libs}, nil
}

// Args are the arguments of java for a class, with the settings of Kafka's scripts.
func (j Java) Args(heap, class string, args ...string) []string {
	return append([]string{"-Xmx" + heap, "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35", "-Djava.awt.headless=true",
		"-cp", filepath.Join(j.Libs, "*"), class}, args...)
}
