package servers

import (
	"context"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// h2Version is the release of H2, whose modes know the SQL of databases that cannot run everywhere.
const h2Version = "2.2.224"

// H2Node is a running H2 server, which speaks PostgreSQL's protocol.
type H2Node struct {
	port int
	proc *process
}

var h2Node shared[H2Node]

// H2 is the test binary's H2 server.
func H2(t testing.TB) *H2Node {
	t.Helper()
	Need(t)
	return h2Node.get(func() *H2Node { return startH2(t) })
}

// URL names a database of the server, which is made when somebody connects.
func (h *H2Node) URL(name string) string {
	return "postgres://sa:sa@127.0.0.1:" + strconv.Itoa(h.port) + "/" + name + "?sslmode=disable"
}

func startH2(t testing.TB) *H2Node {
	t.Helper()
	java, jar := needJava(t), h2Jar(t)
	dir := work(t)
	h := &H2Node{port: freePorts(t, 1)[0]}
	proc, err := spawn(exec.Command(java, "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", jar, "org.h2.tools.Server",
		"-pg", "-pgPort", strconv.Itoa(h.port), "-baseDir", filepath.Join(dir, "h2"), "-ifNotExists"), filepath.Join(dir, "h2.log"))
	if err != nil {
		t.Fatal(err)
	}
	h.proc = proc
	if err := proc.await("the H2 server", 2*time.Minute, func() error {
		c, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", "127.0.0.1:"+strconv.Itoa(h.port))
		if err != nil {
			return err
		}
		return c.Close()
	}); err != nil {
		t.Fatal(err)
	}
	return h
}

// h2Jar gets H2's jar with maven when it must, and keeps it in ~/.cache.
func h2Jar(t testing.TB) string {
	t.Helper()
	return central(t, filepath.Join("moldau-h2", "h2-"+h2Version+".jar"), "com.h2database:h2:"+h2Version, func(file string) (string, error) { return file, nil })
}
