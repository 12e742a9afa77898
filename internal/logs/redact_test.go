package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	r := NewRedactor()
	r.Add("abc", "root", "hunter22", `p"w\d/&ü`, "line one of a key that is long\nline two of a key that is long\n", "hunter22-longer", "password", "abcdefghijklmnop", "tiger12", "lion")
	asJSON, err := json.Marshal(`p"w\d/&ü`)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"":                        "",
		"abc stays":               "abc stays",
		"rootless, uproot; root.": "rootless, uproot; [hidden].",
		"root":                    "[hidden]",
		"rootroot root,root":      "rootroot [hidden],[hidden]",
		"org.root.x x-root /a/root/b :root@ root.": "org.root.x x-root /a/root/b :[hidden]@ [hidden].",
		"ssl.key.password password=password":       "ssl.key.password [hidden]=[hidden]",
		"xabcdefghijklmnopx":                       "x[hidden]x",
		"xhunter22x":                               "x[hidden]x",
		"hunter22-longer":                          "[hidden]",
		"jdbc:oracle:thin:scott/tiger12@db /api/tiger12/x a.tiger12.b a_tiger12 tiger12-0 xtiger12 tiger123": "jdbc:oracle:thin:scott/[hidden]@db /api/[hidden]/x a.[hidden].b a_[hidden] [hidden]-0 xtiger12 tiger123",
		"jdbc:oracle:thin:scott/lion@db http://u:lion@db /api/lion/x sealion/lion":                           "jdbc:oracle:thin:scott/[hidden]@db http://u:[hidden]@db /api/lion/x sealion/lion",
		"json " + string(asJSON):                  `json "[hidden]"`,
		"quoted " + fmt.Sprintf("%q", `p"w\d/&ü`): `quoted "[hidden]"`,
		"query " + url.QueryEscape(`p"w\d/&ü`):    "query [hidden]",
		"path " + url.PathEscape(`p"w\d/&ü`):      "path [hidden]",
		"user " + (&url.URL{Scheme: "x", Host: "h", User: url.UserPassword("u", `p"w\d/&ü`)}).String(): "user x://u:[hidden]@h",
		"cannot read: line two of a key that is long":                                                  "cannot read: [hidden]",
	} {
		if got := r.Redact(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	var none *Redactor
	none.Add("secret")
	if none.Redact("secret") != "secret" {
		t.Error("the nil Redactor changed a text")
	}
}

func TestOldestSecretsAreForgotten(t *testing.T) {
	t.Parallel()
	r := NewRedactor()
	all := make([]string, mostSecrets+1)
	for i := range all {
		all[i] = fmt.Sprintf("secret-%09d", i)
	}
	r.Add(all...)
	if r.Redact(all[0]) != all[0] || r.Redact(all[1]) != Hidden || r.Redact(all[len(all)-1]) != Hidden {
		t.Error("not the oldest was forgotten")
	}
}

func TestSecretsInUseAreKept(t *testing.T) {
	t.Parallel()
	r := NewRedactor()
	r.Keep("of the worker", "abc")
	r.Add("in use", "forgotten")
	all := make([]string, mostSecrets-1)
	for i := range all {
		all[i] = fmt.Sprintf("secret-%09d", i)
	}
	r.Add("in use")
	r.Add(all...)
	if got := r.Redact("of the worker, in use, forgotten, abc"); got != "[hidden], [hidden], forgotten, abc" {
		t.Errorf("got %s", got)
	}
	var none *Redactor
	none.Keep("secret")
}

func TestHandlerHidesSecrets(t *testing.T) {
	t.Parallel()
	r := NewRedactor()
	var out bytes.Buffer
	log := slog.New(NewHandler(&out, NewLevels(LevelTrace)).Hiding(r)).With("fixed", "s3cr3t-value")
	var wg sync.WaitGroup
	wg.Go(func() { r.Add("s3cr3t-value") })
	wg.Wait()
	log.WithGroup("g").Debug("message s3cr3t-value", "a", "x s3cr3t-value", "error", errors.New("bad s3cr3t-value"))
	log.Error("failed", "error", fmt.Errorf("outer s3cr3t-value: %w", errors.New("inner s3cr3t-value")), "trace", "at s3cr3t-value")
	if strings.Contains(out.String(), "s3cr3t") || strings.Count(out.String(), Hidden) < 6 {
		t.Errorf("got %s", out.String())
	}
}
