// Generate writes the dashboards of package boards to ops/grafana, for Grafana to import: go run ./ops/generate, from the root of the repository.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/moldau/moldau/ops/boards"
)

func main() {
	for _, b := range boards.All() {
		text, err := b.Grafana()
		if err == nil {
			err = os.WriteFile(filepath.Join("ops", "grafana", b.UID+".json"), text, 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "generate:", err)
			os.Exit(1)
		}
	}
}
