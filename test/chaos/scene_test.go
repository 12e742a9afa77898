//go:build unix

package chaos

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// scene is a group of workers on a broker, with what can be done to them.
type scene struct {
	t       *testing.T
	address string // of the broker
	random  *rand.Rand
	script  *transcript
	broker  *embedded // nil where the broker is not the test's to kill
	members []*member
	load    *load
	wanted  configs
	// alarm, where there is one, is called after every pause and ends the test where something is wrong already.
	alarm func()
}

func newScene(t *testing.T, address string, broker *embedded, seed, stream uint64) *scene {
	return &scene{t: t, address: address, random: rand.New(rand.NewPCG(seed, stream)), script: &transcript{began: time.Now()}, broker: broker, wanted: configs{}}
}

// seedOf is MOLDAU_CHAOS_SEED, or else drawn from the clock.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("MOLDAU_CHAOS_SEED")
	if text == "" {
		return uint64(time.Now().UnixNano())
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("MOLDAU_CHAOS_SEED: %v", err)
	}
	return n
}

func (s *scene) pause(least, most time.Duration) {
	timer := time.NewTimer(least + time.Duration(s.random.Int64N(int64(most-least))))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.t.Context().Done():
	}
	if s.alarm != nil {
		s.alarm()
	}
}

// mend makes a worker well that is not, and reports whether it was not.
func (s *scene) mend(m *member) bool {
	switch {
	case m.run.Ended():
		s.script.note("%s starts", m.name)
		m.start()
	case m.frozen:
		s.script.note("SIGCONT for %s", m.name)
		m.thaw()
	case m.cut:
		s.script.note("the network of %s is well", m.name)
		m.proxy.heal()
		m.cut = false
	default:
		return false
	}
	return true
}

// freeze stops a worker's process, and every other time continues it after a while, in which the group goes on without it.
func (s *scene) freeze(m *member, least, most time.Duration) {
	s.script.note("SIGSTOP for %s", m.name)
	m.freeze()
	if s.random.IntN(2) == 0 {
		s.pause(least, most)
		s.script.note("SIGCONT for %s", m.name)
		m.thaw()
	}
}

// sever cuts a worker off from the broker, mute lets what it sends and gets vanish.
func (s *scene) sever(m *member) {
	s.script.note("the network of %s is cut", m.name)
	m.cut = true
	m.proxy.sever()
}

func (s *scene) mute(m *member) {
	s.script.note("the network of %s loses everything", m.name)
	m.cut = true
	m.proxy.freeze()
}

// brokerAway kills the broker and starts it again, or cuts everybody off from one that is not the test's.
func (s *scene) brokerAway(dead, unreachable time.Duration) {
	if s.broker != nil {
		s.script.note("the broker is killed")
		s.broker.kill()
		s.pause(100*time.Millisecond, dead)
		s.script.note("the broker starts")
		s.broker.start()
		return
	}
	s.script.note("nobody reaches the broker")
	for _, m := range s.members {
		m.proxy.sever()
	}
	s.pause(100*time.Millisecond, unreachable)
	s.script.note("the broker can be reached")
	for _, m := range s.members {
		m.proxy.heal()
		m.cut = false
	}
}

// mendAll makes broker and workers well. Ended, where there is one, sees each worker that has ended before it is started.
func (s *scene) mendAll(ended func(*member)) {
	s.script.note("recovery")
	if s.broker != nil && s.broker.run.Ended() {
		s.broker.start()
	}
	for _, m := range s.members {
		m.proxy.heal()
		m.cut = false
		if m.frozen {
			m.thaw()
		}
		if m.run.Ended() {
			if ended != nil {
				ended(m)
			}
			m.start()
		}
	}
}

// any returns a worker that can be asked, nil where there is none.
func (s *scene) any() *member {
	var up []*member
	for _, m := range s.members {
		if m.up() {
			up = append(up, m)
		}
	}
	if len(up) == 0 {
		return nil
	}
	return up[s.random.IntN(len(up))]
}

// ask sends a request to a random worker, with v as JSON unless it is nil.
func (s *scene) ask(method, path string, v any) error {
	m := s.any()
	if m == nil {
		return errors.New("no worker can be asked")
	}
	code, body, err := m.call(method, path, v)
	if err == nil && code >= 300 {
		err = fmt.Errorf("%s: %d %.200s", m.name, code, body)
	}
	return err
}

// note sends a request once and notes how it went.
func (s *scene) note(method, path string) {
	err := s.ask(method, path, nil)
	s.script.note("%s %s: %v", method, path, err)
}

// settled says whether all workers agree that everything runs as it is wanted.
func (s *scene) settled() error {
	workers := map[string]bool{}
	var errs []error
	for _, m := range s.members {
		workers[m.id()] = true
		if !m.up() {
			errs = append(errs, fmt.Errorf("%s has ended", m.name))
		}
	}
	if errs != nil {
		return errors.Join(errs...)
	}
	for _, m := range s.members {
		errs = append(errs, m.settled(s.wanted, workers))
	}
	return errors.Join(errs...)
}

// unharmed looks in the logs for what no worker may ever write.
func (s *scene) unharmed() {
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

// logEnds logs the last lines of each worker's log.
func (s *scene) logEnds(most int) {
	for _, m := range s.members {
		text, err := os.ReadFile(m.log)
		if err != nil {
			continue
		}
		lines := slices.DeleteFunc(strings.Split(string(text), "\n"), func(l string) bool { return strings.Contains(l, `"GET /connectors`) })
		s.t.Logf("the end of the log of %s (%s):\n%s", m.name, m.url, strings.Join(lines[max(0, len(lines)-most):], "\n"))
	}
}
