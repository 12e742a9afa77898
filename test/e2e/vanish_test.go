//go:build unix

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestATopicThatVanishes deletes a topic under a running source and sink. As with Java's clients the source has it created anew, and
// the sink reads the new one from its start; what was in the old one and was not delivered is gone with it.
func TestATopicThatVanishes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in, out := write(t, dir, "in.txt", numbered("old ", 1, 5)), filepath.Join(dir, "out.txt")
	p := moldau(t, dir, "standalone", worker(t, dir, "metadata.max.age.ms=500", "producer.metadata.max.age.ms=500", "consumer.metadata.max.age.ms=500"),
		properties(t, dir, "src", source(in, "vanishing")), properties(t, dir, "snk", sink(out, "vanishing")))
	rest := p.rest()
	p.holds(out, numbered("old ", 1, 5))
	deleteTopic(t, broker(t), "vanishing")
	add(t, in, numbered("new ", 1, 5))
	p.holds(out, numbered("old ", 1, 5)+numbered("new ", 1, 5))
	rest.running("src")
	rest.running("snk")
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
	p.kill()
	write(t, dir, "in.txt", "third\n")
	want += "third\n"
	p = moldau(t, dir, "standalone", worker(t, dir, quickSessions), properties(t, dir, "src", source(in, "rotated")))
	if got := consume(t, broker(t), "rotated", strings.Count(want, "\n")); strings.Join(got, "\n")+"\n" != want {
		t.Errorf("the topic ends with %q", got[len(got)-3:])
	}
	p.prints(`WARN .*` + in + ` is shorter than the committed position`)
}
