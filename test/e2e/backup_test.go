//go:build unix

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/test/servers"
)

// command runs moldau until it ends, and fails the test unless it does so with the code and prints the texts.
func command(t *testing.T, code int, args []string, texts ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run() // exit codes are read from the process state
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("moldau %s: code %d, want %d:\n%s", strings.Join(args, " "), got, code, &out)
	}
	for _, text := range texts {
		if !strings.Contains(out.String(), text) {
			t.Errorf("moldau %s: %q is not in\n%s", strings.Join(args, " "), text, &out)
		}
	}
}

// TestBackupOfDev takes a backup, deletes a connector with its offsets and restores it: it goes on where it was.
func TestBackupOfDev(t *testing.T) {
	t.Parallel()
	d := startDev(t, t.TempDir())
	in, file := filepath.Join(t.TempDir(), "in"), filepath.Join(t.TempDir(), "backup")
	if err := os.WriteFile(in, []byte("one\ntwo\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	config := source(in, "lines")
	config["producer.override.sasl.jaas.config"] = `org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p4ssword";`
	d.rest.create("src", config)
	d.rest.running("src")
	d.await("two lines", func() error {
		if _, body, err := d.rest.call(http.MethodGet, "/connectors/src/offsets", nil); err != nil || !strings.Contains(body, `"position":8`) {
			return fmt.Errorf("%s %v", body, err)
		}
		return nil
	})
	url := []string{"--url", d.rest.url}
	command(t, 0, append([]string{"backup", file}, url...), "1 connectors and 1 offsets", "keep it as safe")
	command(t, 0, append([]string{"backup", file + ".masked", "--mask-secrets"}, url...))
	command(t, 0, append([]string{"restore", file}, url...), "unchanged")
	command(t, 0, append([]string{"restore", file + ".masked"}, url...), "unchanged")

	d.rest.stopped("src")
	d.rest.want(http.StatusOK, http.MethodDelete, "/connectors/src/offsets", nil)
	d.rest.want(http.StatusNoContent, http.MethodDelete, "/connectors/src", nil)
	if err := os.WriteFile(in, []byte("one\ntwo\nthree\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	command(t, 2, append([]string{"restore", file + ".masked", "--apply"}, url...), "producer.override.sasl.jaas.config are masked")
	command(t, 0, append([]string{"restore", file}, url...), `{"filename":"`+in+`"} = {"position":8}`, "Nothing was changed")
	command(t, 0, append([]string{"restore", file, "--apply"}, url...), "done")
	d.rest.running("src")
	d.await("the third line", func() error {
		if n := strings.Count(records(t, d.kafka, "lines"), "three"); n != 1 {
			return fmt.Errorf("it is there %d times", n)
		}
		return nil
	})
	if text := records(t, d.kafka, "lines"); strings.Count(text, "one") != 1 {
		t.Errorf("the source began again: %q", text)
	}
	d.rest.want(http.StatusAccepted, http.MethodPut, "/connectors/src/pause", nil)
	d.await("pause", func() error {
		if s, err := d.rest.status("src"); err != nil || s.Connector.State != "PAUSED" {
			return fmt.Errorf("%v %w", s, err)
		}
		return nil
	})
	command(t, 2, append([]string{"restore", file, "--apply"}, url...), "its target state is PAUSED, not STOPPED: --overwrite-running")
	command(t, 0, append([]string{"restore", file, "--apply", "--overwrite-running", "--no-offsets"}, url...), "PAUSED -> STARTED")
	d.rest.running("src")
}

// TestBackupsWithoutRights asks a broker that takes nothing from this user but topics and groups that begin with test.
func TestBackupsWithoutRights(t *testing.T) {
	broker := servers.SecureKafka(t)
	dir := t.TempDir()
	file := func(group string, client map[string]string) string {
		var lines []string
		for key, value := range client {
			lines = append(lines, key+"="+strings.ReplaceAll(value, `\`, `\\`))
		}
		return member(t, t.TempDir(), client["bootstrap.servers"], group, lines...)
	}
	user := broker.SASLClient("SCRAM-SHA-256", "test", false)
	super := kafkaClient(t, broker.Bootstrap())
	if _, err := kadm.NewClient(super).CreateTopic(t.Context(), 1, 1, nil, "bk-read-configs"); err != nil {
		t.Fatal(err)
	}
	if err := super.ProduceSync(t.Context(), &kgo.Record{Topic: "bk-read-configs", Key: []byte("connector-x"), Value: []byte("{}")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	grant(t, broker, "bk-read-configs", "", kadm.OpDescribe)
	out := filepath.Join(dir, "b")
	command(t, 1, []string{"backup", out, "--worker", file("bk-none", user)}, "bk-none-configs", "Not authorized to access topics", "Describe")
	command(t, 1, []string{"backup", out, "--worker", file("bk-read", user)}, "Not authorized to access topics: [bk-read-configs]", "the consumer of the worker needs the ACL operation Read")
	command(t, 1, []string{"backup", out, "--worker", file("test-bk", user)}, "config.storage.topic=test-bk-configs", "no such topic")
	wrong := broker.SASLClient("SCRAM-SHA-256", "test", false)
	wrong["sasl.jaas.config"] = strings.ReplaceAll(wrong["sasl.jaas.config"], `password="test"`, `password="wr0ng"`)
	command(t, 1, []string{"backup", out, "--worker", file("test-bk", wrong)}, "uthentication failed")
	if _, err := os.Stat(out); err == nil {
		t.Error("there is a backup")
	}
}
