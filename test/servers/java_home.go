package servers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// registryJava is the oldest Java that the registry runs on.
const registryJava = 21

// javaPlaces are where Java installations lie: Debian's directory, and what .ci/java21 unpacked.
func javaPlaces() []string {
	var homes []string
	add := func(pattern string) {
		found, _ := filepath.Glob(pattern) // the patterns are well formed
		homes = append(homes, found...)
	}
	if home := os.Getenv("JAVA_HOME"); home != "" {
		homes = append(homes, home)
	}
	if path, err := exec.LookPath("java"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			homes = append(homes, filepath.Dir(filepath.Dir(real)))
		}
	}
	add("/usr/lib/jvm/*")
	if home, err := os.UserHomeDir(); err == nil {
		add(filepath.Join(home, ".cache", "moldau-java21", "usr", "lib", "jvm", "*"))
	}
	return homes
}

// javaRelease returns the feature release of a Java installation, which it names in a file; 0 where there is none.
func javaRelease(home string) int {
	if _, err := os.Stat(filepath.Join(home, "bin", "java")); err != nil {
		return 0
	}
	text, err := os.ReadFile(filepath.Join(home, "release"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if version, ok := strings.CutPrefix(strings.TrimSpace(line), "JAVA_VERSION="); ok {
			feature, _, _ := strings.Cut(strings.Trim(version, `"`), ".")
			n, err := strconv.Atoi(feature)
			if err != nil {
				return 0
			}
			return n
		}
	}
	return 0
}

// needJavaSince returns the program of the first Java that is not older than a release.
func needJavaSince(t testing.TB, release int) string {
	t.Helper()
	var seen []string
	for _, home := range javaPlaces() {
		n := javaRelease(home)
		if n >= release {
			return filepath.Join(home, "bin", "java")
		}
		seen = append(seen, fmt.Sprintf("%s (%d)", home, n))
	}
	message := fmt.Sprintf("java %d or newer is not installed: run .ci/java21, or apt-get install openjdk-21-jre-headless where Debian has it, or set JAVA_HOME; "+
		"there is %s", release, strings.Join(seen, ", "))
	if required() {
		t.Fatal(message)
	}
	t.Skip(message)
	return ""
}
