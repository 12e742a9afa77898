package logs

import (
	"container/list"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Hidden stands where a secret stood, as in Java's texts of a Password.
const Hidden = "[hidden]"

const (
	// shortest is the length of the shortest text that is hidden: shorter ones are in every line by chance.
	shortest = 4
	// alone is the length below which a secret is hidden only where it stands alone, not within a longer word; aloneWord is that of secrets that are
	// a word themselves, such as "password".
	alone     = 8
	aloneWord = 16
	// mostSecrets bounds memory: of secrets that change all the time those are forgotten that were added longest ago.
	mostSecrets = 8192
)

// Redactor takes secrets out of texts. It is the last line of defence: types keep secrets out of texts to begin with (config.Secret), and
// whatever leaves the process passes through here in case some text quotes one all the same (invariant I5). It may be used from any goroutine;
// the nil Redactor leaves every text as it is.
type Redactor struct {
	mu sync.RWMutex
	// forms are the texts to hide, the longest first.
	forms []string
	// order holds the secrets that may be forgotten, each a *known, in the order they were added last; of finds them there.
	order list.List
	of    map[string]*list.Element
	// kept holds the forms of those that may not.
	kept map[string][]string
}

type known struct {
	secret string
	forms  []string
}

// NewRedactor returns a Redactor that knows no secret yet.
func NewRedactor() *Redactor {
	return &Redactor{of: map[string]*list.Element{}, kept: map[string][]string{}}
}

// Add makes secrets known, in the forms that they take in quoted text, JSON and URLs. Those of fewer than four characters are not hidden. Of a
// text of several lines each line is a secret too, since an error may quote the one it cannot read.
func (r *Redactor) Add(secrets ...string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	changed := false
	for _, secret := range secrets {
		if utf8.RuneCountInString(secret) < shortest {
			continue
		}
		if known := r.of[secret]; known != nil {
			r.order.MoveToBack(known)
			continue
		}
		r.of[secret] = r.order.PushBack(&known{secret, formsOf(secret)})
		changed = true
	}
	if !changed {
		return
	}
	for r.order.Len() > mostSecrets {
		oldest := r.order.Remove(r.order.Front()).(*known)
		delete(r.of, oldest.secret)
	}
	r.sort()
}

// Keep makes secrets known as Add does, and never forgets them: those that the process has for as long as it runs.
func (r *Redactor) Keep(secrets ...string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, secret := range secrets {
		if utf8.RuneCountInString(secret) >= shortest && r.kept[secret] == nil {
			r.kept[secret] = formsOf(secret)
		}
	}
	r.sort()
}

func (r *Redactor) sort() {
	r.forms = r.forms[:0:0]
	for e := r.order.Front(); e != nil; e = e.Next() {
		r.forms = append(r.forms, e.Value.(*known).forms...)
	}
	for _, forms := range r.kept {
		r.forms = append(r.forms, forms...)
	}
	slices.SortFunc(r.forms, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	r.forms = slices.Compact(r.forms)
}

func formsOf(secret string) []string {
	forms := []string{secret}
	add := func(form string) {
		if utf8.RuneCountInString(form) >= shortest && !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	inner := func(quoted string) string { return quoted[1 : len(quoted)-1] }
	add(strings.TrimSpace(secret))
	if text, err := json.Marshal(secret); err == nil {
		add(inner(string(text)))
	}
	add(inner(strconv.Quote(secret)))
	add(url.QueryEscape(secret))
	add(url.PathEscape(secret))
	add(strings.TrimPrefix(url.UserPassword("u", secret).String(), "u:"))
	const longLine = 16
	for line := range strings.Lines(secret) {
		if line = strings.TrimSpace(line); len(line) >= longLine && len(line) < len(secret) && !strings.HasPrefix(line, "-----") {
			add(line)
		}
	}
	return forms
}

// Redact returns the text with [hidden] in place of every known secret.
func (r *Redactor) Redact(text string) string {
	if r == nil || text == "" {
		return text
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, form := range r.forms {
		if len(form) <= len(text) && strings.Contains(text, form) {
			text = hide(text, form)
		}
	}
	return text
}

// hide replaces a secret where it stands, a short one only where it is no part of a longer word or name: a password "kafka" must not make
// org.apache.kafka.connect unreadable.
func hide(text, secret string) string {
	if len(secret) >= aloneWord || len(secret) >= alone && !isWord(secret) {
		return strings.ReplaceAll(text, secret, Hidden)
	}
	joints := nameJoints
	if !isWord(secret) {
		joints = "" // words with digits or signs are hardly parts of names, but passwords in URLs
	}
	var b strings.Builder
	for from := 0; ; {
		i := strings.Index(text[from:], secret)
		if i < 0 {
			b.WriteString(text[from:])
			return b.String()
		}
		at, end := from+i, from+i+len(secret)
		b.WriteString(text[from:at])
		// USER/PASSWORD@HOST is how Oracle's URLs have it.
		inURL := strings.HasSuffix(text[:at], "/") && strings.HasPrefix(text[end:], "@")
		if !inURL && (endsInName(text[:at], joints) || beginsInName(text[end:], joints)) {
			b.WriteString(secret)
		} else {
			b.WriteString(Hidden)
		}
		from = end
	}
}

func isWord(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
}

// nameJoints connect the words of a name: kafka.connect, my-connector, a/path.
const nameJoints = "-._/$"

func endsInName(text, joints string) bool {
	last, size := utf8.DecodeLastRuneInString(text)
	if strings.ContainsRune(joints, last) {
		last, _ = utf8.DecodeLastRuneInString(text[:len(text)-size])
	}
	return inWord(last)
}

func beginsInName(text, joints string) bool {
	first, size := utf8.DecodeRuneInString(text)
	if strings.ContainsRune(joints, first) {
		first, _ = utf8.DecodeRuneInString(text[size:])
	}
	return inWord(first)
}

func inWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
