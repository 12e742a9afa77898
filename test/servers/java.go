package servers

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// javaArgs are the arguments of a Kafka class. Quick starts matter more than peak speed here.
func javaArgs(t testing.TB, heap, level, class string, args []string) []string {
	t.Helper()
	jars := Jars(t)
	logging := filepath.Join(work(t), "log4j2.properties")
	if err := os.WriteFile(logging, log4j, 0o644); err != nil {
		t.Fatal(err)
	}
	return append([]string{
		"-Xmx" + heap, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true",
		"-Dlog4j2.configurationFile=" + logging, "-Dlevel=" + level, "-cp", filepath.Join(jars, "*"), class,
	}, args...)
}

// tools are the classes behind Kafka's scripts.
var tools = map[string]string{
	"acls":                "org.apache.kafka.tools.AclCommand",
	"configs":             "kafka.admin.ConfigCommand",
	"console-consumer":    "org.apache.kafka.tools.consumer.ConsoleConsumer",
	"console-producer":    "org.apache.kafka.tools.ConsoleProducer",
	"consumer-groups":     "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
	"consumer-perf-test":  "org.apache.kafka.tools.ConsumerPerformance",
	"delete-records":      "org.apache.kafka.tools.DeleteRecordsCommand",
	"dump-log":            "org.apache.kafka.tools.DumpLogSegments",
	"get-offsets":         "org.apache.kafka.tools.GetOffsetShell",
	"producer-perf-test":  "org.apache.kafka.tools.ProducerPerformance",
	"topics":              "org.apache.kafka.tools.TopicCommand",
	"transactions":        "org.apache.kafka.tools.TransactionsCommand",
	"verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
	"storage":             "kafka.tools.StorageTool",
	"cluster":             "org.apache.kafka.tools.ClusterTool",
	"features":            "org.apache.kafka.tools.FeatureCommand",
	"log-dirs":            "org.apache.kafka.tools.LogDirsCommand",
}

// Result is how a tool ended.
type Result struct {
	Out string // standard output
	Err string // standard error: log lines, and the exception of a failure
	OK  bool   // whether it exited with 0
}

// RunTool runs one of Kafka's command line tools by the name of its script without kafka- and .sh, or by its class. The arguments
// are as given: they must name the bootstrap server themselves. It may end in a failure; the test fails only if it cannot be run.
func RunTool(t testing.TB, stdin, name string, args ...string) Result {
	t.Helper()
	Need(t)
	java := needJava(t)
	class := name
	if c, ok := tools[name]; ok {
		class = c
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, java, javaArgs(t, "256m", "WARN", class, args)...)
	cmd.WaitDelay = 5 * time.Second
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return Result{Out: out.String(), Err: errs.String(), OK: err == nil}
}

// Tool runs a tool like RunTool against a bootstrap address, and returns its standard output. Its failure fails the test.
func Tool(t testing.TB, bootstrap, name string, args ...string) string {
	t.Helper()
	return ToolInput(t, bootstrap, "", name, args...)
}

// ToolInput is Tool with a standard input.
func ToolInput(t testing.TB, bootstrap, stdin, name string, args ...string) string {
	t.Helper()
	if !slices.Contains(args, "--bootstrap-server") {
		args = append([]string{"--bootstrap-server", bootstrap}, args...)
	}
	r := RunTool(t, stdin, name, args...)
	if !r.OK {
		t.Fatalf("%s %s failed\n%s\n%s", name, strings.Join(args, " "), r.Out, r.Err)
	}
	return r.Out
}

// freePorts finds ports that nobody listens on now.
func freePorts(t testing.TB, n int) []int {
	t.Helper()
	ports := make([]int, n)
	for i := range ports {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		ports[i] = ln.Addr().(*net.TCPAddr).Port
	}
	return ports
}
