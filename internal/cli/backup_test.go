package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/backup"
)

// connectCluster is a worker with one stopped source, or none.
type connectCluster struct {
	t      *testing.T
	id     string
	there  bool
	secret string
	denied bool // offsets are not shown
	asked  []string
}

func (c *connectCluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Error(err)
	}
	request := r.Method + " " + r.URL.Path
	if r.Method != http.MethodGet {
		c.asked = append(c.asked, strings.TrimSpace(request+" "+string(body)))
	}
	answer := ""
	switch {
	case request == "GET /":
		answer = fmt.Sprintf(`{"version":"4.3.1","kafka_cluster_id":%q}`, c.id)
	case request == "GET /connectors" && c.there:
		answer = fmt.Sprintf(`{"src":{"info":{"config":{"name":"src","password":%q},"type":"source"},"status":{"connector":{"state":"STOPPED","worker_id":"w"},"tasks":[]}}}`, c.secret)
	case request == "GET /connectors":
		answer = `{}`
	case request == "GET /connectors/src/offsets" && c.denied:
		w.WriteHeader(http.StatusForbidden)
		answer = `{"error_code":403,"message":"User ann may not see offsets"}`
	case request == "GET /connectors/src/offsets":
		answer = `{"offsets":[{"partition":{"f":"x"},"offset":{"p":1}}]}`
	case request == "GET /connectors/src/tasks":
		answer = `[]`
	case request == "GET /connectors/src/topics":
		answer = `{"src":{"topics":[]}}`
	case request == "POST /connectors":
		w.WriteHeader(http.StatusCreated)
		c.there = true
		answer = `{}`
	case request == "GET /connectors/src/status":
		answer = `{"connector":{"state":"STOPPED"},"tasks":[]}`
	case request == "PATCH /connectors/src/offsets":
		answer = `{"message":"The offsets for this connector have been altered successfully"}`
	default:
		w.WriteHeader(http.StatusNotFound)
		answer = `{"error_code":404,"message":"HTTP 404 Not Found"}`
	}
	if _, err := io.WriteString(w, answer); err != nil {
		c.t.Error(err)
	}
}

// hider hides what is called password.
type hider struct{}

func (hider) Mask(props config.Props) config.Props {
	out := props.Clone()
	if out.Has("password") {
		out.Set("password", config.Hidden)
	}
	return out
}
func (h hider) MaskTask(task, _ config.Props) config.Props { return h.Mask(task) }

// run runs `moldau backup` or `moldau restore` and returns what it prints and its exit code, 1 with the error's text.
func (c *connectCluster) run(t *testing.T, args ...string) (string, int) {
	t.Helper()
	c.t = t
	server := httptest.NewServer(c)
	defer server.Close()
	var out bytes.Buffer
	cfg := Backups{Out: &out, ErrOut: &out, Masker: func() (backup.Masker, error) { return hider{}, nil },
		OpenKafka: func(_ context.Context, file string) (*backup.KafkaCluster, error) {
			return nil, errors.New("opened " + file)
		}}
	cmd := Backup(cfg)
	if args[0] == "restore" {
		cmd = Restore(cfg)
	}
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(append(args[1:len(args):len(args)], "--url", server.URL))
	if args[len(args)-1] == "w.properties" {
		cmd.SetArgs(args[1:])
	}
	err := cmd.ExecuteContext(t.Context())
	var exit *ExitError
	switch {
	case errors.As(err, &exit):
		return out.String(), exit.Code
	case err != nil:
		return err.Error(), 1
	}
	return out.String(), 0
}

func (c *connectCluster) wants(t *testing.T, code int, text string, args ...string) {
	t.Helper()
	if out, got := c.run(t, args...); got != code || !strings.Contains(out, text) {
		t.Errorf("%v: code %d, want %d and %q:\n%s", args, got, code, text, out)
	}
}

func TestBacksUpAndRestores(t *testing.T) {
	dir := t.TempDir()
	file, masked := filepath.Join(dir, "b"), filepath.Join(dir, "masked")
	from := &connectCluster{id: "id", there: true, secret: "s3cret"}
	from.wants(t, 0, ": 1 connectors and 1 offsets of Kafka cluster id\nmoldau: the backup holds the secrets of 1 configurations", "backup", file)
	from.wants(t, 1, "--replace replaces it", "backup", file)
	from.wants(t, 0, `"configurations_with_secrets": 1`, "backup", file, "--replace", "-o", "json")
	from.wants(t, 0, "needs --secrets", "backup", masked, "--mask-secrets")
	from.wants(t, 0, "unchanged", "restore", file, "--apply")
	if len(from.asked) > 0 {
		t.Error(from.asked)
	}

	to := &connectCluster{id: "id"}
	to.wants(t, 0, "src: offset {\"f\":\"x\"} = {\"p\":1}\n", "restore", file)
	to.wants(t, 0, "Nothing was changed: --apply carries this out.\n", "restore", file)
	to.wants(t, 1, "there is no connector other in "+file, "restore", file, "--connector", "other")
	to.wants(t, 2, "src: the secrets of password are masked in the backup", "restore", masked, "--apply")
	if len(to.asked) > 0 {
		t.Error(to.asked)
	}
	secrets := filepath.Join(dir, "secrets")
	if err := os.WriteFile(secrets, []byte(`{"src":{"password":"given"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, code := to.run(t, "restore", masked, "--apply", "--secrets", secrets, "-o", "json")
	var said struct {
		Applied bool
		Items   []struct {
			Connector, Action string
			Done              bool
			Offsets           []any `json:"source_offsets"`
		}
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil || code != 0 || !said.Applied || len(said.Items) != 1 || !said.Items[0].Done || len(said.Items[0].Offsets) != 1 || strings.Contains(out, "given") {
		t.Errorf("%d %v %s", code, err, out)
	}
	want := []string{`POST /connectors {"config":{"name":"src","password":"given"},"initial_state":"STOPPED","name":"src"}`,
		`PATCH /connectors/src/offsets {"offsets":[{"offset":{"p":1},"partition":{"f":"x"}}]}`}
	if strings.Join(to.asked, "\n") != strings.Join(want, "\n") {
		t.Error(to.asked)
	}
	other := &connectCluster{id: "other"}
	other.wants(t, 1, "--other-cluster", "restore", file)
	other.wants(t, 0, "offsets of sinks count the records", "restore", file, "--other-cluster")
}

func TestBackupsThatLackSomething(t *testing.T) {
	file := filepath.Join(t.TempDir(), "b")
	from := &connectCluster{id: "id", there: true, denied: true}
	from.wants(t, 2, "src: its offsets are not in the backup: User ann may not see offsets", "backup", file)
	to := &connectCluster{id: "id"}
	to.wants(t, 2, "--no-offsets restores it without", "restore", file, "--apply")
	to.wants(t, 0, "create", "restore", file, "--no-offsets")
}

func TestBackupsSayWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken")
	if err := os.WriteFile(broken, []byte(`{"p":"s3cret"`), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &connectCluster{id: "id", there: true}
	good := filepath.Join(dir, "good")
	c.wants(t, 0, "", "backup", good)
	c.wants(t, 1, "backup needs one file", "backup")
	c.wants(t, 1, "restore needs one file", "restore", "a", "b")
	c.wants(t, 1, "exclude each other", "backup", "a", "--worker", "x.properties")
	c.wants(t, 1, "opened w.properties", "backup", "a", "--worker", "w.properties")
	c.wants(t, 1, "--output yaml", "backup", "a", "-o", "yaml")
	c.wants(t, 1, "no such file", "restore", filepath.Join(dir, "none"))
	c.wants(t, 1, "no such file", "backup", filepath.Join(dir, "none", "b"))
	c.wants(t, 1, "it is no backup of moldau", "restore", broken)
	c.wants(t, 1, "there is no connector x in the cluster", "backup", filepath.Join(dir, "x"), "--connector", "x")
	c.wants(t, 1, "--secrets", "restore", good, "--secrets", filepath.Join(dir, "none"))
	if out, code := c.run(t, "restore", good, "--secrets", broken); code != 1 || !strings.Contains(out, "a JSON object such as") || strings.Contains(out, "s3cret") {
		t.Error(out, code)
	}
}
