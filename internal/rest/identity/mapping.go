package identity

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
)

// ruleTime bounds how long a rule may take for one name.
const ruleTime = time.Second

// Mapping makes names of the subjects of certificates, by the rules of Kafka's ssl.principal.mapping.rules (SslPrincipalMapper): the first rule
// that fits decides. Its methods may be called by several goroutines.
type Mapping struct{ rules []rule }

// rule is RULE:pattern/replacement/case; without a pattern it is DEFAULT.
type rule struct {
	pattern     *javafmt.Regex
	replacement string
	letters     func(string) string
}

// The two expressions are Java's: what stands between slashes may hold commas, and slashes behind a backslash.
const (
	rulePattern  = `(DEFAULT)|RULE:((\\.|[^\\/])*)/((\\.|[^\\/])*)/([LU]?).*?|(.*?)`
	ruleSplitter = `\s*(` + rulePattern + `)\s*(,\s*|$)`
)

// ParseMapping reads rules separated by commas. An empty text is an error: no certificate would have a name.
func ParseMapping(text string) (*Mapping, error) {
	splitter, err := javafmt.Compile(ruleSplitter, 0)
	if err != nil {
		return nil, err
	}
	parser, err := javafmt.Compile(rulePattern, 0)
	if err != nil {
		return nil, err
	}
	m := &Mapping{}
	var problem error
	if err := splitter.FindAll(strings.TrimSpace(text), func(found *javafmt.Match) bool {
		one, _ := found.Group(1)
		problem = m.add(one, parser)
		return problem == nil
	}); err != nil {
		return nil, err
	}
	if problem == nil && len(m.rules) == 0 {
		problem = errors.New("there is no rule, so that no certificate would have a name; write DEFAULT for the whole subject")
	}
	return m, problem
}

// add reads one rule; an empty one counts for nothing.
func (m *Mapping) add(text string, parser *javafmt.Regex) error {
	found, err := parser.Find(text)
	if err != nil {
		return err
	}
	if found == nil || found.Start(0) != 0 {
		return fmt.Errorf("Invalid rule: %s", text)
	}
	if end := found.End(0); end != len(text) {
		return fmt.Errorf("Invalid rule: `%s`, unmatched substring: `%s`", text, text[end:])
	}
	if _, isDefault := found.Group(1); isDefault {
		m.rules = append(m.rules, rule{})
		return nil
	}
	pattern, given := found.Group(2)
	if !given {
		return nil
	}
	r := rule{letters: func(s string) string { return s }}
	r.replacement, _ = found.Group(4)
	switch letters, _ := found.Group(6); letters {
	case "L":
		r.letters = strings.ToLower
	case "U":
		r.letters = strings.ToUpper
	}
	compiled, err := javafmt.Compile(pattern, 0)
	if err != nil {
		return fmt.Errorf("Invalid rule: `%s`: %w", text, err)
	}
	r.pattern = compiled.WithLimit(ruleTime)
	m.rules = append(m.rules, r)
	return nil
}

// Name returns the name of a subject; an error where no rule fits or the one that does makes no name of it.
func (m *Mapping) Name(subject string) (string, error) {
	for _, r := range m.rules {
		name, fits, err := r.apply(subject)
		if err != nil {
			return "", err
		}
		if fits && name == "" {
			return "", fmt.Errorf("a rule makes an empty name of the subject %s", subject)
		}
		if fits {
			return name, nil
		}
	}
	return "", fmt.Errorf("no rule applies to the subject %s", subject)
}

func (r rule) apply(subject string) (name string, fits bool, err error) {
	if r.pattern == nil {
		return subject, true, nil
	}
	if fits, err := r.pattern.Matches(subject); err != nil || !fits {
		return "", false, err
	}
	name, err = r.pattern.ReplaceAll(subject, escapeReferences(r.replacement, r.pattern.GroupCount()))
	return r.letters(name), true, err
}

// escapeReferences makes literals of references to groups that there are none of, but where there are no groups at all
// (SslPrincipalMapper.escapeLiteralBackReferences). A reference of several digits may still be a shorter one with digits behind it.
func escapeReferences(replacement string, groups int) string {
	if groups == 0 {
		return replacement
	}
	var b strings.Builder
	for i := range len(replacement) {
		if replacement[i] == '$' && i+1 < len(replacement) {
			if digit := replacement[i+1]; digit >= '1' && digit <= '9' && int(digit-'0') > groups {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(replacement[i])
	}
	return b.String()
}
