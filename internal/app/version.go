package app

import (
	"runtime/debug"

	"github.com/moldau/moldau/internal/plugin"
)

// kafkaVersion is the release of Apache Kafka Connect whose behaviour is matched; GET / reports it, for clients gate features on it.
const kafkaVersion = "4.3.1"

// kafkaCommit is the first 16 digits of that release's commit, as GET / reports it.
const kafkaCommit = "26b251a451ce941d"

// buildVersion returns the module's version, or that of the commit it was built from.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	if version == "" || version == "(devel)" {
		version = "devel"
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				version += "-" + s.Value[:12]
			}
		}
	}
	return version
}

func (p *program) registry() (*plugin.Registry, error) {
	return plugin.New(kafkaVersion, p.plugins...)
}
