package devbroker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/moldau/moldau/test/servers"
)

// The data directory and the address of the child process of the kill -9 tests.
const (
	childDir  = "MOLDAU_DEVBROKER_CHILD"
	childAddr = "MOLDAU_DEVBROKER_CHILD_ADDR"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(serveChild(dir))
	}
	goleak.VerifyTestMain(stopping{m})
}

// stopping ends the real servers of integration tests before goroutines are counted.
type stopping struct{ *testing.M }

func (s stopping) Run() int {
	defer servers.Stop()
	return s.M.Run()
}

// serveChild is a broker process: it prints its address, or why there is none, and ends with its standard input.
func serveChild(dir string) int {
	b, err := Start(context.Background(), Config{Dir: dir, Addr: os.Getenv(childAddr)})
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	fmt.Println(b.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := b.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

type child struct {
	addr  string
	cmd   *exec.Cmd
	stdin io.WriteCloser
}

func startChild(t *testing.T, dir string, addr ...string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, childAddr+"="+strings.Join(addr, ""))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	c := &child{cmd: cmd, stdin: stdin}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	must(t, err)
	c.addr = strings.TrimSpace(line)
	return c
}

// kill ends the process as kill -9 does.
func (c *child) kill(t *testing.T) {
	t.Helper()
	must(t, c.cmd.Process.Kill())
	var exit *exec.ExitError
	if err := c.cmd.Wait(); !errors.As(err, &exit) {
		t.Fatalf("child ended with %v", err)
	}
}

// close ends the process cleanly.
func (c *child) close(t *testing.T) {
	t.Helper()
	must(t, c.stdin.Close())
	must(t, c.cmd.Wait())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, cfg Config) *Broker {
	t.Helper()
	b, err := Start(t.Context(), cfg)
	must(t, err)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func client(t *testing.T, addr string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(addr), kgo.DisableClientMetrics(), kgo.MetadataMinAge(10 * time.Millisecond), kgo.RetryTimeout(time.Minute)}, opts...)...)
	must(t, err)
	t.Cleanup(c.Close)
	return c
}

func admin(t *testing.T, addr string) *kadm.Client { return kadm.NewClient(client(t, addr)) }

func produce(t *testing.T, c *kgo.Client, topic string, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		must(t, c.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Key: fmt.Appendf(nil, "k%d", i), Value: fmt.Appendf(nil, "v%d", i)}).FirstErr())
	}
}

// readAll returns the values of a topic's committed records in order of partition and offset. The last record must not be an
// aborted one, which clients do not get to see.
func readAll(t *testing.T, addr, topic string) []string {
	t.Helper()
	a := admin(t, addr)
	ends, err := a.ListCommittedOffsets(t.Context(), topic)
	must(t, err)
	must(t, ends.Error())
	starts, err := a.ListStartOffsets(t.Context(), topic)
	must(t, err)
	var out []string
	for p := int32(0); ; p++ {
		end, ok := ends.Lookup(topic, p)
		if !ok {
			return out
		}
		begin, _ := starts.Lookup(topic, p)
		if begin.Offset >= end.Offset {
			continue
		}
		c := client(t, addr, kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
			kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {p: kgo.NewOffset().AtStart()}}))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		for at := begin.Offset; at < end.Offset; {
			fs := c.PollFetches(ctx)
			must(t, fs.Err())
			fs.EachRecord(func(r *kgo.Record) {
				at = r.Offset + 1
				if !r.Attrs.IsControl() {
					out = append(out, string(r.Value))
				}
			})
		}
		cancel()
		c.Close()
	}
}

var syntheticBatch = kfake.SyntheticBatch{Records: 10, RecordBytes: 10}
