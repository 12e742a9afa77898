// Package moldau is the entry for programs of one's own: a build of Moldau with other connectors than the standard ones.
//
//	func main() {
//		os.Exit(moldau.Main(os.Args, append(standard.Plugins(), mine.Plugins()...)...))
//	}
package moldau

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/app"
)

// Main runs the command in args (args[0] is the program's name) with the plugins and returns the exit code.
func Main(args []string, plugins ...connect.Plugin) int { return app.Main(args, plugins...) }
