package servers

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Node is a running single-node Apache Kafka.
type Node struct {
	bootstrap string
	proc      *process // nil where the server is not ours
	dir       string
}

// shared is a server that is started once and used by all tests of the binary.
type shared[T any] struct {
	mu    sync.Mutex
	value *T
}

func (s *shared[T]) get(start func() *T) *T {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.value == nil {
		s.value = start()
	}
	return s.value
}

func (s *shared[T]) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.value = nil
}

var (
	plain  shared[Node]
	secure shared[SecureNode]
)

// Kafka is the test binary's plain Kafka: the one of MOLDAU_TEST_KAFKA, or one that starts now. Tests share it, so they choose
// names of topics and groups of their own.
func Kafka(t testing.TB) *Node {
	t.Helper()
	Need(t)
	return plain.get(func() *Node {
		if addr := os.Getenv("MOLDAU_TEST_KAFKA"); addr != "" {
			return &Node{bootstrap: addr}
		}
		ports := freePorts(t, 2)
		addr := "127.0.0.1:" + strconv.Itoa(ports[0])
		return startKafka(t, "kafka", addr, nil, map[string]string{
			"listeners":                      fmt.Sprintf("PLAINTEXT://%s,CONTROLLER://127.0.0.1:%d", addr, ports[1]),
			"advertised.listeners":           "PLAINTEXT://" + addr,
			"controller.quorum.voters":       fmt.Sprintf("1@127.0.0.1:%d", ports[1]),
			"listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
		})
	})
}

// Bootstrap is the host:port of the plain listener.
func (k *Node) Bootstrap() string { return k.bootstrap }

// Tool runs one of Kafka's command line tools against this server; see the function Tool.
func (k *Node) Tool(t testing.TB, name string, args ...string) string {
	t.Helper()
	return Tool(t, k.bootstrap, name, args...)
}

// Log is what the server has written, or nothing where it is not ours.
func (k *Node) Log() string {
	if k.proc == nil {
		return ""
	}
	return k.proc.output()
}

// startKafka formats a directory, starts a server with further properties over the common ones and options of its Java, and waits until it
// answers on addr.
func startKafka(t testing.TB, name, addr string, format []string, props map[string]string, options ...string) *Node {
	t.Helper()
	java := needJava(t)
	dir := filepath.Join(work(t), name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{
		"process.roles":                                    "broker,controller",
		"node.id":                                          "1",
		"controller.listener.names":                        "CONTROLLER",
		"inter.broker.listener.name":                       "PLAINTEXT",
		"log.dirs":                                         filepath.Join(dir, "data"),
		"num.partitions":                                   "1",
		"log.retention.ms":                                 "-1", // tests write records with timestamps of long ago
		"offsets.topic.replication.factor":                 "1",
		"offsets.topic.num.partitions":                     "5",
		"transaction.state.log.replication.factor":         "1",
		"transaction.state.log.min.isr":                    "1",
		"transaction.state.log.num.partitions":             "5",
		"share.coordinator.state.topic.replication.factor": "1",
		"share.coordinator.state.topic.min.isr":            "1",
		"group.initial.rebalance.delay.ms":                 "0",
		"min.insync.replicas":                              "1",
	}
	maps.Copy(all, props)
	file := filepath.Join(dir, "server.properties")
	writeProperties(t, file, all)
	args := append([]string{"format", "-t", "bW9sZGF1LXRlc3QtMDAwMQ", "-c", file}, format...)
	if r := RunTool(t, "", "storage", args...); !r.OK {
		t.Fatalf("formatting the data directory of %s failed\n%s\n%s", name, r.Out, r.Err)
	}
	p, err := spawn(exec.Command(java, append(options, javaArgs(t, "512m", "WARN", "kafka.Kafka", []string{file})...)...), filepath.Join(dir, "out.log"))
	if err != nil {
		t.Fatal(err)
	}
	err = p.await("Kafka", 4*time.Minute, func() error {
		c, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.DialTimeout(time.Second), kgo.RequestRetries(0))
		if err != nil {
			return err
		}
		defer c.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		return c.Ping(ctx)
	})
	if err != nil {
		p.end(os.Kill)
		t.Fatal(err)
	}
	return &Node{bootstrap: addr, proc: p, dir: dir}
}
