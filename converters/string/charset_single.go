package string

import (
	_ "embed"
	"strconv"
	"strings"
	"unicode/utf8"
)

//go:embed charsets.tsv
var singleByteTables string

const replacement = 0xfffd

// singleByte is a character set of 256 characters at most.
type singleByte struct {
	chars [256]rune
	bytes map[rune]byte
}

func (s *singleByte) encode(dst []byte, text string) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && n == 1 && len(text) >= 3 && text[0] == 0xed {
			n = 3 // an unpaired surrogate
		}
		b, ok := s.bytes[r]
		if !ok || r == replacement {
			b = '?'
		}
		dst, text = append(dst, b), text[n:]
	}
	return dst
}

func (s *singleByte) decode(dst, b []byte) []byte {
	for _, c := range b {
		dst = utf8.AppendRune(dst, s.chars[c])
	}
	return dst
}

// singleByteCharset finds a character set by its name in lower case.
func singleByteCharset(key string) charset {
	for line := range strings.Lines(singleByteTables) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(columns) != 3 {
			continue
		}
		for _, name := range strings.Fields(columns[0]) {
			if strings.ToLower(name) == key {
				return newSingleByte(columns[1], columns[2])
			}
		}
	}
	return nil
}

func newSingleByte(decoding, encoding string) *singleByte {
	s := &singleByte{bytes: make(map[rune]byte, 256)}
	for i := range s.chars {
		s.chars[i] = rune(i)
	}
	for _, run := range strings.Fields(decoding) {
		place, char, _ := strings.Cut(run, ":")
		from, to, isRange := strings.Cut(place, "-")
		if !isRange {
			to = from
		}
		r := hexNumber(char)
		for i := hexNumber(from); i <= hexNumber(to); i++ {
			s.chars[i] = r
			if r != replacement {
				r++
			}
		}
	}
	for i := 255; i >= 0; i-- {
		s.bytes[s.chars[i]] = byte(i)
	}
	for _, exception := range strings.Fields(encoding) {
		char, b, _ := strings.Cut(exception, ":")
		s.bytes[hexNumber(char)] = byte(hexNumber(b))
	}
	return s
}

func hexNumber(s string) rune {
	n, err := strconv.ParseUint(s, 16, 16)
	if err != nil {
		panic("string: table of character sets: " + err.Error())
	}
	return rune(n)
}
