package javafmt

import (
	"strings"
	"unicode"
)

// graphemeNode is \X: what a reader takes for one character.
type graphemeNode struct{ base }

func (n *graphemeNode) match(m *matcher, i int) bool {
	return i < len(m.text) && n.then(m, graphemeEnd(m, i))
}

// study takes the greatest length for 0, as Java does: a lookbehind with \X never holds.
func (n *graphemeNode) study(t *treeInfo) {
	t.min++
	n.studyNext(t)
}

// graphemeBound is \b{g}: a place between two such characters. They are counted from the start of the text.
func graphemeBound(m *matcher, i int) bool {
	at := 0
	for at < i {
		at = graphemeEnd(m, at)
	}
	return at == i
}

// graphemeEnd returns where the grapheme cluster that starts at i ends (Unicode Annex 29, extended clusters).
func graphemeEnd(m *matcher, i int) int {
	if strings.HasPrefix(m.text[i:], "\r\n") {
		return i + 2
	}
	r, n := m.runeAt(i)
	i += n
	if isGraphemeControl(r) {
		return i
	}
	regional := isRegional(r)
	pictograph := isPictograph(r)
	joined := false
	for i < len(m.text) {
		next, size := m.runeAt(i)
		switch {
		case isExtend(next) || unicode.Is(unicode.Mc, next):
		case regional && isRegional(next):
			regional = false
		case joined && pictograph && isPictograph(next):
		case hangulJoins(r, next):
		default:
			return i
		}
		joined = next == 0x200d
		if !isExtend(next) {
			r = next
			pictograph = isPictograph(next)
		}
		i += size
	}
	return i
}

func isGraphemeControl(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) || unicode.Is(unicode.Cf, r) && !isExtend(r)
}

func isExtend(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Other_Grapheme_Extend) || r == 0x200d || r >= 0x1f3fb && r <= 0x1f3ff
}

func isRegional(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

func isPictograph(r rune) bool {
	return r == 0xa9 || r == 0xae || r >= 0x2190 && r <= 0x2bff && unicode.Is(unicode.So, r) || r >= 0x1f000 && r <= 0x1faff && !isRegional(r) &&
		!(r >= 0x1f3fb && r <= 0x1f3ff)
}

// hangulJoins tells whether two Korean letters or syllables form one syllable.
func hangulJoins(a, b rune) bool {
	lead := func(r rune) bool { return r >= 0x1100 && r <= 0x115f || r >= 0xa960 && r <= 0xa97c }
	vowel := func(r rune) bool { return r >= 0x1160 && r <= 0x11a7 || r >= 0xd7b0 && r <= 0xd7c6 }
	trail := func(r rune) bool { return r >= 0x11a8 && r <= 0x11ff || r >= 0xd7cb && r <= 0xd7fb }
	syllable := func(r rune) bool { return r >= 0xac00 && r <= 0xd7a3 }
	open := func(r rune) bool { return syllable(r) && (r-0xac00)%28 == 0 }
	switch {
	case lead(a):
		return lead(b) || vowel(b) || syllable(b)
	case vowel(a) || open(a):
		return vowel(b) || trail(b)
	}
	return (trail(a) || syllable(a)) && trail(b)
}
