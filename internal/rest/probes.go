package rest

import (
	"net/http"
	"strings"
)

// Check is one thing that a probe looks at.
type Check struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Reason says what is known about it, always where it is not OK.
	Reason string `json:"reason,omitempty"`
}

// Prober tells what probes look at. Both methods are called for each request, from any goroutine, also before RegisterResources, and neither waits for
// anything: they report what is known.
type Prober interface {
	// Live tells whether the process works. Where it does not, a restart is what helps.
	Live() []Check
	// Ready tells whether the worker can do its work: whether requests should come here.
	Ready() []Check
}

// report is the body of an answer to a probe.
type report struct {
	Status string  `json:"status"`
	Checks []Check `json:"checks"`
}

// answerProbe answers GET /livez and /readyz, on all listeners and without a login; false means that the request is for something else.
func (s *Server) answerProbe(w http.ResponseWriter, r *http.Request, path []string) bool {
	if len(path) != 1 || s.cfg.Prober == nil || path[0] != "livez" && path[0] != "readyz" {
		return false
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.writeError(w, r, "", statusError(http.StatusMethodNotAllowed))
		return true
	}
	checks := s.cfg.Prober.Live()
	if path[0] == "readyz" {
		checks = s.cfg.Prober.Ready()
	}
	status, body := http.StatusOK, report{"ok", checks}
	for _, c := range checks {
		if !c.OK {
			status, body.Status = http.StatusServiceUnavailable, "failing"
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	if asksForText(r) {
		writeText(w, r, status, "text/plain", body.text())
	} else {
		s.writeJSON(w, r, status, jsonType, body)
	}
	return true
}

// asksForText tells whether a client wants text, as browsers and people with curl -H 'Accept: text/plain' do.
func asksForText(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.HasPrefix(accept, "text/")
}

func (r report) text() string {
	var b strings.Builder
	b.WriteString(r.Status + "\n")
	for _, c := range r.Checks {
		mark := "+"
		if !c.OK {
			mark = "-"
		}
		b.WriteString(mark + " " + c.Name)
		if c.Reason != "" {
			b.WriteString(": " + c.Reason)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
