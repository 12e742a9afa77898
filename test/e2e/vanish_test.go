//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestATopicThatVanishes deletes a topic under a running source and sink. The sink goes over to the topic that the next metadata request
// creates; the source fails with the topic's name, and brings everything once it is restarted. What was in the old topic is gone with it,
// so it was delivered before.
func TestATopicThatVanishes(t *testing.T) {
	t.Parallel()
	for _, tolerance := range []string{"none", "all"} {
		t.Run(tolerance, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			in, out := write(t, dir, "in.txt", numbered("old ", 1, 5)), filepath.Join(dir, "out.txt")
			tolerant := source(in, "vanishing")
			tolerant["errors.tolerance"] = tolerance
			p := moldau(t, dir, "standalone", worker(t, dir, "producer.metadata.max.age.ms=500", "consumer.metadata.max.age.ms=500"),
				properties(t, dir, "src", tolerant), properties(t, dir, "snk", sink(out, "vanishing")))
			rest := p.rest()
			p.holds(out, numbered("old ", 1, 5))
			deleteTopic(t, broker(t), "vanishing")
			p.prints(`WARN \[snk\|task-0\] Topic vanishing was deleted`)
			add(t, in, numbered("new ", 1, 5))
			want := numbered("old ", 1, 5) + numbered("new ", 1, 5)
			p.await("new lines, or a failed source", func() error {
				if s, err := rest.status("src"); err == nil && len(s.Tasks) == 1 && s.Tasks[0].State == "FAILED" {
					return nil
				}
				text, err := os.ReadFile(out)
				if err == nil && string(text) != want {
					err = fmt.Errorf("%q", text)
				}
				return err
			})
			if s, err := rest.status("src"); err == nil && s.Tasks[0].State == "FAILED" {
				if trace := s.Tasks[0].Trace; !strings.Contains(trace, "topic vanishing was deleted") || !strings.Contains(trace, "restart the task") {
					t.Errorf("trace: %s", trace)
				}
				rest.want(http.StatusNoContent, http.MethodPost, "/connectors/src/tasks/0/restart", nil)
			}
			p.holds(out, want)
			rest.running("src")
			rest.running("snk")
			add(t, in, "last\n")
			p.holds(out, want+"last\n")
			if n := strings.Count(p.out.String(), "\n"); n > 200 {
				t.Errorf("%d lines of log are a flood", n)
			}
		})
	}
}

func TestASourceFileThatIsTruncatedOrReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in, out := write(t, dir, "in.txt", numbered("first ", 1, 1000)), filepath.Join(dir, "out.txt")
	p := moldau(t, dir, "standalone", worker(t, dir), properties(t, dir, "src", source(in, "rotated")), properties(t, dir, "snk", sink(out, "rotated")))
	want := numbered("first ", 1, 1000)
	p.holds(out, want)
	if err := os.Truncate(in, 0); err != nil {
		t.Fatal(err)
	}
	add(t, in, "truncated\n")
	want += "truncated\n"
	p.prints(`WARN .*` + in + ` was truncated`)
	p.holds(out, want)
	// Rotation as log tools do it, with a writer that still holds the old file.
	old, err := os.OpenFile(in, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if err := os.Rename(in, in+".1"); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintln(old, "late in the old file"); err != nil {
		t.Fatal(err)
	}
	add(t, in, numbered("second ", 1, 1000))
	want += "late in the old file\n" + numbered("second ", 1, 1000)
	p.holds(out, want)
	p.await("position in the new file", func() error {
		stored, err := os.ReadFile(filepath.Join(dir, "connect.offsets"))
		if want := fmt.Sprintf(`{"position":%d}`, len(numbered("second ", 1, 1000))); err == nil && !strings.Contains(string(stored), want) {
			err = fmt.Errorf("%q", stored)
		}
		return err
	})
	// A file that shrank while the worker was away is read from its start, too.
	p.Kill()
	write(t, dir, "in.txt", "third\n")
	want += "third\n"
	p = moldau(t, dir, "standalone", worker(t, dir, quickSessions), properties(t, dir, "src", source(in, "rotated")))
	if got := consume(t, broker(t), "rotated", strings.Count(want, "\n")); strings.Join(got, "\n")+"\n" != want {
		t.Errorf("the topic ends with %q", got[len(got)-3:])
	}
	p.prints(`WARN .*` + in + ` is shorter than the committed position`)
}
