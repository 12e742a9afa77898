package rest

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moldau/moldau/internal/devbroker"
	"github.com/moldau/moldau/test/servers"
)

// TestConversations replays everything against the built binary and the embedded broker. MOLDAU_BINARY names a binary that is there already.
func TestConversations(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	b, err := devbroker.Start(t.Context(), devbroker.Config{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	replay(t, b.Addr())
}

// TestConversationsOnKafka does the same with an Apache Kafka.
func TestConversationsOnKafka(t *testing.T) {
	servers.Need(t)
	replay(t, servers.Kafka(t).Bootstrap())
}

func replay(t *testing.T, bootstrap string) {
	binary := build(t)
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	profiles, err := Profiles()
	if err != nil {
		t.Fatal(err)
	}
	exceptions, err := LoadExceptions()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(profiles)) {
		p := profiles[name]
		var own []*File
		for _, f := range files {
			if slices.Contains(f.Profiles, name) {
				own = append(own, f)
			}
		}
		if len(own) == 0 {
			continue
		}
		// What a follower of a group answers is what the only worker does.
		groups := map[string]*Profile{name: p}
		switch name {
		case "distributed":
			groups["follower"] = profiles["cluster"]
		case "verifiable":
			// These connectors do alike in groups of workers, where nobody recorded them.
			groups["verifiable-alone"], groups["verifiable-leader"], groups["verifiable-follower"] = profiles["distributed"], profiles["cluster"], profiles["cluster"]
		}
		for on, workers := range groups {
			t.Run(on, func(t *testing.T) {
				t.Parallel()
				w, err := start(t.Context(), binary, t.TempDir(), bootstrap, workers)
				if err != nil {
					t.Fatal(err)
				}
				defer func() {
					if t.Failed() {
						t.Logf("the worker's log ends: %s", w.tail())
					}
					if err := w.stop(); err != nil {
						t.Error(err)
					}
				}()
				if strings.HasSuffix(on, "follower") {
					w.bases["main"] = w.bases["follower"]
				}
				for _, f := range own {
					t.Run(f.Name, func(t *testing.T) { talk(t, w, f, name, on, workers, bootstrap, exceptions) })
				}
			})
		}
	}
}

func talk(t *testing.T, w *running, f *File, profile, in string, p *Profile, bootstrap string, exceptions *Exceptions) {
	dir := t.TempDir()
	for _, name := range p.Share {
		data, err := os.ReadFile(filepath.Join(w.vars["DIR"], name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	base := w.bases["main"]
	var ids []string
	for _, worker := range w.workers {
		ids = append(ids, worker.base[len(scheme(p)+"://"):])
	}
	c := &conversation{file: f, profile: profile, bases: w.bases, bootstrap: bootstrap, auth: p.Auth, cert: w.vars.text(p.Cert), exceptions: exceptions, in: in, group: p.Mode == "distributed",
		vars: vars{"DIR": dir, "RUN": letters(), "BOOTSTRAP": bootstrap, "VERSION": "4.3.1", "$": "$", "BASE": base, "WORKER_ID": strings.Join(ids, "|")}}
	passed, excepted := 0, 0
	err := c.run(t.Context(), func(r result) {
		switch {
		case r.except != nil && len(r.diffs) > 0:
			excepted++
		case len(r.diffs) > 0:
			t.Error(r)
		default:
			passed++
		}
	})
	if err != nil {
		t.Error(err)
	}
	t.Logf("%d answers as recorded, %d exceptions", passed, excepted)
}

func build(t *testing.T) string {
	if binary := os.Getenv("MOLDAU_BINARY"); binary != "" {
		return binary
	}
	binary := filepath.Join(t.TempDir(), "moldau")
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "go", "build", "-o", binary, "github.com/moldau/moldau/cmd/moldau")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the binary: %v\n%s", err, out)
	}
	return binary
}
