package javafmt

import "unicode"

// placeNode holds at places of the text; it takes nothing.
type placeNode struct {
	base
	holds func(m *matcher, i int) bool
}

func (n *placeNode) match(m *matcher, i int) bool { return n.holds(m, i) && n.then(m, i) }

func atStart(_ *matcher, i int) bool { return i == 0 }

func atEnd(m *matcher, i int) bool { return i == len(m.text) }

func atLastEnd(m *matcher, i int) bool { return i == m.lastEnd }

// atLineStart is ^ with the flag m. There is no line after a line end that ends the text.
func atLineStart(m *matcher, i int) bool {
	if i == len(m.text) {
		return false
	}
	if i == 0 {
		return true
	}
	r, _ := decodeRune(m.text[m.before(i):])
	return isLineEnd(r) && !(r == '\r' && m.text[i] == '\n')
}

func atUnixLineStart(m *matcher, i int) bool {
	return i < len(m.text) && (i == 0 || m.text[i-1] == '\n')
}

func isLineEnd(r rune) bool { return r == '\n' || r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029 }

// atLineEnd is $ with the flag m.
func atLineEnd(m *matcher, i int) bool {
	if i == len(m.text) {
		return true
	}
	r, _ := m.runeAt(i)
	return isLineEnd(r) && !(r == '\n' && i > 0 && m.text[i-1] == '\r')
}

// atLastLineEnd is $ and \Z: the end, or before a line end that ends the text.
func atLastLineEnd(m *matcher, i int) bool {
	if !atLineEnd(m, i) {
		return false
	}
	rest := m.text[i:]
	_, n := decodeRune(rest)
	return rest == "" || len(rest) == n || rest == "\r\n"
}

func atUnixLineEnd(m *matcher, i int) bool { return i == len(m.text) || m.text[i] == '\n' }

func atLastUnixLineEnd(m *matcher, i int) bool { return i == len(m.text) || m.text[i:] == "\n" }

// wordBound is \b and \B. Unlike \w, it takes letters and digits of all scripts, and marks upon them, even without the flag U.
func wordBound(want bool, word func(rune) bool) func(m *matcher, i int) bool {
	inWord := func(m *matcher, i int) bool {
		r, _ := m.runeAt(i)
		if word(r) {
			return true
		}
		if !unicode.Is(unicode.Mn, r) {
			return false
		}
		for i > 0 {
			i = m.before(i)
			if r, _ = m.runeAt(i); unicode.In(r, unicode.L, unicode.Nd) {
				return true
			} else if !unicode.Is(unicode.Mn, r) {
				return false
			}
		}
		return false
	}
	return func(m *matcher, i int) bool {
		left := i > 0 && inWord(m, m.before(i))
		right := i < len(m.text) && inWord(m, i)
		return (left != right) == want
	}
}

func isWordBase(r rune) bool { return r == '_' || unicode.In(r, unicode.L, unicode.Nd) }
