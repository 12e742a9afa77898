//go:build unix

package ops

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/test/servers"
)

// stage is a cluster that has what a runbook is about.
type stage struct {
	*cluster
	// env are variables that the page's commands use besides CONNECT and WORKER_LOG, as NAME=value.
	env []string
	// before are things that happen before a command of the page, by its place: what others do, as the page says.
	before map[int]func()
}

// scenario brings a cluster into the state that a page is about.
type scenario struct {
	page   string
	induce func(t *testing.T) *stage
	// answers are regular expressions that the outputs of the page's commands must match, in their order.
	answers []string
}

// TestSessions breaks workers in the way that each runbook is about and runs the commands of the page: they must show what the page says, and help.
func TestSessions(t *testing.T) {
	servers.Need(t)
	for _, program := range []string{"curl", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is not installed: apt-get install %s", program, program)
		}
	}
	pages := map[string]page{}
	for _, p := range readPages(t) {
		pages[p.name] = p
	}
	scenarios := allScenarios()
	// Few at a time: each has processes of its own.
	slots := make(chan struct{}, 3)
	for _, s := range scenarios {
		p, ok := pages[s.page]
		if !ok {
			t.Errorf("there is no page %s.md", s.page)
		}
		delete(pages, s.page)
		t.Run(s.page, func(t *testing.T) {
			t.Parallel()
			slots <- struct{}{}
			t.Cleanup(func() { <-slots })
			if len(p.commands) != len(s.answers) {
				t.Fatalf("the page has %d commands, the scenario %d answers", len(p.commands), len(s.answers))
			}
			st := s.induce(t)
			var session strings.Builder
			for i, command := range p.commands {
				if f := st.before[i]; f != nil {
					f()
				}
				fmt.Fprintf(&session, "$ %s\n%s", command, st.clean(st.run(t, command, regexp.MustCompile(s.answers[i]))))
			}
			if os.Getenv("MOLDAU_SESSIONS") == "write" {
				if err := os.WriteFile("../../docs/runbooks/sessions/"+s.page+".txt", []byte(session.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	delete(pages, "README")
	for name := range pages {
		t.Errorf("no scenario runs %s.md", name)
	}
}

// changes says that a command does something, so that it is run once; others are repeated until they show what is waited for.
var changes = regexp.MustCompile(`-X (POST|PUT|PATCH|DELETE)|redrive|--apply|> \$|mkdir`)

// passes are refusals after which people try again: a rebalance, and a connector of which not every worker knows yet that it has stopped or whose
// consumers are still in their group.
var passes = regexp.MustCompile(`"error_code":409|zombie sink tasks|must be in the STOPPED state`)

// run runs a command of a page until its output matches.
func (s *stage) run(t *testing.T, command string, want *regexp.Regexp) string {
	t.Helper()
	var out string
	await(t, "output of "+command+" that matches "+want.String(), func() error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c := exec.CommandContext(ctx, "sh", "-c", command)
		c.Dir = s.dir
		c.Env = append(os.Environ(), "PATH="+filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+s.dir,
			"CONNECT="+s.workers[0].url, "WORKER_LOG="+s.workers[0].log)
		c.Env = append(c.Env, s.env...)
		text, err := c.CombinedOutput()
		if out = string(text); want.MatchString(out) {
			return nil
		}
		if changes.MatchString(command) && !passes.MatchString(out) {
			t.Fatalf("%s\nprinted\n%s\nand not what matches %s (%v)", command, out, want, err)
		}
		return fmt.Errorf("%s (%w)", out, err)
	})
	return out
}

// clean takes out of an output what depends on the machine and the time.
func (s *stage) clean(out string) string {
	for i, w := range s.workers {
		out = strings.ReplaceAll(out, strings.TrimPrefix(w.url, "http://"), fmt.Sprintf("worker-%d:8083", i+1))
	}
	out = strings.ReplaceAll(out, s.dir, "/srv/connect")
	out = strings.ReplaceAll(out, s.bootstrap, "kafka:9092")
	for _, r := range [][2]string{
		{`\[\d{4}-\d\d-\d\d [^]]*\]`, "[TIME]"}, {`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?`, "TIME"},
		{`\b1[789]\d{11}\b`, "MILLISECONDS"}, {`\b1[789]\d{8}\.\d+\b`, "SECONDS"}, {`(Kafka cluster )\S+`, "${1}ID"}, {`-[0-9a-f]{32}\b`, "-ID"}, {`127\.0\.0\.1:\d+`, "HOST:PORT"}, {`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`, "UUID"},
	} {
		out = regexp.MustCompile(r[0]).ReplaceAllString(out, r[1])
	}
	if out != "" && !strings.HasSuffix(out, "\n") {
		out += "\n"
	}
	return out
}
