package javafmt

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// scriptTable lists Java's names of scripts with their short names.
//
//go:embed unicode_scripts.txt
var scriptTable string

// scripts maps upper case names to tables.
var scripts = sync.OnceValue(func() map[string]*unicode.RangeTable {
	byName := map[string]*unicode.RangeTable{}
	for name, table := range unicode.Scripts {
		byName[strings.ToUpper(name)] = table
	}
	for line := range strings.Lines(scriptTable) {
		f := strings.Fields(line)
		for _, short := range f[1:] {
			if table, ok := byName[f[0]]; ok {
				byName[short] = table
			}
		}
	}
	return byName
})

func scriptSet(name string) runeSet {
	name = strings.ToUpper(name)
	if table, ok := scripts()[name]; ok {
		return tables(table)
	}
	if name == "UNKNOWN" || name == "ZZZZ" {
		return func(r rune) bool {
			for _, t := range unicode.Scripts {
				if unicode.Is(t, r) {
					return false
				}
			}
			return true
		}
	}
	return nil
}

// blockTable lists first, last and Java's name of each Unicode block.
//
//go:embed unicode_blocks.txt
var blockTable string

// blocks maps plain names to the first and last character.
var blocks = sync.OnceValue(func() map[string][2]rune {
	byName := map[string][2]rune{}
	for line := range strings.Lines(blockTable) {
		byName[plainName(strings.Fields(line)[2])] = rangeLine(line)
	}
	// Unicode's names where Java's constants are named otherwise.
	byName["GREEKANDCOPTIC"] = byName["GREEK"]
	byName["CYRILLICSUPPLEMENT"] = byName["CYRILLICSUPPLEMENTARY"]
	byName["COMBININGDIACRITICALMARKSFORSYMBOLS"] = byName["COMBININGMARKSFORSYMBOLS"]
	return byName
})

// mirroredTable lists first and last of the characters that are mirrored in text from right to left.
//
//go:embed unicode_mirrored.txt
var mirroredTable string

var mirrored = sync.OnceValue(func() (ranges [][2]rune) {
	for line := range strings.Lines(mirroredTable) {
		ranges = append(ranges, rangeLine(line))
	}
	return ranges
})

func isMirrored(r rune) bool {
	for _, in := range mirrored() {
		if r <= in[1] {
			return r >= in[0]
		}
	}
	return false
}

// rangeLine reads the two hexadecimal numbers at the start of a line.
func rangeLine(line string) [2]rune {
	f := strings.Fields(line)
	first, errFirst := strconv.ParseInt(f[0], 16, 32)
	last, errLast := strconv.ParseInt(f[1], 16, 32)
	if errFirst != nil || errLast != nil {
		panic("javafmt: no range of characters: " + line)
	}
	return [2]rune{rune(first), rune(last)}
}

// plainName takes case, space and punctuation out of a block's name.
func plainName(name string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(name))
}

func blockSet(name string) runeSet {
	b, ok := blocks()[plainName(name)]
	if !ok {
		return nil
	}
	return func(r rune) bool { return r >= b[0] && r <= b[1] }
}
