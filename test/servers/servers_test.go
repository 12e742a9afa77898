package servers

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

type stopping struct{ *testing.M }

func (s stopping) Run() int {
	defer Stop()
	return s.M.Run()
}

const orphanMaker = "MOLDAU_SERVERS_ORPHAN"

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(stopping{m})
}

func TestKafka(t *testing.T) {
	k := Kafka(t)
	k.Tool(t, "topics", "--create", "--topic", "servers-test", "--partitions", "2")
	if out := k.Tool(t, "topics", "--describe", "--topic", "servers-test"); !strings.Contains(out, "PartitionCount: 2") {
		t.Error(out)
	}
	ToolInput(t, k.Bootstrap(), "one\ntwo\n", "console-producer", "--topic", "servers-test")
	out := k.Tool(t, "console-consumer", "--topic", "servers-test", "--from-beginning", "--max-messages", "2")
	if !strings.Contains(out, "one") || !strings.Contains(out, "two") {
		t.Error(out)
	}
	if r := RunTool(t, "", "topics", "--nonsense"); r.OK {
		t.Error("nonsense succeeded")
	}
	if Kafka(t) != k {
		t.Error("a second server was started")
	}
}

func TestConnectWorkers(t *testing.T) {
	k := Kafka(t)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.txt"), filepath.Join(dir, "out.txt")
	must(t, os.WriteFile(in, []byte("a\nb\nc\n"), 0o644))
	source := map[string]string{"name": "src", "connector.class": "FileStreamSource", "file": in, "topic": "servers-lines"}
	sink := map[string]string{"name": "snk", "connector.class": "FileStreamSink", "file": out, "topics": "servers-lines"}
	k.ConnectStandalone(t, nil, source).AwaitRunning(t, "src", 1)
	w := k.ConnectDistributed(t, nil)
	w.Create(t, "snk", sink)
	w.Await(t, "three lines", func() bool {
		data, err := os.ReadFile(out)
		return err == nil && string(data) == "a\nb\nc\n"
	})
	w.Stop()
	if log := w.Log(); !strings.Contains(log, "Kafka Connect stopped") {
		t.Error(log)
	}
}

func TestSecureKafka(t *testing.T) {
	s := SecureKafka(t)
	n := 0
	check := func(name string, props map[string]string) {
		t.Run(name, func(t *testing.T) {
			n++
			file := Properties(t, "client.properties", props)
			Tool(t, props["bootstrap.servers"], "topics", "--command-config", file, "--create", "--topic", "test-"+strconv.Itoa(n))
		})
	}
	for _, form := range []string{"PEM", "JKS", "PKCS12"} {
		check("SSL "+form, s.SSLClient(form))
	}
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		check(mechanism+" over TLS", s.SASLClient(mechanism, "test", true))
	}
	check("PLAIN", s.SASLClient("PLAIN", "admin", false))
	if c, err := jwtParts(s.Issuer.Token("test", time.Minute, map[string]any{"sub": "other"})); err != nil || !strings.Contains(c, `"sub":"other"`) || !strings.Contains(c, `"aud":"kafka"`) {
		t.Errorf("%s, %v", c, err)
	}
	denied := s.SASLClient("SCRAM-SHA-256", "test", false)
	r := RunTool(t, "", "topics", "--bootstrap-server", s.SASLPlaintext, "--command-config", Properties(t, "c", denied), "--create", "--topic", "other")
	if r.OK || !strings.Contains(r.Out+r.Err, "AuthorizationException") {
		t.Errorf("%+v", r)
	}
}

func jwtParts(token string) (claims string, err error) {
	_, rest, _ := strings.Cut(token, ".")
	payload, _, _ := strings.Cut(rest, ".")
	text, err := base64.RawURLEncoding.DecodeString(payload)
	return string(text), err
}

// TestOrphan is the parent of TestDieWithParent: it starts a server and then hangs.
func TestOrphan(t *testing.T) {
	pidFile := os.Getenv(orphanMaker)
	if pidFile == "" {
		t.Skip("started by TestDieWithParent")
	}
	k := Kafka(t)
	must(t, os.WriteFile(pidFile, []byte(strconv.Itoa(k.proc.Cmd.Process.Pid)), 0o644))
	select {}
}

func TestDieWithParent(t *testing.T) {
	Need(t)
	needJava(t)
	pidFile := filepath.Join(t.TempDir(), "pid")
	cmd := exec.Command(os.Args[0], "-test.run=^TestOrphan$")
	cmd.Env = append(os.Environ(), orphanMaker+"="+pidFile, "MOLDAU_TEST_KAFKA=")
	p, err := spawn(cmd, filepath.Join(t.TempDir(), "out.log"))
	must(t, err)
	var pid int
	must(t, p.await("parent", 2*time.Minute, func() error {
		data, err := os.ReadFile(pidFile)
		if err != nil {
			return err
		}
		pid, err = strconv.Atoi(string(data))
		return err
	}))
	p.end(os.Kill)
	for range 100 {
		// The reaper of orphans may need a moment.
		if !running(pid) {
			return
		}
		<-time.After(100 * time.Millisecond)
	}
	t.Errorf("Kafka %d outlives its test binary", pid)
}

func running(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
