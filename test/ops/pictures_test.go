//go:build unix

package ops

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/moldau/moldau/ops/boards"
	"github.com/moldau/moldau/ops/picture"
)

// draw keeps pictures of the dashboards, after a while in which a worker was killed and came back.
func (f *fleet) draw(t *testing.T) {
	from := time.Now()
	wait := func(d time.Duration) {
		until := time.After(d)
		<-until
	}
	wait(60 * time.Second)
	f.workers[1].restart(syscall.SIGKILL)
	wait(60 * time.Second)
	a := picture.Asker{URL: f.URL, Job: "kafka-connect", Connector: "orders|archive|invoices", Rate: "10s", From: from, To: time.Now()}
	for _, b := range boards.All() {
		text, err := a.Draw(t.Context(), b)
		if err == nil {
			err = os.WriteFile(filepath.Join("../../docs/pictures", b.UID+".svg"), text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
