package devbroker

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moldau/moldau/test/servers"
)

// has fails the test for each part that text lacks.
func has(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("no %q in:\n%s", p, text)
		}
	}
}

func TestJavaTools(t *testing.T) {
	servers.Need(t)
	b := start(t, Config{Dir: t.TempDir()})
	tool := func(name string, args ...string) string {
		t.Helper()
		return servers.Tool(t, b.Addr(), name, args...)
	}
	fails := func(want, name string, args ...string) {
		t.Helper()
		r := servers.RunTool(t, "", name, append([]string{"--bootstrap-server", b.Addr()}, args...)...)
		if r.OK {
			t.Errorf("%s %v succeeded", name, args)
		}
		has(t, r.Out+r.Err, want)
	}

	has(t, tool("topics", "--create", "--topic", "plain"), "Created topic plain.")
	has(t, tool("topics", "--create", "--topic", "compacted", "--partitions", "3", "--replication-factor", "1", "--config", "cleanup.policy=compact"), "Created topic compacted.")
	fails("Topic 'plain' already exists.", "topics", "--create", "--topic", "plain")
	fails("Invalid value 7d for configuration retention.ms: Not a number of type LONG", "topics", "--create", "--topic", "bad", "--config", "retention.ms=7d")
	fails("The target replication factor of 3 cannot be reached because only 1 broker(s) are registered", "topics", "--create", "--topic", "bad", "--replication-factor", "3")
	has(t, tool("topics", "--list"), "plain\n", "compacted\n")
	has(t, tool("topics", "--describe", "--topic", "compacted"), "PartitionCount: 3", "ReplicationFactor: 1", "cleanup.policy=compact", "Leader: 0", "Isr: 0")
	tool("topics", "--alter", "--topic", "compacted", "--partitions", "5")
	has(t, tool("topics", "--describe", "--topic", "compacted"), "PartitionCount: 5")
	fails("Topic already has 5 partition(s).", "topics", "--alter", "--topic", "compacted", "--partitions", "5")

	entity := []string{"--entity-type", "topics", "--entity-name", "plain"}
	tool("configs", append(entity, "--alter", "--add-config", "retention.ms=1000,cleanup.policy=[compact,delete]")...)
	has(t, tool("configs", append(entity, "--describe")...), "retention.ms=1000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=1000, DEFAULT_CONFIG:log.retention.ms=604800000}", "cleanup.policy=compact,delete")
	tool("configs", append(entity, "--alter", "--delete-config", "retention.ms")...)
	all := tool("configs", append(entity, "--describe", "--all")...)
	has(t, all, "retention.ms=604800000", "retention.bytes=1073741824", "unclean.leader.election.enable=false", "segment.bytes=104857600")
	if strings.Contains(all, "kfake") {
		t.Error(all)
	}
	fails("Unknown topic config name: bogus", "configs", append(entity, "--alter", "--add-config", "bogus=1")...)
	has(t, tool("configs", "--entity-type", "brokers", "--entity-name", "0", "--describe", "--all"), "log.retention.bytes=1073741824")
	fails("Cannot update these configs dynamically: [log.cleaner.backoff.ms]", "configs", "--entity-type", "brokers", "--entity-default", "--alter", "--add-config", "log.cleaner.backoff.ms=1")

	servers.ToolInput(t, b.Addr(), "k1:v1\nk2:v2\nk3:v3\n", "console-producer", "--topic", "made-by-producer", "--property", "parse.key=true", "--property", "key.separator=:")
	out := tool("console-consumer", "--topic", "made-by-producer", "--from-beginning", "--max-messages", "3", "--group", "readers", "--property", "print.key=true")
	has(t, out, "k1\tv1", "k2\tv2", "k3\tv3")
	has(t, tool("consumer-groups", "--list"), "readers")
	has(t, strings.Join(strings.Fields(tool("consumer-groups", "--describe", "--group", "readers")), " "), "readers made-by-producer 0 3 3 0")
	has(t, tool("consumer-groups", "--describe", "--group", "readers", "--state"), "Empty")
	has(t, tool("consumer-groups", "--reset-offsets", "--group", "readers", "--topic", "made-by-producer", "--to-earliest", "--execute"), "readers")
	tool("consumer-groups", "--delete", "--group", "readers")
	has(t, tool("console-consumer", "--topic", "made-by-producer", "--from-beginning", "--max-messages", "3", "--consumer-property", "group.protocol=consumer"), "v3")
	has(t, tool("get-offsets", "--topic", "made-by-producer"), "made-by-producer:0:3")
	tool("topics", "--delete", "--topic", "made-by-producer")
	if out := tool("topics", "--list"); strings.Contains(out, "made-by-producer") {
		t.Error(out)
	}
}

func TestJavaConnect(t *testing.T) {
	servers.Need(t)
	b := start(t, Config{Dir: t.TempDir()})
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.txt"), filepath.Join(dir, "out.txt")
	var lines strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&lines, "line %d\n", i)
	}
	must(t, os.WriteFile(in, []byte(lines.String()), 0o644))
	props := map[string]string{"bootstrap.servers": b.Addr(), "offset.flush.interval.ms": "500"}
	w := servers.ConnectDistributed(t, props)
	w.Create(t, "src", map[string]string{"connector.class": "FileStreamSource", "file": in, "topic": "lines",
		"topic.creation.default.partitions": "2", "topic.creation.default.replication.factor": "1", "topic.creation.default.cleanup.policy": "delete"})
	w.AwaitRunning(t, "src", 1)
	w.Create(t, "snk", map[string]string{"connector.class": "FileStreamSink", "file": out, "topics": "lines"})
	w.AwaitRunning(t, "snk", 1)
	count := func() int {
		data, err := os.ReadFile(out)
		if err != nil {
			return 0
		}
		return strings.Count(string(data), "\n")
	}
	w.Await(t, "1000 lines", func() bool { return count() == 1000 })
	if n := len(b.Cluster().PartitionInfos("lines")); n != 2 {
		t.Errorf("the source task made %d partitions", n)
	}
	for topic, partitions := range map[string]int{"connect-configs": 1, "connect-offsets": 25, "connect-status": 5} {
		info := b.Cluster().TopicInfo(topic)
		if info == nil {
			t.Fatalf("no topic %s", topic)
		}
		if n := len(b.Cluster().PartitionInfos(topic)); n != partitions || *info.Configs["cleanup.policy"] != "compact" || *info.Configs["retention.ms"] != "-1" {
			t.Errorf("%s: %d partitions, %v", topic, n, info.Configs)
		}
	}
	w.Stop()

	// Another worker goes on where this one stopped: with its connectors, their offsets and the group's.
	f, err := os.OpenFile(in, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteString("one more\n")
	must(t, err)
	must(t, f.Close())
	w = servers.ConnectDistributed(t, props)
	w.AwaitRunning(t, "src", 1)
	w.AwaitRunning(t, "snk", 1)
	w.Await(t, "the line after the restart", func() bool { return count() >= 1001 })
	if n := count(); n != 1001 {
		t.Errorf("%d lines", n)
	}
	two := servers.ConnectDistributed(t, props)
	two.AwaitRunning(t, "src", 1)
	w.Stop()
	two.AwaitRunning(t, "src", 1)
}

// The exactly-once worker fences producers, writes offsets in transactions and reads committed records only.
func TestJavaConnectExactlyOnce(t *testing.T) {
	servers.Need(t)
	b := start(t, Config{Dir: t.TempDir()})
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.txt"), filepath.Join(dir, "out.txt")
	must(t, os.WriteFile(in, []byte("a\nb\n"), 0o644))
	w := servers.ConnectDistributed(t, map[string]string{"bootstrap.servers": b.Addr(), "exactly.once.source.support": "enabled"})
	w.Create(t, "src", map[string]string{"connector.class": "FileStreamSource", "file": in, "topic": "lines", "exactly.once.support": "required"})
	w.Create(t, "snk", map[string]string{"connector.class": "FileStreamSink", "file": out, "topics": "lines", "consumer.override.isolation.level": "read_committed"})
	w.Await(t, "two lines", func() bool {
		data, err := os.ReadFile(out)
		return err == nil && string(data) == "a\nb\n"
	})
}
