//go:build unix

package chaos

import (
	"encoding/json"
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
	case s.mend(m):
	case n < 50:
		s.script.note("SIGKILL for %s", m.name)
		m.run.end(syscall.SIGKILL)
		s.kills++
		if s.random.IntN(4) > 0 {
			m.start()
		}
	case n < 62:
		s.freeze(m, session, session+maxDelay+2*time.Second)
	case n < 68:
		s.sever(m)
	case n < 73:
		s.mute(m)
	case n < 80:
		s.brokerAway(2*time.Second, 3*time.Second)
	case n < 88:
		s.wanted[name] = s.wanted.with(name, "batch.size", strconv.Itoa(200+s.random.IntN(500)))
		s.script.note("%s gets batch.size=%s", name, s.wanted[name]["batch.size"])
		_ = s.ask(http.MethodPut, "/connectors/"+name+"/config", s.wanted[name]) // put again in the end
	case n < 94:
		s.note(http.MethodPut, "/connectors/"+name+"/pause")
		s.pause(100*time.Millisecond, time.Second)
		s.note(http.MethodPut, "/connectors/"+name+"/resume")
	default:
		s.note(http.MethodPost, "/connectors/"+name+"/tasks/0/restart")
	}
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
