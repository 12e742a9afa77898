//go:build unix

package chaos

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moldau/moldau/test/servers"
)

// defaultLength is how long chaos reigns on each broker unless MOLDAU_CHAOS says otherwise.
const defaultLength = 40 * time.Second

// calm is how long the group may take to recover once everything is well again.
const calm = 90 * time.Second

// storm is one run.
type storm struct{ *scene }

// TestChaos runs three workers with several sources and sinks through a script drawn from MOLDAU_CHAOS_SEED (else from the clock), for MOLDAU_CHAOS
// (a duration), and then checks that nothing is lost, that first copies are in order, that everything runs and that nothing grew. It does so on the
// embedded broker and, where integration tests are asked for, on Apache Kafka.
func TestChaos(t *testing.T) {
	if !asked() {
		t.Skip("set MOLDAU_CHAOS to a duration such as 40s, or MOLDAU_INTEGRATION=1")
	}
	length := defaultLength
	if text := os.Getenv("MOLDAU_CHAOS"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatalf("MOLDAU_CHAOS: %v", err)
		}
	}
	seed := seedOf(t)
	t.Run("embedded broker", func(t *testing.T) {
		if java() {
			t.Skip("Java's workers are tried on Apache Kafka")
		}
		dir := t.TempDir()
		b := newEmbedded(t, dir)
		chaos(t, dir, b.address, b, seed, length)
	})
	t.Run("Apache Kafka", func(t *testing.T) {
		chaos(t, t.TempDir(), servers.Kafka(t).Bootstrap(), nil, seed, length)
	})
}

func chaos(t *testing.T, dir, address string, broker *embedded, seed uint64, length time.Duration) {
	s := &storm{newScene(t, address, broker, seed, 0)}
	group := "chaos-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	s.load, s.wanted = newLoad(t, dir, group+"-", 3)
	t.Cleanup(func() { s.report(dir, seed) })
	for i := range 3 {
		m := newMember(t, dir, address, group, i+1)
		s.members = append(s.members, m)
		m.start()
	}
	s.load.write(t, 200)
	for _, name := range slices.Sorted(maps.Keys(s.wanted)) {
		s.put(name, s.wanted[name], http.StatusCreated, calm)
	}
	s.await("a running group", func() error { return s.settled() })
	memory := map[string]int64{}
	for _, m := range s.members {
		memory[m.name] = m.run.memory()
	}
	s.script.note("everything runs")

	for end := time.Now().Add(length); time.Now().Before(end) && !t.Failed(); {
		s.something()
		s.pause(pace(200*time.Millisecond), pace(4*time.Second))
	}
	s.recover()
	s.load.finish()
	s.script.note("calm")
	s.await("a running group", func() error { return s.settled() })
	s.script.note("everything runs again")
	again := s.complete()
	s.script.note("every line is there; at most %d came more than once", again)
	s.onlyOnce()
	if !java() {
		s.unharmed()
		s.grown(memory)
	}
	written := 0
	for _, source := range s.load.sources {
		written += source.written
	}
	t.Logf("seed %d: %d steps, %d lines, at most %d of an output more than once", seed, len(s.script.lines), written, again)
}

// complete waits until every output has every line, and returns the most lines that one of them has more than once.
func (s *storm) complete() (again int) {
	s.t.Helper()
	for _, sink := range s.load.sinks {
		var lines int
		s.await("all lines in "+filepath.Base(sink.path), func() (err error) {
			var twice int
			lines, twice, err = sink.check()
			again = max(again, twice)
			return err
		})
		if lines == 0 {
			s.t.Errorf("%s is empty: the test has shown nothing", sink.path)
		}
	}
	return again
}

// onlyOnce checks that no zombie is left: what is written now arrives once.
func (s *storm) onlyOnce() {
	s.t.Helper()
	above := map[string]int{}
	for _, source := range s.load.sources {
		above[source.topic] = source.written
	}
	s.await("stable groups of sinks", s.stable)
	s.load.add(s.t, 200)
	s.complete()
	s.pause(time.Second, 2*time.Second) // for what a second owner would add
	for _, sink := range s.load.sinks {
		if line, err := sink.doubled(above); err != nil || line != "" {
			s.t.Errorf("%s has %q more than once: somebody else still runs its connector or the source's (%v)", filepath.Base(sink.path), line, err)
		}
	}
}

// report tells what happened, where the test failed.
func (s *storm) report(dir string, seed uint64) {
	if !s.t.Failed() {
		return
	}
	s.t.Logf("MOLDAU_CHAOS_SEED=%d draws this script again, which was:\n%s", seed, s.script)
	s.describe()
	s.logEnds(120)
	if keep := os.Getenv("MOLDAU_CHAOS_KEEP"); keep != "" {
		if err := os.CopyFS(filepath.Join(keep, filepath.Base(dir)), os.DirFS(dir)); err != nil {
			s.t.Logf("the files could not be kept: %v", err)
		}
	}
}

// await waits until cond says nil; a gap in an output ends the waiting at once.
func (s *storm) await(what string, cond func() error) {
	s.t.Helper()
	var gap *gapError
	err := await(calm, func() error {
		err := cond()
		if errors.As(err, &gap) {
			return nil
		}
		return err
	})
	if gap != nil {
		err = gap
	}
	if err != nil {
		s.script.note("no %s", what)
		s.t.Fatalf("no %s: %v", what, err)
	}
}

// put writes a configuration through a random worker, again until it is accepted: only then it is known what the group must have in the end.
func (s *storm) put(name string, config map[string]string, want int, limit time.Duration) bool {
	s.t.Helper()
	err := await(limit, func() error {
		m := s.any()
		if m == nil {
			return errors.New("no worker can be asked")
		}
		code, body, err := m.call(http.MethodPut, "/connectors/"+name+"/config", config)
		if err == nil && code != want && code != http.StatusOK {
			err = fmt.Errorf("%s: %d %s", m.name, code, body)
		}
		return err
	})
	s.wanted[name] = config // also where the answer got lost: in the end it is written once more
	if err != nil {
		s.script.note("the configuration of %s was not accepted: %v", name, err)
	}
	return err == nil
}

// recover makes everything well again, and writes every configuration once more with all connectors resumed.
func (s *storm) recover() {
	s.mendAll(func(m *member) {
		if code := m.run.Code(); code >= 0 && code != 143 {
			s.t.Errorf("%s ended by itself with code %d", m.name, code)
		}
	})
	for _, name := range slices.Sorted(maps.Keys(s.wanted)) {
		if !s.put(name, s.wanted[name], http.StatusOK, calm) {
			s.t.Fatalf("the configuration of %s is not accepted", name)
		}
		if err := await(calm, func() error { return s.ask(http.MethodPut, "/connectors/"+name+"/resume", nil) }); err != nil {
			s.t.Fatalf("%s cannot be resumed: %v", name, err)
		}
	}
}

// grown checks memory and goroutines of workers at the end, which it ends.
func (s *storm) grown(before map[string]int64) {
	for _, m := range s.members {
		now := m.run.memory()
		s.t.Logf("%s, started %d times, holds %d MB after %d MB", m.name, m.starts, now>>20, before[m.name]>>20)
		if most := 2*before[m.name] + 64<<20; before[m.name] > 0 && now > most {
			s.t.Errorf("%s holds %d MB, %d MB before", m.name, now>>20, before[m.name]>>20)
		}
	}
	for _, m := range s.members {
		total, by, err := m.run.goroutines(m.log)
		if err != nil {
			s.t.Errorf("%s: %v", m.name, err)
			continue
		}
		s.t.Logf("%s has %d goroutines", m.name, total)
		if total > mostGoroutines {
			var most []string
			for name, n := range by {
				most = append(most, fmt.Sprintf("%5d %s", n, name))
			}
			slices.Sort(most)
			slices.Reverse(most)
			s.t.Errorf("%s has %d goroutines, want %d at most; they were started by\n%s", m.name, total, mostGoroutines, strings.Join(most[:min(20, len(most))], "\n"))
		}
	}
}

// mostGoroutines is what a worker may have with its part of the load, or all of it.
const mostGoroutines = 600

// kill ends a worker as a crash does and starts it again later; both are noted.
func (s *storm) kill(m *member, with syscall.Signal) {
	s.script.note("%v for %s", with, m.name)
	m.run.end(with)
	if code := m.run.Code(); with == syscall.SIGTERM && code != 143 {
		s.t.Errorf("%s ended with code %d", m.name, code)
	}
	m.frozen = false
}
