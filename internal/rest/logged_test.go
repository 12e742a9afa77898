package rest

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
)

// refusing is a herder whose validation fails with an error.
type refusing struct {
	stub
	err error
}

func (r *refusing) ValidateConfig(context.Context, config.Props) (*config.Infos, error) {
	return nil, r.err
}

// TestLogsRepeatNoRequests: what a client sent may hold secrets (invariant I5), and line breaks that would forge events.
func TestLogsRepeatNoRequests(t *testing.T) {
	t.Parallel()
	s, out := newServer(t, nil, nil)
	s.RegisterResources(&refusing{stub{names: func(context.Context) ([]string, error) { return []string{"a"}, nil }},
		&herder.Error{Status: http.StatusBadRequest, Message: "Connector config {password=hunter2} contains no connector type", Private: true}})
	base := s.URLs()[0]
	status, _, body := do(t, http.MethodPut, base+"/connector-plugins/X/config/validate", `{"password":"hunter2"}`)
	if status != http.StatusInternalServerError || !strings.Contains(body, "BadRequestException: Connector config {password=hunter2} contains") {
		t.Errorf("got %d %s", status, body)
	}
	status, _, body = do(t, http.MethodPost, base+"/connectors", `{"config":"password=hunter2"}`)
	if status != http.StatusInternalServerError || !strings.Contains(body, "hunter2") {
		t.Errorf("got %d %s", status, body)
	}
	if status, _, _ := do(t, http.MethodGet, base+"/connectors?expand="+url.QueryEscape("x\n[2026-11-20 00:00:00,000] ERROR forged"), ""); status != http.StatusOK {
		t.Errorf("got %d", status)
	}
	if log := out.String(); strings.Contains(log, "hunter2") || strings.Contains(log, "\n[2026-11-20 00:00:00,000]") || strings.Count(log, "ERROR Uncaught exception") != 2 {
		t.Errorf("the log: %s", log)
	}
}

func TestPanicsAreAnswered(t *testing.T) {
	t.Parallel()
	s, out := newServer(t, nil, nil)
	s.RegisterResources(&stub{names: func(context.Context) ([]string, error) { panic("broken") }})
	status, _, body := do(t, http.MethodGet, s.URLs()[0]+"/connectors", "")
	if status != http.StatusInternalServerError || body != `{"error_code":500,"message":"Internal server error"}` {
		t.Errorf("got %d %s", status, body)
	}
	if log := out.String(); !strings.Contains(log, "ERROR A request to /connectors failed by a fault of the REST server: broken") || !strings.Contains(log, "handle.go:") {
		t.Errorf("the log: %s", log)
	}
}

func TestUsersFileWithoutUsers(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(file, []byte("# nobody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Values: values(t, map[string]string{usersFile: file})}); err == nil || !strings.Contains(err.Error(), "names no users") {
		t.Errorf("got %v", err)
	}
}
