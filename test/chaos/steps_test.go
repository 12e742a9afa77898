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
	case s.mend(m):
	case n < 45 && s.well() < 2:
		// It is the last one.
	case n < 15:
		s.kill(m, syscall.SIGKILL)
	case n < 20:
		s.kill(m, syscall.SIGTERM)
	case n < 30:
		s.freeze(m, session+time.Second, session+maxDelay+3*time.Second)
	case n < 38:
		s.sever(m)
	case n < 45:
		s.mute(m)
	case n < 52:
		s.brokerAway(3*time.Second, 5*time.Second)
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
