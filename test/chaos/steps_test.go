//go:build unix

package chaos

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// something does one thing to the group, drawn by chance. One worker at least is always well.
func (s *storm) something() {
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
	case n < 45 && s.well() < 2:
		// It is the last one.
	case n < 15:
		s.kill(m, syscall.SIGKILL)
	case n < 20:
		s.kill(m, syscall.SIGTERM)
	case n < 30:
		s.script.note("SIGSTOP for %s", m.name)
		m.freeze()
		if s.random.IntN(2) == 0 {
			s.pause(session+time.Second, session+maxDelay+3*time.Second) // the group goes on without it
			s.script.note("SIGCONT for %s", m.name)
			m.thaw()
		}
	case n < 38:
		s.script.note("the network of %s is cut", m.name)
		m.cut = true
		m.proxy.sever()
	case n < 45:
		s.script.note("the network of %s loses everything", m.name)
		m.cut = true
		m.proxy.freeze()
	case n < 52:
		s.brokerAway()
	case n < 72:
		key, value := "batch.size", strconv.Itoa(100+s.random.IntN(2000))
		if s.wanted[name]["connector.class"] == "FileStreamSink" {
			key, value = "tasks.max", strconv.Itoa(1+s.random.IntN(3))
		}
		s.script.note("%s gets %s=%s", name, key, value)
		s.put(name, s.wanted.with(name, key, value), http.StatusOK, 5*time.Second)
	case n < 80:
		s.note("PUT", "/connectors/"+name+"/pause")
		s.pause(100*time.Millisecond, time.Second)
		s.note("PUT", "/connectors/"+name+"/resume")
	case n < 88:
		s.note("PUT", "/connectors/"+name+"/stop")
		s.pause(100*time.Millisecond, time.Second)
		s.note("PUT", "/connectors/"+name+"/resume")
	case n < 94:
		s.note("POST", "/connectors/"+name+"/restart?includeTasks=true")
	default:
		s.note("POST", "/connectors/"+name+"/tasks/0/restart")
	}
}

// well is how many workers run, with a network.
func (s *storm) well() (n int) {
	for _, m := range s.members {
		if m.up() && !m.cut {
			n++
		}
	}
	return n
}

// note sends a request once and notes how it went.
func (s *storm) note(method, path string) {
	err := s.ask(method, path)
	s.script.note("%s %s: %v", method, path, err)
}

// brokerAway kills the broker and starts it again, or cuts everybody off from one that is not the test's.
func (s *storm) brokerAway() {
	if s.broker != nil {
		s.script.note("the broker is killed")
		s.broker.kill()
		s.pause(100*time.Millisecond, 3*time.Second)
		s.script.note("the broker starts")
		s.broker.start()
		return
	}
	s.script.note("nobody reaches the broker")
	for _, m := range s.members {
		m.proxy.sever()
	}
	s.pause(100*time.Millisecond, 5*time.Second)
	s.script.note("the broker can be reached")
	for _, m := range s.members {
		m.proxy.heal()
		m.cut = false
	}
}
