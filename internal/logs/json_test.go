package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/internal/javafmt"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	hidden := NewRedactor()
	hidden.Add("message", "s3cr3t-\"pass\"", "line", "WARN")
	var out bytes.Buffer
	h := NewHandler(&out, NewLevels(slog.LevelInfo)).Hiding(hidden)
	h.SetFormat(JSON)
	log := slog.New(h)
	failure := javafmt.NewException(javafmt.ConnectException, `refused s3cr3t-"pass"`, errors.New("inner"))
	for _, c := range []struct {
		write func()
		want  map[string]any
	}{
		{func() { log.Info(`plain "quoted" <x>` + "\nsecond") }, map[string]any{"level": "INFO", "message": `plain "quoted" <x>` + "\nsecond"}},
		{func() {
			log.With("connector", "c", "task", 3, "scope", "offsets").Warn(`with s3cr3t-"pass"`, "n", 7, "ok", true, "text", `s3cr3t-"pass"`)
		}, map[string]any{"level": "WARN", "message": "with [hidden]", "connector": "c", "task": 3.0, "scope": "offsets",
			"fields": map[string]any{"n": 7.0, "ok": true, "text": "[hidden]"}}},
		{func() { log.Error("failed", "error", failure, "logger", "org.example.X") }, map[string]any{"level": "ERROR", "message": "failed", "logger": "org.example.X",
			"error": "org.apache.kafka.connect.errors.ConnectException: refused [hidden]",
			"trace": "org.apache.kafka.connect.errors.ConnectException: refused [hidden]\nCaused by: org.apache.kafka.connect.errors.ConnectException: inner\n\t... more"}},
	} {
		out.Reset()
		c.write()
		text := out.String()
		if strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "}\n") {
			t.Errorf("not one line: %q", text)
		}
		var got map[string]any
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		for _, always := range []string{"time", "line", "logger"} {
			if got[always] == nil {
				t.Errorf("no %s: %s", always, text)
			}
			if c.want[always] == nil {
				delete(got, always)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Format{"text": Text, " JSON ": JSON} {
		if got, err := ParseFormat(name); err != nil || got != want {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
	if _, err := ParseFormat("xml"); err == nil {
		t.Error("xml is a format")
	}
}

func TestContexts(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(NewHandler(&out, NewLevels(slog.LevelInfo)))
	for want, write := range map[string]func(){
		"INFO [c|task-2] m ":   func() { log.InfoContext(NewContext(t.Context(), "c", 2), "m") },
		"INFO [c|worker] m ":   func() { log.InfoContext(NewContext(t.Context(), "c", -1), "m") },
		"INFO [c|validate] m ": func() { log.InfoContext(NewValidation(t.Context(), "c"), "m") },
		"INFO [d|worker] m ":   func() { log.With("connector", "d").InfoContext(NewContext(t.Context(), "c", 2), "m") },
		"INFO [c|task-1] m ":   func() { Within(NewContext(t.Context(), "c", 1), log).Info("m") },
		"INFO [e|worker] m ":   func() { Within(NewContext(t.Context(), "e", -1), log).Info("m") },
		"INFO [e|validate] m ": func() { Within(NewValidation(t.Context(), "e"), log).Info("m") },
		"INFO m ":              func() { Within(t.Context(), log).InfoContext(t.Context(), "m") },
	} {
		out.Reset()
		if write(); !strings.Contains(out.String(), "] "+want) {
			t.Errorf("got %q, want %s", out.String(), want)
		}
	}
}

func TestRecent(t *testing.T) {
	t.Parallel()
	recent := NewRecent(2000)
	var out bytes.Buffer
	log := slog.New(NewHandler(&out, NewLevels(slog.LevelInfo)).Remember(recent))
	for i := range 100 {
		log.Info("line", "i", i)
		log.Debug("not written")
	}
	text := string(recent.Text())
	if !strings.HasSuffix(out.String(), text) || len(text) > 2000 || strings.Count(text, "\n") < 4 || !strings.HasPrefix(text, "[") {
		t.Errorf("kept %d bytes: %q", len(text), text)
	}
	log.Info(strings.Repeat("long", 1000))
	if got := len(recent.Text()); got != 2000 {
		t.Errorf("kept %d bytes of a long line", got)
	}
}
