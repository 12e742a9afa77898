package javafmt

import "strings"

// ReplaceFirst is Matcher.replaceFirst: $1 and ${name} in the replacement stand for groups, a backslash takes the next character as it is. A bad
// replacement gives an Exception of class IllegalArgument or IndexOutOfBounds, but only where there is a match. Other errors are those of Matches.
func (re *Regex) ReplaceFirst(text, replacement string) (string, error) {
	m, err := re.Find(text)
	if m == nil {
		return text, err
	}
	b := append([]byte(nil), text[:m.Start(0)]...)
	if b, err = m.expand(b, replacement); err != nil {
		return "", err
	}
	return string(append(b, text[m.End(0):]...)), nil
}

// ReplaceAll is Matcher.replaceAll, with the rules of ReplaceFirst.
func (re *Regex) ReplaceAll(text, replacement string) (string, error) {
	var b []byte
	var bad error
	done := 0
	err := re.FindAll(text, func(m *Match) bool {
		b = append(b, text[done:m.Start(0)]...)
		b, bad = m.expand(b, replacement)
		done = m.End(0)
		return bad == nil
	})
	if bad != nil {
		return "", bad
	}
	if err != nil {
		return "", err
	}
	return string(append(b, text[done:]...)), nil
}

// QuoteReplacement is Matcher.quoteReplacement: a replacement that stands for s itself.
func QuoteReplacement(s string) string {
	return strings.NewReplacer(`\`, `\\`, `$`, `\$`).Replace(s)
}

// QuotePattern is Pattern.quote: a pattern that matches s itself.
func QuotePattern(s string) string {
	return `\Q` + strings.ReplaceAll(s, `\E`, `\E\\E\Q`) + `\E`
}

// expand appends the replacement with the groups of the match in it.
func (m *Match) expand(dst []byte, replacement string) ([]byte, error) {
	for i := 0; i < len(replacement); {
		c := replacement[i]
		i++
		switch c {
		case '\\':
			if i == len(replacement) {
				return nil, badReplacement("character to be escaped is missing")
			}
			_, n := decodeRune(replacement[i:])
			dst = append(dst, replacement[i:i+n]...)
			i += n
		case '$':
			group, n, err := m.reference(replacement[i:])
			if err != nil {
				return nil, err
			}
			i += n
			text, _ := m.Group(group)
			dst = append(dst, text...)
		default:
			dst = append(dst, c)
		}
	}
	return dst, nil
}

// reference reads what stands behind a $ and returns the group and its length.
func (m *Match) reference(s string) (group, n int, err error) {
	if s == "" {
		return 0, 0, badReplacement("Illegal group reference: group index is missing")
	}
	if s[0] == '{' {
		return m.namedReference(s)
	}
	if !isASCIIDigit(rune(s[0])) {
		return 0, 0, badReplacement("Illegal group reference")
	}
	group = int(s[0] - '0')
	for n = 1; n < len(s) && isASCIIDigit(rune(s[n])); n++ {
		longer := 10*group + int(s[n]-'0')
		if m.re.GroupCount() < longer {
			break
		}
		group = longer
	}
	if group > m.re.GroupCount() {
		return 0, 0, NewException(IndexOutOfBounds, "No group "+string(appendPadded(nil, int64(group), 1)), nil)
	}
	return group, n, nil
}

func (m *Match) namedReference(s string) (group, n int, err error) {
	n = 1
	for n < len(s) && (isASCIILetter(rune(s[n])) || isASCIIDigit(rune(s[n]))) {
		n++
	}
	name := s[1:n]
	switch {
	case name == "":
		return 0, 0, badReplacement("named capturing group has 0 length name")
	case n == len(s) || s[n] != '}':
		return 0, 0, badReplacement("named capturing group is missing trailing '}'")
	case isASCIIDigit(rune(name[0])):
		return 0, 0, badReplacement("capturing group name {" + name + "} starts with digit character")
	}
	group, ok := m.re.names[name]
	if !ok {
		return 0, 0, badReplacement("No group with name {" + name + "}")
	}
	return group, n + 1, nil
}

func badReplacement(message string) error { return NewException(IllegalArgument, message, nil) }
