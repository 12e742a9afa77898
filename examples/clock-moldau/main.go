// Command clock-moldau is Moldau with one more connector: everything of the standard build, and the clock of the folder beside this one.
//
//	go run ./examples/clock-moldau dev
package main

import (
	"os"

	"github.com/moldau/moldau"
	"github.com/moldau/moldau/examples/clock"
	"github.com/moldau/moldau/plugins/standard"
)

func main() {
	os.Exit(moldau.Main(os.Args, append(standard.Plugins(), clock.Plugins()...)...))
}
