package javafmt

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// LocalZone returns the zone of the process, as TimeZone.getDefault does on Unix: that of the environment variable TZ, else that of the
// machine, else UTC.
var LocalZone = sync.OnceValue(func() *Zone {
	if id, ok := os.LookupEnv("TZ"); ok {
		id = strings.TrimPrefix(id, ":")
		return LoadZone(regionOf(id))
	}
	if target, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
		if id := regionOf(target); id != target {
			return LoadZone(id)
		}
	}
	if b, err := os.ReadFile("/etc/timezone"); err == nil {
		return LoadZone(strings.TrimSpace(string(b)))
	}
	return UTC()
})

// regionOf cuts the directory of the zone files off a path; other texts stay as they are.
func regionOf(path string) string {
	_, id, ok := strings.Cut(path, "/zoneinfo/")
	if !ok || id == "" {
		return path
	}
	return id
}
