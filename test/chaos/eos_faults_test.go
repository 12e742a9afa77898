//go:build unix

package chaos

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

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
		s.wanted[name] = s.wanted.with(name, "batch.size", strconv.Itoa(200+s.random.IntN(500)))
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
	if err := await(onceCalm, func() error { return s.ask(http.MethodPut, "/connectors/"+name+"/config", s.wanted[name]) }); err != nil {
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
