// Command moldau is Kafka Connect in one binary. A build with further connectors is a copy of this file with another list of plugins; see
// examples/.
package main

import (
	"os"

	"github.com/moldau/moldau/internal/app"
	"github.com/moldau/moldau/plugins/standard"
)

func main() {
	os.Exit(app.Main(os.Args, standard.Plugins()...))
}
