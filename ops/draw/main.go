// Draw draws the dashboards of the operations kit as SVG from a Prometheus:
//
//	go run ./ops/draw -url http://127.0.0.1:9090 -connector orders -to docs/pictures
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/moldau/moldau/ops/boards"
	"github.com/moldau/moldau/ops/picture"
)

func main() {
	address := flag.String("url", "http://127.0.0.1:9090", "address of Prometheus")
	job := flag.String("job", ".+", "regular expression of the job that scrapes the workers")
	connector := flag.String("connector", ".+", "regular expression of the connector that the debug board shows")
	rate := flag.String("rate", "1m", "window of rates")
	span := flag.Duration("last", time.Hour, "how long back to look")
	to := flag.String("to", ".", "folder for the pictures")
	flag.Parse()
	now := time.Now()
	a := picture.Asker{URL: *address, Job: *job, Connector: *connector, Rate: *rate, From: now.Add(-*span), To: now}
	for _, b := range boards.All() {
		text, err := a.Draw(context.Background(), b)
		if err == nil {
			err = os.WriteFile(filepath.Join(*to, b.UID+".svg"), text, 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "draw:", err)
			os.Exit(1)
		}
	}
}
