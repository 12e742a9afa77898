package rest

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode"
)

// counter remembers what the request log says about an answer.
type counter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (c *counter) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *counter) Write(p []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	n, err := c.ResponseWriter.Write(p)
	c.bytes += int64(n)
	return n, err
}

// logRequest writes one line in the extended NCSA form, with the milliseconds at its end.
func (s *Server) logRequest(r *http.Request, c *counter, x *exchange, started time.Time) {
	client, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		client = r.RemoteAddr
	}
	user, _, ok := r.BasicAuth()
	user = oneLine(user)
	if !ok || user == "" || s.auth == nil {
		user = "-"
	}
	if s.gate.strict() {
		// What a login that failed claims may be a password in the wrong field.
		if user = oneLine(x.access.Principal.Name); user == "" {
			user = "-"
		}
		user = strings.ReplaceAll(user, " ", "_")
	}
	s.log.Info(fmt.Sprintf(`%s - %s [%s] "%s %s %s" %d %d "%s" "%s" %d`, client, user, started.UTC().Format("02/Jan/2006:15:04:05 +0000"),
		r.Method, r.RequestURI, r.Proto, c.status, c.bytes, r.Referer(), r.UserAgent(), time.Since(started).Milliseconds()))
}

// oneLine makes a text of a client fit for the log: a line break in it would begin an event of its own.
func oneLine(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == '\u2028' || c == '\u2029' {
			return '?'
		}
		return c
	}, text)
}
