//go:build unix

package chaos

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/moldau/moldau/test/servers"
)

// stormLength is how long exactly-once sources are shaken on each broker unless MOLDAU_EOS_KILLS says otherwise.
const stormLength = 8 * time.Second

// onceCalm is how long such a group may take to recover: fenced and expired transactions have to be waited for, on a machine that does other things.
const onceCalm = 4 * time.Minute

// TestExactlyOnce runs groups of two workers with file sources that write exactly once, kills, freezes and cuts off workers and brokers by chance, and
// has a reader of committed records see every line of every file once and in order. MOLDAU_EOS_KILLS=500 goes on until that many workers were killed,
// in several groups at once; MOLDAU_CHAOS_SEED draws a script again.
func TestExactlyOnce(t *testing.T) {
	if !asked() {
		t.Skip("set MOLDAU_CHAOS to a duration such as 40s, or MOLDAU_INTEGRATION=1")
	}
	seed := seedOf(t)
	if text := os.Getenv("MOLDAU_EOS_KILLS"); text != "" {
		kills, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("MOLDAU_EOS_KILLS: %v", err)
		}
		groups := 4
		if java() {
			groups = 1
		}
		address := servers.Kafka(t).Bootstrap()
		t.Run("kills", func(t *testing.T) {
			for i := range groups {
				t.Run(fmt.Sprint("group ", i), func(t *testing.T) {
					t.Parallel()
					once(t, address, nil, seed+uint64(i), func(s *onceStorm) bool { return s.kills < (kills+groups-1)/groups })
				})
			}
		})
		return
	}
	forStorm := func(*onceStorm) func(*onceStorm) bool {
		end := time.Now().Add(stormLength)
		return func(*onceStorm) bool { return time.Now().Before(end) }
	}
	t.Run("embedded broker", func(t *testing.T) {
		t.Parallel()
		if java() {
			t.Skip("Java's workers are tried on Apache Kafka")
		}
		b := newEmbedded(t, t.TempDir())
		once(t, b.address, b, seed, nil, forStorm)
	})
	t.Run("Apache Kafka", func(t *testing.T) {
		t.Parallel()
		once(t, servers.Kafka(t).Bootstrap(), nil, seed, nil, forStorm)
	})
}

// onceStorm is one group under faults.
type onceStorm struct {
	*scene
	group  string
	reader *committedReader
	kills  int
}

// once runs a storm while goOn says so; begin, where there is one, makes goOn once everything runs.
func once(t *testing.T, address string, broker *embedded, seed uint64, goOn func(*onceStorm) bool, begin ...func(*onceStorm) func(*onceStorm) bool) {
	dir := t.TempDir()
	s := &onceStorm{scene: newScene(t, address, broker, seed, 1)}
	s.alarm = func() {
		if s.reader != nil && s.reader.wrong() != nil {
			t.Fatal(s.reader.wrong())
		}
	}
	group := "once-" + strconv.FormatInt(time.Now().UnixNano(), 36) + strconv.Itoa(s.random.IntN(1000))
	s.group = group
	s.sources(dir, group)
	defer s.report(seed) // while there are workers and brokers to be asked
	for i := range 2 {
		m := newMember(t, dir, address, group, i+1)
		add(t, m.file, "exactly.once.source.support=enabled\n")
		s.members = append(s.members, m)
		m.start()
	}
	var topics []string
	for _, source := range s.load.sources {
		topics = append(topics, source.topic)
	}
	s.load.write(t, 400)
	for _, name := range slices.Sorted(maps.Keys(s.wanted)) {
		s.put(name)
	}
	s.reader = newCommittedReader(t, address, topics)
	s.await("every source to have written", func() error { return s.reader.reached(s.load.sources, 1) })
	s.script.note("everything runs")
	for _, f := range begin {
		goOn = f(s)
	}
	for goOn(s) && !t.Failed() {
		s.something()
		s.pause(pace(100*time.Millisecond), pace(2*time.Second))
		s.restartFailed()
	}
	s.recover()
	s.load.finish()
	s.await("a running group", func() error {
		s.restartFailed()
		return s.settled()
	})
	s.script.note("everything runs again")
	s.await("all lines", func() error {
		s.restartFailed()
		return s.reader.all(s.load.sources)
	})
	s.offsetsAreThoseOfTheFiles()
	// Whoever still writes as a zombie does so with what is added now.
	s.load.add(t, 100)
	s.await("the last lines", func() error {
		s.restartFailed()
		return s.reader.all(s.load.sources)
	})
	s.pause(500*time.Millisecond, time.Second)
	if err := s.reader.all(s.load.sources); err != nil {
		t.Error(err)
	}
	if testing.Verbose() {
		t.Log(s.script)
	}
	t.Logf("seed %d: %d kills, %d steps, %s", seed, s.kills, len(s.script.lines), s.reader.sum())
	s.unharmed()
}

// sources makes a source for each way of ending transactions.
func (s *onceStorm) sources(dir, group string) {
	s.load = &load{dir: dir, stop: make(chan struct{})}
	for i, keys := range []map[string]string{
		{"transaction.boundary": "poll", "batch.size": "200"},
		{"transaction.boundary": "interval", "transaction.boundary.interval.ms": "150"},
		{"transaction.boundary": "poll", "offsets.storage.topic": group + "-own"},
		// Its transactions end since they may not last any longer, not at its interval.
		{"transaction.boundary": "interval", "transaction.boundary.interval.ms": "3600000", "producer.override.transaction.timeout.ms": "1500"},
	} {
		if keys["producer.override.transaction.timeout.ms"] != "" && java() {
			continue // Java ends no transaction before its time-out, so that source would commit nothing
		}
		name := fmt.Sprintf("%s-%d", group, i)
		source := &source{connector: name, topic: name, path: filepath.Join(dir, name+".in")}
		s.load.sources = append(s.load.sources, source)
		s.wanted[name] = map[string]string{"name": name, "connector.class": "FileStreamSource", "file": source.path, "topic": name, "tasks.max": "1",
			"exactly.once.support": "required"}
		maps.Copy(s.wanted[name], keys)
	}
}

func add(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// recover makes everything well again.
func (s *onceStorm) recover() {
	s.mendAll(nil)
	for _, name := range slices.Sorted(maps.Keys(s.wanted)) {
		s.put(name)
		if err := await(onceCalm, func() error { return s.ask(http.MethodPut, "/connectors/"+name+"/resume", nil) }); err != nil {
			s.t.Fatalf("%s cannot be resumed: %v", name, err)
		}
	}
}

// await waits until cond says nil; a line that came twice or too early ends the waiting at once.
func (s *onceStorm) await(what string, cond func() error) {
	s.t.Helper()
	err := await(onceCalm, func() error {
		if s.reader != nil && s.reader.wrong() != nil {
			return nil
		}
		return cond()
	})
	if s.reader != nil && s.reader.wrong() != nil {
		err = s.reader.wrong()
	}
	if err != nil {
		s.script.note("no %s", what)
		s.t.Fatalf("no %s: %v", what, err)
	}
}
