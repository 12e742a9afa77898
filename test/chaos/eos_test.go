//go:build unix

package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/test/servers"
)

// stormLength is how long exactly-once sources are shaken on each broker unless MOLDAU_EOS_KILLS says otherwise.
const stormLength = 14 * time.Second

// TestExactlyOnce runs groups of two workers with file sources that write exactly once, kills, freezes and cuts off workers and brokers by chance, and
// has a reader of committed records see every line of every file once and in order. MOLDAU_EOS_KILLS=500 goes on until that many workers were killed,
// in several groups at once; MOLDAU_CHAOS_SEED draws a script again.
func TestExactlyOnce(t *testing.T) {
	if !asked() {
		t.Skip("set MOLDAU_CHAOS to a duration such as 40s, or MOLDAU_INTEGRATION=1")
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("MOLDAU_CHAOS_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("MOLDAU_CHAOS_SEED: %v", err)
		}
	}
	if text := os.Getenv("MOLDAU_EOS_KILLS"); text != "" {
		kills, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("MOLDAU_EOS_KILLS: %v", err)
		}
		const groups = 4
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
	t       *testing.T
	address string // of the broker
	group   string
	random  *rand.Rand
	script  *transcript
	broker  *embedded // nil where the broker is not the test's to kill
	members []*member
	load    *load
	wanted  configs
	reader  *committedReader
	kills   int
}

// once runs a storm while goOn says so; begin, where there is one, makes goOn once everything runs.
func once(t *testing.T, address string, broker *embedded, seed uint64, goOn func(*onceStorm) bool, begin ...func(*onceStorm) func(*onceStorm) bool) {
	dir := t.TempDir()
	s := &onceStorm{t: t, address: address, random: rand.New(rand.NewPCG(seed, 1)), script: &transcript{began: time.Now()}, broker: broker, wanted: configs{}}
	group := "once-" + strconv.FormatInt(time.Now().UnixNano(), 36) + strconv.Itoa(s.random.IntN(1000))
	s.group = group
	t.Cleanup(func() { s.report(seed) })
	s.sources(dir, group)
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
		s.pause(100*time.Millisecond, 2*time.Second)
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
	s.noTrouble()
}

// sources makes a source for each way of ending transactions.
func (s *onceStorm) sources(dir, group string) {
	s.load = &load{dir: dir, stop: make(chan struct{})}
	for i, keys := range []map[string]string{
		{"transaction.boundary": "poll", "batch.size": "50"},
		{"transaction.boundary": "interval", "transaction.boundary.interval.ms": "150"},
		{"transaction.boundary": "poll", "offsets.storage.topic": group + "-own"},
		// Its transactions end since they may not last any longer, not at its interval.
		{"transaction.boundary": "interval", "transaction.boundary.interval.ms": "3600000", "producer.override.transaction.timeout.ms": "1500"},
	} {
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

// something does one thing to the group, drawn by chance.
func (s *onceStorm) something() {
	m := s.members[s.random.IntN(len(s.members))]
	names := slices.Sorted(maps.Keys(s.wanted))
	name := names[s.random.IntN(len(names))]
	switch n := s.random.IntN(100); {
	case m.run.ended():
		s.script.note("%s starts", m.name)
		m.start()
	case m.frozen:
		s.script.note("SIGCONT for %s", m.name)
		m.thaw()
	case m.cut:
		s.script.note("the network of %s is well", m.name)
		m.proxy.heal()
		m.cut = false
	case n < 50:
		s.script.note("SIGKILL for %s", m.name)
		m.run.end(syscall.SIGKILL)
		s.kills++
		if s.random.IntN(4) > 0 {
			m.start()
		}
	case n < 62:
		s.script.note("SIGSTOP for %s", m.name)
		m.freeze()
		if s.random.IntN(2) == 0 {
			s.pause(session, session+maxDelay+2*time.Second) // the group goes on without it
			s.script.note("SIGCONT for %s", m.name)
			m.thaw()
		}
	case n < 68:
		s.script.note("the network of %s is cut", m.name)
		m.cut = true
		m.proxy.sever()
	case n < 73:
		s.script.note("the network of %s loses everything", m.name)
		m.cut = true
		m.proxy.freeze()
	case n < 80:
		s.brokerAway()
	case n < 88:
		s.wanted[name] = s.wanted.with(name, "batch.size", strconv.Itoa(10+s.random.IntN(500)))
		s.script.note("%s gets batch.size=%s", name, s.wanted[name]["batch.size"])
		_ = s.ask(http.MethodPut, "/connectors/"+name+"/config", s.wanted[name]) // put again in the end
	case n < 94:
		s.script.note("PUT /connectors/%s/pause: %v", name, s.ask(http.MethodPut, "/connectors/"+name+"/pause", nil))
		s.pause(100*time.Millisecond, time.Second)
		s.script.note("PUT /connectors/%s/resume: %v", name, s.ask(http.MethodPut, "/connectors/"+name+"/resume", nil))
	default:
		s.script.note("POST /connectors/%s/tasks/0/restart: %v", name, s.ask(http.MethodPost, "/connectors/"+name+"/tasks/0/restart", nil))
	}
}

func (s *onceStorm) brokerAway() {
	if s.broker != nil {
		s.script.note("the broker is killed")
		s.broker.kill()
		s.pause(100*time.Millisecond, 2*time.Second)
		s.script.note("the broker starts")
		s.broker.start()
		return
	}
	s.script.note("nobody reaches the broker")
	for _, m := range s.members {
		m.proxy.sever()
	}
	s.pause(100*time.Millisecond, 3*time.Second)
	s.script.note("the broker can be reached")
	for _, m := range s.members {
		m.proxy.heal()
		m.cut = false
	}
}

// ask sends a request to a worker that can be asked.
func (s *onceStorm) ask(method, path string, v any) error {
	for _, i := range s.random.Perm(len(s.members)) {
		m := s.members[i]
		if !m.up() {
			continue
		}
		code, body, err := m.call(method, path, v)
		if err == nil && code >= 300 {
			err = fmt.Errorf("%s: %d %.200s", m.name, code, body)
		}
		return err
	}
	return errors.New("no worker can be asked")
}

// put writes a connector's configuration, again until it is accepted.
func (s *onceStorm) put(name string) {
	s.t.Helper()
	if err := await(calm, func() error { return s.ask(http.MethodPut, "/connectors/"+name+"/config", s.wanted[name]) }); err != nil {
		s.t.Fatalf("%s is not accepted: %v", name, err)
	}
}

// restartFailed does what an operator does: a task that was fenced out, or whose transaction expired, has failed and stays so in Java too.
func (s *onceStorm) restartFailed() {
	for _, m := range s.members {
		if !m.up() || m.cut {
			continue
		}
		code, body, err := m.call(http.MethodGet, "/connectors?expand=status", nil)
		var all map[string]entry
		if err != nil || code != http.StatusOK || json.Unmarshal(body, &all) != nil {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(all)) {
			for _, task := range all[name].Status.Tasks {
				if task.State == "FAILED" {
					trace, _, _ := strings.Cut(task.Trace, "\n\tat ")
					s.script.note("task of %s failed on %s: %.300s", name, task.WorkerID, trace)
					_ = s.ask(http.MethodPost, "/connectors/"+name+"/restart?includeTasks=true&onlyFailed=true", nil) // asked again the next time
				}
			}
		}
		return
	}
}

// recover makes everything well again.
func (s *onceStorm) recover() {
	s.script.note("recovery")
	if s.broker != nil && s.broker.run.ended() {
		s.broker.start()
	}
	for _, m := range s.members {
		m.proxy.heal()
		m.cut = false
		if m.frozen {
			m.thaw()
		}
		if m.run.ended() {
			m.start()
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.wanted)) {
		s.put(name)
		if err := await(calm, func() error { return s.ask(http.MethodPut, "/connectors/"+name+"/resume", nil) }); err != nil {
			s.t.Fatalf("%s cannot be resumed: %v", name, err)
		}
	}
}

func (s *onceStorm) settled() error {
	workers := map[string]bool{}
	var errs []error
	for _, m := range s.members {
		workers[m.id()] = true
		if !m.up() {
			errs = append(errs, fmt.Errorf("%s has ended", m.name))
		}
	}
	for _, m := range s.members {
		errs = append(errs, m.settled(s.wanted, workers))
	}
	return errors.Join(errs...)
}

// await waits until cond says nil; a line that came twice or too early ends the waiting at once.
func (s *onceStorm) await(what string, cond func() error) {
	s.t.Helper()
	err := await(calm, func() error {
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

func (s *onceStorm) pause(least, most time.Duration) {
	timer := time.NewTimer(least + time.Duration(s.random.Int64N(int64(most-least))))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.t.Context().Done():
	}
	if s.reader != nil {
		if err := s.reader.wrong(); err != nil {
			s.t.Fatal(err)
		}
	}
}

// offsetsAreThoseOfTheFiles asks for the committed offsets, which must be the lengths of the files.
func (s *onceStorm) offsetsAreThoseOfTheFiles() {
	for _, source := range s.load.sources {
		info, err := os.Stat(source.path)
		if err != nil {
			s.t.Fatal(err)
		}
		s.await("offset of "+source.connector, func() error {
			for _, m := range s.members {
				code, body, err := m.call(http.MethodGet, "/connectors/"+source.connector+"/offsets", nil)
				if err != nil {
					return err
				}
				var got struct {
					Offsets []struct{ Offset struct{ Position int64 } }
				}
				if err := json.Unmarshal(body, &got); err != nil || code != http.StatusOK || len(got.Offsets) != 1 {
					return fmt.Errorf("%s: %d %s", m.name, code, body)
				}
				if at := got.Offsets[0].Offset.Position; at != info.Size() {
					return fmt.Errorf("%s says that %s was read to %d of %d", m.name, source.path, at, info.Size())
				}
			}
			return nil
		})
	}
}

// noTrouble looks in the logs for what no worker may ever write.
func (s *onceStorm) noTrouble() {
	for _, m := range s.members {
		text, err := os.ReadFile(m.log)
		if err != nil {
			s.t.Error(err)
			continue
		}
		for _, sign := range []string{"panic: ", "panicked", "fatal error: ", "DATA RACE"} {
			if strings.Contains(string(text), sign) {
				s.t.Errorf("the log of %s holds %q", m.name, sign)
			}
		}
	}
}

func (s *onceStorm) report(seed uint64) {
	if !s.t.Failed() {
		return
	}
	s.t.Logf("MOLDAU_CHAOS_SEED=%d draws this script again, which was:\n%s", seed, s.script)
	s.describe()
	for _, m := range s.members {
		if m.run != nil && !m.run.ended() {
			if _, _, err := m.run.goroutines(m.log); err != nil { // they are in the log now
				s.t.Log(err)
			}
		}
		text, err := os.ReadFile(m.log)
		if err != nil {
			continue
		}
		lines := slices.DeleteFunc(strings.Split(string(text), "\n"), func(l string) bool { return strings.Contains(l, `"GET /connectors`) })
		s.t.Logf("the end of the log of %s (%s):\n%s", m.name, m.url, strings.Join(lines[max(0, len(lines)-60):], "\n"))
		if keep := os.Getenv("MOLDAU_CHAOS_KEEP"); keep != "" {
			if err := os.WriteFile(filepath.Join(keep, filepath.Base(m.log)), text, 0o644); err != nil {
				s.t.Logf("the log could not be kept: %v", err)
			}
		}
	}
}

// describe logs what the broker knows of the sources' transactions.
func (s *onceStorm) describe() {
	client, err := kgo.NewClient(kgo.SeedBrokers(s.address))
	if err != nil {
		s.t.Log(err)
		return
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	admin := kadm.NewClient(client)
	for _, source := range s.load.sources {
		described, err := admin.DescribeTransactions(ctx, s.group+"-"+source.connector+"-0")
		for _, d := range described.Sorted() {
			s.t.Logf("%s: producer %d epoch %d %s since %d %v", d.TxnID, d.ProducerID, d.ProducerEpoch, d.State, d.StartTimestamp, d.Topics)
		}
		ends, stable := kadm.ListedOffsets{}, kadm.ListedOffsets{}
		if err == nil {
			ends, err = admin.ListEndOffsets(ctx, source.topic)
		}
		if err == nil {
			stable, err = admin.ListCommittedOffsets(ctx, source.topic)
		}
		s.t.Logf("%s ends at %v, committed at %v, %v", source.topic, ends.Offsets(), stable.Offsets(), err)
	}
}

// committedReader reads topics as a consumer of committed records does, all the time, and checks that each line follows the one before it.
type committedReader struct {
	mu    sync.Mutex
	next  map[string]int // lines seen
	fault error
}

func newCommittedReader(t *testing.T, address string, topics []string) *committedReader {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.ConsumeTopics(topics...), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.MetadataMinAge(100*time.Millisecond), kgo.FetchMaxWait(200*time.Millisecond), kgo.AlwaysRetryEOF())
	if err != nil {
		t.Fatal(err)
	}
	r := &committedReader{next: map[string]int{}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			client.PollFetches(ctx).EachRecord(r.see)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		client.Close()
	})
	return r
}

func (r *committedReader) see(record *kgo.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	want := fmt.Sprintf("%s %d.", record.Topic, r.next[record.Topic]+1)
	if string(record.Value) != want && r.fault == nil {
		r.fault = fmt.Errorf("the record at offset %d of %s is %q, want %q: a line came twice, out of order or not at all", record.Offset, record.Topic, record.Value, want)
	}
	r.next[record.Topic]++
}

// wrong returns what was wrong first.
func (r *committedReader) wrong() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fault
}

func (r *committedReader) reached(sources []*source, lines int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range sources {
		if n := r.next[s.topic]; n < lines {
			return fmt.Errorf("%s has %d committed lines, want %d", s.topic, n, lines)
		}
	}
	return nil
}

// all says whether every line of the finished files is there.
func (r *committedReader) all(sources []*source) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault != nil {
		return r.fault
	}
	for _, s := range sources {
		if n := r.next[s.topic]; n != s.written {
			return fmt.Errorf("%s has %d committed lines of %d", s.topic, n, s.written)
		}
	}
	return nil
}

func (r *committedReader) sum() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, lines := range r.next {
		n += lines
	}
	return fmt.Sprintf("%d lines once and in order", n)
}
