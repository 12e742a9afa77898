package javafmt

import (
	"strconv"
	"strings"
)

// asciiNames are the Unicode names of the printable ASCII characters that are neither letters nor digits, in their order.
var asciiNames = strings.Split("SPACE|EXCLAMATION MARK|QUOTATION MARK|NUMBER SIGN|DOLLAR SIGN|PERCENT SIGN|AMPERSAND|APOSTROPHE|LEFT PARENTHESIS|"+
	"RIGHT PARENTHESIS|ASTERISK|PLUS SIGN|COMMA|HYPHEN-MINUS|FULL STOP|SOLIDUS|COLON|SEMICOLON|LESS-THAN SIGN|EQUALS SIGN|GREATER-THAN SIGN|"+
	"QUESTION MARK|COMMERCIAL AT|LEFT SQUARE BRACKET|REVERSE SOLIDUS|RIGHT SQUARE BRACKET|CIRCUMFLEX ACCENT|LOW LINE|GRAVE ACCENT|"+
	"LEFT CURLY BRACKET|VERTICAL LINE|RIGHT CURLY BRACKET|TILDE", "|")

const asciiPunctuation = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

var digitNames = strings.Split("ZERO ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE", " ")

// charByName finds a character by its Unicode name, for \N{...}: those of ASCII, and all by the form "BLOCK NAME HEX" that Java gives to characters
// without a name. Other names are not known here, since their list would outweigh this package many times.
func charByName(name string) (rune, bool) {
	name = strings.ToUpper(strings.TrimSpace(name))
	for i, n := range asciiNames {
		if n == name {
			return rune(asciiPunctuation[i]), true
		}
	}
	if digit, ok := strings.CutPrefix(name, "DIGIT "); ok {
		for i, n := range digitNames {
			if n == digit {
				return '0' + rune(i), true
			}
		}
	}
	for prefix, first := range map[string]rune{"LATIN SMALL LETTER ": 'a', "LATIN CAPITAL LETTER ": 'A'} {
		if letter, ok := strings.CutPrefix(name, prefix); ok && len(letter) == 1 && isASCIILetter(rune(letter[0])) {
			return first + rune(letter[0]-'A'), true
		}
	}
	if i := strings.LastIndexByte(name, ' '); i > 0 {
		r, err := strconv.ParseUint(name[i+1:], 16, 21)
		if set := blockSet(name[:i]); err == nil && set != nil && set(rune(r)) {
			return rune(r), true
		}
	}
	return 0, false
}
