package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// conversation is a file of cases on its way against a worker.
type conversation struct {
	file       *File
	profile    string
	bases      map[string]string
	bootstrap  string
	auth, cert string
	vars       vars
	exceptions *Exceptions
	// in names the workers, which are a group where group is true.
	in    string
	group bool
}

// result is the outcome of one step.
type result struct {
	id   string
	step int
	what string
	// diffs is empty where the answer was as recorded; except is the exception that allows them.
	diffs  []string
	except *Exception
}

func (r result) String() string {
	return fmt.Sprintf("%s#%d %s: %s", r.id, r.step, r.what, strings.Join(r.diffs, "; "))
}

// run does every case and reports every step that has a recorded answer.
func (c *conversation) run(ctx context.Context, report func(result)) error {
	if err := c.clean(ctx); err != nil {
		return err
	}
	for i := range c.file.Cases {
		one := &c.file.Cases[i]
		if !one.in(c.profile, c.file) {
			continue
		}
		for n, s := range one.Steps {
			if !s.in(c.profile) {
				continue
			}
			except, _ := c.exceptions.Find(c.file.Name, one.ID, n+1, c.in)
			diffs, compared, err := c.step(ctx, s, except != nil)
			if err != nil {
				return fmt.Errorf("%s#%d: %w", one.ID, n+1, err)
			}
			if compared {
				report(result{one.ID, n + 1, what(s), diffs, except})
			}
		}
	}
	return c.clean(ctx)
}

func what(s Step) string {
	for _, k := range []string{"http", "file", "consume"} {
		if text, ok := s.text(k); ok {
			if len(text) > 100 {
				return text[:100] + "…"
			}
			return text
		}
	}
	return ""
}

// step does one step. compared says whether there is a recorded answer.
func (c *conversation) step(ctx context.Context, s Step, except bool) (diffs []string, compared bool, err error) {
	var do func(context.Context, Step) (map[string]any, error)
	switch {
	case s["http"] != nil:
		do = c.http
	case s["consume"] != nil:
		do = c.consume
	case s["file"] != nil:
		do = c.readFile
	default:
		return nil, false, c.prepare(ctx, s)
	}
	want, compared := s.want(c.profile)
	limit := 40 * time.Second
	until, hasUntil := s["until"].(map[string]any)
	if n, ok := until["timeout_s"].(json.Number); ok {
		seconds, err := n.Int64()
		if err != nil {
			return nil, false, err
		}
		limit = time.Duration(seconds) * time.Second
	}
	m := &matcher{vars: c.on(s), defs: c.file.Defs, later: c.exceptions.Later, beside: c.exceptions.Beside}
	for end := time.Now().Add(limit); ; {
		got, err := do(ctx, s)
		if err != nil || !compared {
			return nil, false, err
		}
		diffs := m.compare(want, got)
		busy := got["status"] == json.Number("409") && rebalance.MatchString(short(got["json"])) && s["no_retry"] == nil
		// A group answers a restart before its workers begin it, so that the state of before may still be seen, and then a restart that comes next sees
		// RESTARTING. One of what has failed can be asked for again.
		text, _ := s.text("http")
		settling := c.group && strings.Contains(text, "onlyFailed=true")
		if len(diffs) == 0 || except || !hasUntil && !busy && !settling || time.Now().After(end) {
			return diffs, true, nil
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return nil, false, err
		}
	}
}

// on returns the variables for a step: BASE is the worker that it goes to.
func (c *conversation) on(s Step) vars {
	base, ok := c.bases[textOf(s["on"])]
	if !ok {
		return c.vars
	}
	v := maps.Clone(c.vars)
	v["BASE"] = base
	return v
}

var rebalance = regexp.MustCompile(`(?i)rebalance|stale configuration|conflicting operation`)

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (c *conversation) readFile(_ context.Context, s Step) (map[string]any, error) {
	path, _ := s.text("file")
	data, err := os.ReadFile(c.vars.text(path))
	if os.IsNotExist(err) {
		return map[string]any{"missing": true}, nil
	}
	return map[string]any{"text": string(data)}, err
}

// prepare does a step that has no answer.
func (c *conversation) prepare(ctx context.Context, s Step) error {
	if path, ok := s.text("write"); ok {
		return c.write(ctx, c.vars.text(path), s)
	}
	if path, ok := s.text("remove"); ok {
		return os.RemoveAll(c.vars.text(path))
	}
	if path, ok := s.text("mkdir"); ok {
		return os.MkdirAll(c.vars.text(path), 0o755)
	}
	if n, ok := s["sleep"].(json.Number); ok {
		seconds, err := n.Float64()
		if err != nil {
			return err
		}
		return pause(ctx, time.Duration(seconds*float64(time.Second)))
	}
	switch {
	case s["clean"] != nil:
		return c.clean(ctx)
	case s["create_topic"] != nil:
		return c.createTopic(ctx, s)
	case s["produce"] != nil:
		return c.produce(ctx, s)
	}
	return fmt.Errorf("unknown step %s", short(map[string]any(s)))
}

func (c *conversation) write(ctx context.Context, path string, s Step) error {
	if s["append"] != nil && c.group {
		// A change of a connector's configuration reaches its tasks by a rebalance. Java's file source looks for more lines once a second, so that
		// those of the recordings were read by the new task; Moldau's sees them at once.
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	flags := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if s["append"] != nil {
		flags = os.O_CREATE | os.O_WRONLY | os.O_APPEND
	}
	f, err := os.OpenFile(path, flags, 0o644)
	if err != nil {
		return err
	}
	text, _ := s.text("text")
	if _, err := f.WriteString(c.vars.text(text)); err != nil {
		return err
	}
	return f.Close()
}

// clean deletes all connectors whose names a URI can carry.
func (c *conversation) clean(ctx context.Context) error {
	headers := map[string]string{}
	if c.auth != "" {
		headers["Authorization"] = basic(c.auth)
	}
	call := func(method, path string) (*response, error) {
		return (&request{base: c.bases["main"], method: method, path: path, headers: headers, cert: c.cert}).send(ctx)
	}
	var stuck []string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		res, err := call(http.MethodGet, "/connectors")
		if err != nil {
			return err
		}
		var names []string
		if err := json.Unmarshal(res.body, &names); err != nil {
			return fmt.Errorf("listing connectors: status %d: %s", res.status, res.body)
		}
		names = slices.DeleteFunc(names, func(n string) bool { return slices.Contains(stuck, n) })
		if len(names) == 0 {
			return nil
		}
		for _, n := range names {
			res, err := call(http.MethodDelete, "/connectors/"+url.PathEscape(n))
			if err != nil {
				return err
			}
			if res.status == http.StatusBadRequest {
				stuck = append(stuck, n)
			}
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("connectors are still there after a minute")
}
