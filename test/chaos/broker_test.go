//go:build unix

package chaos

import (
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// embedded is `moldau dev` as a process of its own, for its broker, which can be killed and comes back with what was acknowledged.
type embedded struct {
	t       *testing.T
	dir     string
	address string
	log     string
	run     *process
}

func newEmbedded(t *testing.T, dir string) *embedded {
	t.Helper()
	e := &embedded{t: t, dir: filepath.Join(dir, "broker"), address: freeAddress(t), log: filepath.Join(dir, "broker.log")}
	e.start()
	if err := await(30*time.Second, func() error {
		c, err := net.Dial("tcp", e.address)
		if err == nil {
			c.Close()
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *embedded) start() {
	e.run = start(e.t, e.log, "dev", "--data", e.dir, "--rest", "127.0.0.1:0", "--kafka", e.address)
}

func (e *embedded) kill() { e.run.end(syscall.SIGKILL) }
