package javafmt

import (
	"errors"
	"strings"
	"sync"
	"time"
)

// The flags of java.util.regex.Pattern.
const (
	UnixLines             = 0x01
	CaseInsensitive       = 0x02
	Comments              = 0x04
	Multiline             = 0x08
	Literal               = 0x10
	DotAll                = 0x20
	UnicodeCase           = 0x40
	CanonEq               = 0x80
	UnicodeCharacterClass = 0x100
)

// PatternSyntaxException is the class of errors of Compile.
const PatternSyntaxException = "java.util.regex.PatternSyntaxException"

// IndexOutOfBounds is the class of errors that name a group which does not exist.
const IndexOutOfBounds = "java.lang.IndexOutOfBoundsException"

// MatchLimit is how long one match may take unless WithLimit says otherwise. Backtracking can take time exponential in the length of the text.
const MatchLimit = time.Second

var (
	// ErrMatchTimeout is the error of a match that took longer than its limit.
	ErrMatchTimeout = errors.New("the regular expression took too long to match: backtracking explodes on this text")
	// ErrMatchDepth is the error of a match nested deeper than memory allows; Java throws StackOverflowError, and does so much earlier.
	ErrMatchDepth = errors.New("the regular expression needs too much memory to match: it repeats a group too often on this text")
)

// Regex is a compiled java.util.regex.Pattern. It backtracks as Java does, node by node, since what groups hold in the end depends on the order in
// which ways are tried. It is safe for use by several goroutines.
type Regex struct {
	pattern string
	limit   time.Duration
	start   node
	groups  int // with group 0
	locals  int
	loops   int // loops that remember where they failed
	names   map[string]int
	// literal is the pattern where it is plain text, for which no machinery is needed.
	literal  string
	matchers *sync.Pool
}

// Compile compiles a pattern with flags, 0 for none. A bad pattern gives an Exception of class PatternSyntaxException with Java's message.
func Compile(pattern string, flags int) (*Regex, error) {
	p := newPatternParser(pattern, flags)
	start, err := p.compile()
	if err != nil {
		return nil, err
	}
	re := &Regex{
		pattern: pattern, limit: MatchLimit, start: start,
		groups: p.groups, locals: p.locals, loops: p.rememberLoops(), names: p.names,
	}
	if flags == 0 && pattern != "" && !strings.ContainsAny(pattern, `\^$.|?*+()[]{}`) {
		re.literal = pattern
	}
	re.matchers = &sync.Pool{New: func() any { return newMatcher(re) }}
	return re, nil
}

// WithLimit returns a Regex whose matches may take that long.
func (re *Regex) WithLimit(limit time.Duration) *Regex {
	c := *re
	c.limit = limit
	c.matchers = &sync.Pool{New: func() any { return newMatcher(&c) }}
	return &c
}

// String returns the pattern.
func (re *Regex) String() string { return re.pattern }

// GroupCount returns the number of capturing groups, group 0 not counted.
func (re *Regex) GroupCount() int { return re.groups - 1 }

// GroupIndex returns the number of a named group and whether there is one.
func (re *Regex) GroupIndex(name string) (int, bool) {
	i, ok := re.names[name]
	return i, ok
}

// Match is one match. Positions are in bytes of the text.
type Match struct {
	re   *Regex
	text string
	at   []int
}

// Group returns the text of a group and whether it took part in the match. Group 0 is the whole match.
func (m *Match) Group(i int) (string, bool) {
	if m.at[2*i] < 0 {
		return "", false
	}
	return m.text[m.at[2*i]:m.at[2*i+1]], true
}

// Named returns the text of a named group and whether it exists and took part in the match.
func (m *Match) Named(name string) (string, bool) {
	i, ok := m.re.names[name]
	if !ok {
		return "", false
	}
	return m.Group(i)
}

// Start returns where group i starts, -1 where it took no part.
func (m *Match) Start(i int) int { return m.at[2*i] }

// End returns where group i ends, -1 where it took no part.
func (m *Match) End(i int) int { return m.at[2*i+1] }

// Matches tells whether the whole text matches (Matcher.matches). The error is ErrMatchTimeout or ErrMatchDepth.
func (re *Regex) Matches(text string) (bool, error) {
	if re.literal != "" {
		return text == re.literal, nil
	}
	m := re.matchers.Get().(*matcher)
	defer re.release(m)
	return m.whole(text)
}

// MatchWhole returns the match of the whole text, nil where it does not match (Matcher.matches). Errors are those of Matches.
func (re *Regex) MatchWhole(text string) (*Match, error) {
	if re.literal != "" {
		if text != re.literal {
			return nil, nil
		}
		return re.literalMatch(text, 0), nil
	}
	m := re.matchers.Get().(*matcher)
	defer re.release(m)
	ok, err := m.whole(text)
	if !ok {
		return nil, err
	}
	return m.result(), nil
}

// Find returns the first match anywhere in the text, nil where there is none (Matcher.find). Errors are those of Matches.
func (re *Regex) Find(text string) (*Match, error) {
	if re.literal != "" {
		i := strings.Index(text, re.literal)
		if i < 0 {
			return nil, nil
		}
		return re.literalMatch(text, i), nil
	}
	m := re.matchers.Get().(*matcher)
	defer re.release(m)
	ok, err := m.find(text, 0, 0)
	if !ok {
		return nil, err
	}
	return m.result(), nil
}

// FindAll calls yield for each match from left to right (Matcher.find called again and again) until it returns false. Errors are those of Matches.
func (re *Regex) FindAll(text string, yield func(*Match) bool) error {
	m := re.matchers.Get().(*matcher)
	defer re.release(m)
	from, last := 0, 0
	for from <= len(text) {
		ok, err := m.find(text, from, last)
		if !ok {
			return err
		}
		found := m.result()
		if !yield(found) {
			return nil
		}
		last = found.End(0)
		from = last
		if found.Start(0) == last {
			// After an empty match the search goes on one character further.
			_, n := decodeRune(text[from:])
			from += max(n, 1)
		}
	}
	return nil
}

func (re *Regex) literalMatch(text string, i int) *Match {
	return &Match{re: re, text: text, at: []int{i, i + len(re.literal)}}
}

func (re *Regex) release(m *matcher) {
	m.text = ""
	re.matchers.Put(m)
}
