package servers

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

//go:embed pom.xml
var pom []byte

//go:embed log4j2.properties
var log4j []byte

const defaultVersion = "4.3.1"

// Version is the Kafka release that is run.
func Version() string {
	if v := os.Getenv("KAFKA_VERSION"); v != "" {
		return v
	}
	return defaultVersion
}

// complete is made when all jars are there.
const complete = ".complete"

var jarsMu sync.Mutex

// Jars returns the directory of Kafka's jars, and gets them when it must.
func Jars(t testing.TB) string {
	t.Helper()
	Need(t)
	jarsMu.Lock()
	defer jarsMu.Unlock()
	dir := os.Getenv("KAFKA_LIBS")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(home, ".cache", "moldau-kafka", Version())
	}
	if _, err := os.Stat(filepath.Join(dir, complete)); err == nil {
		return dir
	}
	mvn := needMaven(t)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	// Several test binaries may do this at the same time. Each gets the jars into a directory of its own first, and renaming
	// replaces a file as a whole.
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "get-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(tmp)
	if err := os.WriteFile(filepath.Join(tmp, "pom.xml"), pom, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(mvn, "-q", "-B", "-f", filepath.Join(tmp, "pom.xml"), "-Dkafka.version="+Version(),
		"dependency:copy-dependencies", "-DoutputDirectory="+filepath.Join(tmp, "jars"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("getting the jars of Kafka %s with maven: %v\n%s", Version(), err, out)
	}
	jars, err := filepath.Glob(filepath.Join(tmp, "jars", "*.jar"))
	if err != nil || len(jars) == 0 {
		t.Fatalf("maven left no jars of Kafka %s: %v", Version(), err)
	}
	for _, jar := range jars {
		if err := os.Rename(jar, filepath.Join(dir, filepath.Base(jar))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, complete), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}
