package providers

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/moldau/moldau/connect/config"
)

// allowedPathsKey restricts a provider to files below the paths it lists.
const allowedPathsKey = "allowed.paths"

// allowedPaths decides which paths of a configuration may be read (KIP-993).
type allowedPaths struct {
	// restricted is false where the option was absent or empty; then every path is allowed.
	restricted bool
	paths      []string
}

// parseAllowedPaths reads the option. The paths must be absolute and exist.
func parseAllowedPaths(text string) (allowedPaths, error) {
	if text == "" {
		return allowedPaths{}, nil
	}
	a := allowedPaths{restricted: true}
	items := strings.Split(text, ",")
	// Empty items at the end do not count, as with String.split.
	for len(items) > 0 && items[len(items)-1] == "" {
		items = items[:len(items)-1]
	}
	for _, item := range items {
		p := item
		if p != "" {
			p = filepath.Clean(p)
		}
		if !filepath.IsAbs(p) {
			return a, config.Failed("Path " + p + " is not absolute")
		}
		if _, err := os.Stat(p); err != nil {
			return a, config.Failed("Path " + p + " does not exist")
		}
		a.paths = append(a.paths, p)
	}
	return a, nil
}

// check returns the path to read; ok is false, with a warning logged, where it is not allowed.
func (a allowedPaths) check(path string) (string, bool) {
	if !a.restricted {
		return path, true
	}
	clean := filepath.Clean(path)
	for _, p := range a.paths {
		if clean == p || strings.HasPrefix(clean, strings.TrimSuffix(p, "/")+"/") {
			return clean, true
		}
	}
	slog.Warn("config provider: path is not below "+allowedPathsKey, "path", path)
	return "", false
}
