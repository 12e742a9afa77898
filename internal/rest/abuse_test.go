package rest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// raw sends bytes as they are and returns all that comes back until the server closes the connection.
func raw(t *testing.T, address, text string) string {
	t.Helper()
	out, err := exchanged(address, text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// exchanged is raw for goroutines beside that of the test.
func exchanged(address, text string) (string, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(c, text); err != nil {
		return "", err
	}
	out, err := io.ReadAll(c)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		return "", err
	}
	return string(out), nil
}

// statuses are those of the answers in what a server sent.
func statuses(text string) (all []string) {
	for line := range strings.SplitSeq(text, "\r\n") {
		// The end of a body without a line end stands before the next status line.
		if at := strings.Index(line, "HTTP/1.1 "); at >= 0 {
			all = append(all, line[at+9:at+12])
		}
	}
	return all
}

// TestSmuggling: what a proxy before the server may take for one request must not be two here.
func TestSmuggling(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, nil, nil)
	o := newOwner()
	s.RegisterResources(o)
	address := strings.TrimPrefix(s.URLs()[0], "http://")
	const hidden = "DELETE /connectors/stock HTTP/1.1\r\nHost: h\r\n\r\n"
	put := func(headers, body string) string {
		return "PUT /connectors/orders-a/config HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n" + headers + "\r\n" + body
	}
	length := func(n int) string { return fmt.Sprintf("Content-Length: %d\r\n", n) }
	for name, c := range map[string]struct{ text, want string }{
		"length and chunks":           {put(length(5+len(hidden))+"Transfer-Encoding: chunked\r\n", "0\r\n\r\n"+hidden), "500"},
		"chunks and length":           {put("Transfer-Encoding: chunked\r\n"+length(4), "2\r\n{}\r\n0\r\n\r\n"+hidden), "200"},
		"two lengths":                 {put(length(2)+length(2+len(hidden)), "{}"+hidden), "400"},
		"a list of lengths":           {put("Content-Length: 2, 60\r\n", "{}"+hidden), "400"},
		"signed length":               {put("Content-Length: +2\r\n", "{}"+hidden), "400"},
		"negative length":             {put("Content-Length: -2\r\n", "{}"+hidden), "400"},
		"hexadecimal length":          {put("Content-Length: 0x2\r\n", "{}"+hidden), "400"},
		"huge length":                 {put("Content-Length: 99999999999999999999\r\n", "{}"+hidden), "400"},
		"unknown coding":              {put("Transfer-Encoding: xchunked\r\n"+length(2), "{}"+hidden), "501"},
		"coding after chunked":        {put("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"+hidden), "501"},
		"two codings":                 {put("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"+hidden), "501"},
		"blank before the colon":      {put("Transfer-Encoding : chunked\r\n"+length(2), "{}"+hidden), "400"},
		"control character in a name": {put("Transfer-Encoding\x0b: chunked\r\n"+length(2), "{}"+hidden), "400"},
		"line feed in a value":        {put("X: a\rTransfer-Encoding: chunked\r\n"+length(2), "{}"+hidden), "400"},
		"zero byte":                   {put("X: a\x00b\r\n"+length(2), "{}"+hidden), "400"},
		"chunk with a bad size":       {put("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"+hidden), "400"},
		"chunk size too large":        {put("Transfer-Encoding: chunked\r\n", "ffffffffffffffffff\r\n{}\r\n0\r\n\r\n"+hidden), "400"},
		"two hosts":                   {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + hidden, "400"},
		"no host":                     {"GET / HTTP/1.1\r\n\r\n" + hidden, "400"},
		"no request":                  {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + hidden + "\r\n\r\n", "400"},
		"two blanks":                  {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n" + hidden, "400"},
		"HTTP/2 preface":              {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + hidden, "404"},
		"header without end":          {"GET / HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("a", 100_000) + "\r\n\r\n" + hidden, "431"},
		"many headers":                {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + strings.Repeat("X: a\r\n", 2000) + "\r\n", "431"},
		"long path":                   {"GET /" + strings.Repeat("a", 9000) + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "414"},
		"folded header":               {"GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n Connection: close\r\nConnection: close\r\n\r\n", "200"},
	} {
		got := raw(t, address, c.text)
		all := statuses(got)
		// Whether net/http refuses at once or answers first, nothing of the hidden request may be carried out.
		if len(all) != 1 || all[0] != c.want {
			t.Errorf("%s: got %v, want %s:\n%s", name, all, c.want, got)
		}
		for _, served := range o.took() {
			t.Errorf("%s: the server carried out %s", name, served)
		}
	}
}

// TestNamesOfConnectors: paths out of the tree, line breaks and other names that are none.
func TestNamesOfConnectors(t *testing.T) {
	t.Parallel()
	s, out := newServer(t, nil, nil)
	o := newOwner()
	s.RegisterResources(o)
	address := strings.TrimPrefix(s.URLs()[0], "http://")
	for path, want := range map[string]string{
		"/connectors/../../etc/passwd":                     "400",
		"/connectors/..":                                   "404",
		"/connectors/%2e%2e/config":                        "400",
		"/connectors/%2e%2e%2fetc%2fpasswd/config":         "400",
		"/connectors/..%5c..%5cwindows/config":             "400",
		"/connectors/a%0d%0aSet-Cookie:%20x=1/config":      "400",
		"/connectors/a%0aERROR%20forged/config":            "400",
		"/connectors/a%00/config":                          "400",
		"/connectors/%252e%252e/config":                    "400",
		"/connectors//config":                              "400",
		"/connectors/%ff%fe/config":                        "400",
		"/connectors/%zz/config":                           "400",
		"/connectors/a%2f..%2fb/config":                    "400",
		"/%2e%2e/%2e%2e/etc/passwd":                        "400",
		"/connectors/stock;/../x/config":                   "404", // a name of two dots, as in Java
		"http://elsewhere/connectors/../x":                 "404",
		"//elsewhere/connectors":                           "400",
		"/connectors/%E2%80%A8/config":                     "404", // a line separator may stand in a name
		"/connectors/<script>alert(1)</script>":            "404",
		"/connectors/%3Cscript%3Ealert(1)%3C%2Fscript%3E/": "400",
	} {
		got := raw(t, address, "GET "+path+" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
		if all := statuses(got); len(all) != 1 || all[0] != want || strings.Contains(got, "\r\nSet-Cookie") || strings.Contains(got, "<script>") {
			t.Errorf("%s: want %s, got %s", path, want, got)
		}
	}
	// In a body a name may hold anything; headers and the log must bear it.
	status, _, body := do(t, http.MethodPost, s.URLs()[0]+"/connectors", `{"name":"a\r\nSet-Cookie: x=1","config":{}}`)
	if status != http.StatusCreated {
		t.Errorf("got %d %s", status, body)
	}
	res := sendAs(t, nil, http.MethodPost, s.URLs()[0]+"/connectors", "", `{"name":"a\r\nSet-Cookie: x=1","config":{}}`)
	if res.headers.Get("Set-Cookie") != "" || !strings.HasSuffix(res.headers.Get("Location"), "/connectors/a%0D%0ASet-Cookie:%20x=1") {
		t.Errorf("got %v", res.headers)
	}
	for line := range strings.SplitSeq(strings.TrimSpace(out.String()), "\n") {
		if !strings.HasPrefix(line, "[20") {
			t.Errorf("a line of the log was forged: %s", line)
		}
	}
}

// TestSlowClients: whoever sends a byte now and then is cut off, whatever comes, and others are served meanwhile.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	s, err := New(Config{Values: values(t, nil), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s.limits = timeLimits{header: 200 * time.Millisecond, request: 300 * time.Millisecond, idle: 200 * time.Millisecond}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	s.RegisterResources(newOwner())
	address := strings.TrimPrefix(s.URLs()[0], "http://")
	for name, begin := range map[string]string{
		"nothing":      "",
		"request line": "GET /conn",
		"headers":      "GET /connectors HTTP/1.1\r\nHost: h\r\nX-A: b\r\n",
		"body":         "PUT /connectors/orders-a/config HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{",
		"chunks":       "PUT /connectors/orders-a/config HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
		"idle":         "GET /connectors HTTP/1.1\r\nHost: h\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			stop := make(chan struct{})
			done := make(chan struct{})
			go func() { // a byte every 10 ms keeps a connection busy
				defer close(done)
				tick := time.NewTicker(10 * time.Millisecond)
				defer tick.Stop()
				if _, err := io.WriteString(c, begin); err != nil {
					return
				}
				for name != "idle" && name != "nothing" {
					select {
					case <-stop:
						return
					case <-tick.C:
						if _, err := io.WriteString(c, "a"); err != nil {
							return
						}
					}
				}
			}()
			if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			_, err = io.Copy(io.Discard, c)
			close(stop)
			<-done
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the connection was still open after a minute")
			}
		})
	}
	// On a busy machine an honest client may be too slow for these limits as well.
	for end := time.Now().Add(time.Minute); ; {
		res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(httptest.NewRequestWithContext(t.Context(), http.MethodGet, s.URLs()[0]+"/connectors", nil))
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Now().After(end) {
			t.Fatalf("another client was not served: %v", err)
		}
	}
}

// TestCrowds: a listener serves so many connections at once, and the next one as soon as one goes.
func TestCrowds(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, map[string]string{"moldau.rest.limit.connections": "2"}, nil)
	s.RegisterResources(newOwner())
	address := strings.TrimPrefix(s.URLs()[0], "http://")
	var open []net.Conn
	for range 2 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, "GET /connectors HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(c).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	type outcome struct {
		text string
		err  error
	}
	answer := make(chan outcome, 1)
	go func() {
		text, err := exchanged(address, "GET /connectors HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
		answer <- outcome{text, err}
	}()
	select {
	case got := <-answer:
		t.Fatalf("a third connection was served: %v", got)
	case <-time.After(50 * time.Millisecond):
	}
	if err := open[0].Close(); err != nil {
		t.Fatal(err)
	}
	got := <-answer // the connection has a deadline
	if all := statuses(got.text); got.err != nil || len(all) != 1 || all[0] != "200" {
		t.Errorf("got %v", got)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, map[string]string{"moldau.rest.limit.requests.per.second": "0.001", "moldau.rest.limit.requests.burst": "3",
		"moldau.rest.limit.failed.logins.per.minute": "0.06", "moldau.rest.limit.body.bytes": "100", usersFile: write(t, "users", "ann=a\nrob=r\n")}, nil)
	s.RegisterResources(newOwner())
	url := s.URLs()[0]
	big := `{"a":"` + strings.Repeat("x", 100) + `"}`
	if got := sendAs(t, nil, "PUT", url+"/connectors/orders-a/config", basic("ann", "a"), big); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body: %v", got)
	}
	chunked, err := http.NewRequestWithContext(t.Context(), "PUT", url+"/connectors/orders-a/config", io.MultiReader(bytes.NewReader([]byte(big))))
	if err != nil {
		t.Fatal(err)
	}
	chunked.Header.Set("Authorization", basic("ann", "a"))
	chunked.Header.Set("Content-Type", jsonType)
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(chunked)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body in chunks: %s", res.Status)
	}
	if got := sendAs(t, nil, "GET", url+"/connectors", basic("ann", "a"), ""); got.status != http.StatusOK {
		t.Errorf("got %v", got)
	}
	got := sendAs(t, nil, "GET", url+"/connectors", basic("ann", "a"), "")
	if got.status != http.StatusTooManyRequests || got.headers.Get("Retry-After") == "" || got.body != `{"error_code":429,"message":"Too many requests."}` {
		t.Errorf("got %v", got)
	}
	if got := sendAs(t, nil, "GET", url+"/connectors", basic("rob", "r"), ""); got.status != http.StatusOK {
		t.Errorf("another user: got %v", got)
	}
}

// TestWrongPasswords: a user who gave many is not asked any more, from that address, and others are.
func TestWrongPasswords(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, map[string]string{"moldau.rest.limit.failed.logins.per.minute": "0.06", usersFile: write(t, "users", "ann=a\nrob=r\n")}, nil)
	s.RegisterResources(newOwner())
	url := s.URLs()[0] + "/connectors"
	for i := range 10 {
		if got := sendAs(t, nil, "GET", url, basic("rob", "x"), ""); got.status != http.StatusUnauthorized {
			t.Fatalf("wrong password %d: %v", i+1, got)
		}
	}
	for _, password := range []string{"x", "r"} {
		got := sendAs(t, nil, "GET", url, basic("rob", password), "")
		if got.status != http.StatusTooManyRequests || got.headers.Get("Retry-After") == "" || got.body != `{"error_code":429,"message":"`+tooManyWrong+`"}` {
			t.Errorf("after many wrong passwords: %v", got)
		}
	}
	if got := sendAs(t, nil, "GET", url, basic("ann", "a"), ""); got.status != http.StatusOK {
		t.Errorf("another user: %v", got)
	}
}

// TestAudit reads what is written down, and looks for secrets in it.
func TestAudit(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/audit.jsonl"
	s, _ := newServer(t, map[string]string{usersFile: write(t, "users", "ann=hunter3\nrob=r\n"), rolesFile: write(t, "roles", testRoles),
		"moldau.rest.audit.file": file}, nil)
	s.RegisterResources(newOwner())
	url := s.URLs()[0]
	ann := basic("ann", "hunter3")
	sendAs(t, nil, "GET", url+"/connectors", ann, "")
	sendAs(t, nil, "PUT", url+"/connectors/orders-a/config", ann, `{"topics":"u","connection.password":"hunter4"}`)
	sendAs(t, nil, "POST", url+"/connectors", ann, `{"name":"orders-new","config":{"password":"hunter4"}}`)
	sendAs(t, nil, "DELETE", url+"/connectors/orders-a", ann, "")
	sendAs(t, nil, "PUT", url+"/connectors/stock/stop", ann, "")
	sendAs(t, nil, "GET", url+"/connectors", basic("ann", "hunter5"), "")
	sendAs(t, nil, "GET", url+"/connectors", basic("hunter6", "x"), "")
	got := sendAs(t, nil, "PUT", url+"/connectors/orders-a/stop", ann, "")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "hunter") {
		t.Errorf("secrets: %s", text)
	}
	want := []string{
		"ann basic PUT edit orders-a 200 done changed connection.password,name=0,topics",
		"ann basic POST edit orders-new 201 done changed name,password before none",
		"ann basic DELETE edit orders-a 204 done after none",
		"ann basic PUT operate stock 403 denied ann lacks the verb operate for the connector \"stock\"",
		"ann basic GET   401 denied The user or the password is wrong.",
		"  GET   401 denied The user or the password is wrong.",
		"ann basic PUT operate orders-a 204 done",
	}
	var lines []map[string]any
	for line := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n") {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, e)
	}
	if len(lines) != len(want) {
		t.Fatalf("got %d events: %s", len(lines), text)
	}
	for i, e := range lines {
		of := func(key string) string {
			if e[key] == nil {
				return ""
			}
			return fmt.Sprint(e[key])
		}
		line := fmt.Sprintf("%s %s %s %s %s %s %s", of("principal"), of("login"), of("method"), of("verb"), of("connector"), of("status"), of("result"))
		if of("reason") != "" {
			line += " " + of("reason")
		}
		if !strings.HasPrefix(want[i], line) {
			t.Errorf("event %d: got %s, want %s", i, line, want[i])
		}
		if of("client") != "127.0.0.1" || of("worker") != s.WorkerID() || len(of("request_id")) != 24 {
			t.Errorf("event %d: %v", i, e)
		}
	}
	if lines[0]["before"] == nil || lines[0]["after"] == nil || lines[0]["before"] == lines[0]["after"] || fmt.Sprint(lines[0]["changed"]) != "[connection.password topics]" {
		t.Errorf("a change: %v", lines[0])
	}
	if lines[1]["before"] != nil || lines[1]["after"] == nil || lines[2]["before"] == nil || lines[2]["after"] != nil {
		t.Errorf("creation and end: %v %v", lines[1], lines[2])
	}
	if id := got.headers.Get(requestID); id == "" || id != lines[6]["request_id"] {
		t.Errorf("request id %q, in the audit %v", id, lines[6]["request_id"])
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	users := write(t, "users", "ann=a\n")
	for name, c := range map[string]struct {
		pairs map[string]string
		want  bool
	}{
		"as Java":     {nil, false},
		"asked for":   {map[string]string{"moldau.rest.security.headers": "true"}, true},
		"with logins": {map[string]string{usersFile: users}, true},
		"turned off":  {map[string]string{usersFile: users, "moldau.rest.security.headers": "false"}, false},
	} {
		s, _ := newServer(t, c.pairs, nil)
		s.RegisterResources(newOwner())
		for _, path := range []string{"/connectors", "/nowhere", "/a%2fb"} {
			h := sendAs(t, nil, "GET", s.URLs()[0]+path, "", "").headers
			if got := h.Get("X-Content-Type-Options") == "nosniff" && strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") &&
				strings.Contains(h.Get("Cache-Control"), "no-store"); got != c.want {
				t.Errorf("%s, %s: %v", name, path, h)
			}
		}
	}
}

func TestOpenWorkersSaySo(t *testing.T) {
	t.Parallel()
	const warning = "without asking for a login"
	for name, c := range map[string]struct {
		pairs map[string]string
		want  int
	}{
		"this machine":       {map[string]string{"listeners": "http://127.0.0.1:0"}, 0},
		"everywhere":         {map[string]string{"listeners": "http://:0"}, 1},
		"two":                {map[string]string{"listeners": "http://0.0.0.0:0", "admin.listeners": "http://[::]:0"}, 1},
		"admin only":         {map[string]string{"admin.listeners": "http://:0"}, 1},
		"everywhere, logins": {map[string]string{"listeners": "http://:0", usersFile: write(t, "users", "ann=a\n")}, 0},
	} {
		s, out := newServer(t, c.pairs, nil)
		if got := strings.Count(out.String(), warning); got != c.want {
			t.Errorf("%s (%v): said %d times: %s", name, s.URLs(), got, out)
		}
	}
}
