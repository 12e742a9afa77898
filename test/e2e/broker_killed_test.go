//go:build unix

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// TestTheBrokerIsKilled kills the broker under a running worker. The topic gets every line once and in order; the sink, whose commit may
// have been on its way, may go back once per kill.
func TestTheBrokerIsKilled(t *testing.T) {
	t.Parallel()
	const lines, kills = 30_000, 2
	dir, data := t.TempDir(), t.TempDir()
	address := "127.0.0.1:" + strconv.Itoa(freePort(t))
	brokerProcess := func() *process {
		p := moldau(t, dir, "dev", "--data", data, "--rest", "127.0.0.1:0", "--kafka", address)
		p.dev()
		return p
	}
	b := brokerProcess()
	in, out := write(t, dir, "in.txt", numbered("line ", 1, lines)), filepath.Join(dir, "out.txt")
	p := moldau(t, dir, "standalone", write(t, dir, "worker.properties", workerText(dir, address)),
		properties(t, dir, "src", source(in, "kept")), properties(t, dir, "snk", sink(out, "kept")))
	rest := p.rest()
	written := func() int {
		text, err := os.ReadFile(out)
		if err != nil {
			return 0
		}
		return strings.Count(string(text), "\n")
	}
	for kill := range kills {
		p.await("output", func() error {
			if n := written(); n < (kill+1)*lines {
				return fmt.Errorf("%d lines", n)
			}
			return nil
		})
		from := (kill + 1) * lines
		add(t, in, numbered("line ", from+1, from+lines/2))
		b.Kill()
		add(t, in, numbered("line ", from+lines/2+1, from+lines))
		rest.want(200, "GET", "/connectors/src/status", nil)
		b = brokerProcess()
	}
	last := fmt.Sprintf("line %d\n", (kills+1)*lines)
	p.await("last line", func() error {
		text, err := os.ReadFile(out)
		if err == nil && !strings.HasSuffix(string(text), last) {
			err = fmt.Errorf("%d lines", strings.Count(string(text), "\n"))
		}
		return err
	})
	next, back, previous := 0, 0, 0
	for line := range strings.Lines(read(t, out)) {
		n, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, "line ")))
		if err != nil || n > next+1 {
			t.Errorf("%q follows line %d in the output", line, next)
			topicAround(t, address, "kept", next)
			t.FailNow()
		}
		if n <= previous {
			back++
		}
		previous, next = n, max(next, n)
	}
	if back > kills {
		t.Errorf("the output goes back %d times after %d kills", back, kills)
	}
	if got, want := strings.Join(consume(t, address, "kept", (kills+1)*lines), "\n")+"\n", numbered("line ", 1, (kills+1)*lines); got != want {
		t.Errorf("the topic differs from the input")
	}
	t.Logf("%d lines, the output goes back %d times", next, back)
	rest.running("src")
	rest.running("snk")
	// A worker without its broker stops in time as well.
	b.Kill()
	within(t, 20*time.Second, "the stop without a broker", func() {
		if code := p.stop(syscall.SIGTERM); code != 143 {
			t.Errorf("exit code %d", code)
		}
	})
}

// topicAround logs the records of a topic around that of a line.
func topicAround(t *testing.T, bootstrap, topic string, line int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ends, err := kadm.NewClient(kafkaClient(t, bootstrap)).ListEndOffsets(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup(topic, 0)
	records := consume(t, bootstrap, topic, int(end.Offset))
	for offset, value := range records {
		if value == fmt.Sprint("line ", line) || value == fmt.Sprint("line ", line+1) {
			t.Logf("offsets from %d of %d: %q", max(0, offset-3), len(records), records[max(0, offset-3):min(len(records), offset+8)])
		}
	}
}
