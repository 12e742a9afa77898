package javafmt

import (
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// maxDepth bounds the nesting of repeated groups, each some hundred bytes of stack.
	maxDepth = 50_000
	// maxRemembered is the size up to which a memory of failures is kept for the next match.
	maxRemembered = 1 << 12
	// clockSteps is how many steps go by between two looks at the clock.
	clockSteps = 1 << 12
)

// matcher is the state of one match.
type matcher struct {
	re     *Regex
	text   string
	groups []int
	locals []int
	failed []map[int]bool

	first, last  int
	lastEnd      int // where the last match ended, for \G
	lookbehindTo int
	anchored     bool

	steps    int
	depth    int
	deadline time.Time
	err      error
}

func newMatcher(re *Regex) *matcher {
	return &matcher{re: re, groups: make([]int, 2*re.groups), locals: make([]int, re.locals), failed: make([]map[int]bool, re.loops)}
}

func (m *matcher) reset(text string, lastEnd int) {
	m.text, m.lastEnd = text, lastEnd
	for i := range m.groups {
		m.groups[i] = -1
	}
	for i := range m.locals {
		m.locals[i] = -1
	}
	for i, f := range m.failed {
		if len(f) > maxRemembered {
			m.failed[i] = nil
		}
		clear(f)
	}
	m.steps, m.depth, m.err = 0, 0, nil
	m.deadline = time.Time{}
}

func (m *matcher) whole(text string) (bool, error) {
	m.reset(text, 0)
	m.anchored = true
	m.first = 0
	ok := m.re.start.match(m, 0)
	return ok && m.err == nil, m.err
}

// find searches from a position on.
func (m *matcher) find(text string, from, lastEnd int) (bool, error) {
	m.reset(text, lastEnd)
	m.anchored = false
	for i := from; ; {
		m.first = i
		if m.re.start.match(m, i) || m.err != nil {
			return m.err == nil, m.err
		}
		if i >= len(text) {
			return false, nil
		}
		_, n := decodeRune(text[i:])
		i += n
	}
}

func (m *matcher) result() *Match {
	return &Match{re: m.re, text: m.text, at: append([]int(nil), m.groups...)}
}

// step counts a step; it returns false when the match must stop.
func (m *matcher) step() bool {
	m.steps++
	if m.steps%clockSteps == 0 && m.err == nil {
		now := time.Now()
		if m.deadline.IsZero() {
			// The first look comes after some microseconds; the clock starts there.
			m.deadline = now.Add(m.re.limit)
		} else if now.After(m.deadline) {
			m.err = ErrMatchTimeout
		}
	}
	return m.err == nil
}

// enter counts one more level of repeated groups.
func (m *matcher) enter() bool {
	m.depth++
	if m.depth > maxDepth && m.err == nil {
		m.err = ErrMatchDepth
	}
	return m.step()
}

func (m *matcher) leave() { m.depth-- }

// runeAt decodes the character at i, which must not be the end.
func (m *matcher) runeAt(i int) (rune, int) {
	if c := m.text[i]; c < 0x80 {
		return rune(c), 1
	}
	return decodeRune(m.text[i:])
}

// before returns the start of the character that ends at i.
func (m *matcher) before(i int) int {
	if m.text[i-1] < utf8.RuneSelf {
		return i - 1
	}
	if i >= 3 {
		if r, n := decodeRune(m.text[i-3 : i]); n == 3 && utf16.IsSurrogate(r) {
			return i - 3
		}
	}
	_, n := utf8.DecodeLastRuneInString(m.text[:i])
	return i - n
}
