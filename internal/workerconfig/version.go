package workerconfig

import (
	"cmp"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/config"
)

// VersionRange is a set of versions in Maven's notation: "[1.0,2.0)", "(,1.5],[2.0,)", or one version, which stands for itself alone (KIP-891).
type VersionRange struct{ parts []versionInterval }

// versionInterval has empty bounds where it is open-ended. An exact one was given as a single version, which may be empty.
type versionInterval struct {
	low, high                string
	lowOpen, highOpen, exact bool
}

// ParseVersionRange reads a range. Errors have the text of Maven's InvalidVersionSpecificationException.
func ParseVersionRange(spec string) (VersionRange, error) {
	spec = strings.TrimSpace(spec)
	if !strings.HasPrefix(spec, "[") && !strings.HasPrefix(spec, "(") {
		spec = "[" + spec + "]"
	}
	var r VersionRange
	rest := spec
	for strings.HasPrefix(rest, "[") || strings.HasPrefix(rest, "(") {
		end := strings.IndexAny(rest, ")]")
		if end < 0 {
			return VersionRange{}, config.Failed("Unbounded range: " + spec)
		}
		part, err := parseInterval(rest[:end+1])
		if err != nil {
			return VersionRange{}, err
		}
		if n := len(r.parts); n > 0 {
			before := r.parts[n-1].high
			if before == "" || part.low == "" || compareVersions(part.low, before) < 0 {
				return VersionRange{}, config.Failed("Ranges overlap: " + spec)
			}
		}
		r.parts = append(r.parts, part)
		rest = strings.TrimSpace(rest[end+1:])
		rest = strings.TrimSpace(strings.TrimPrefix(rest, ","))
	}
	if rest != "" {
		return VersionRange{}, config.Failed("Only fully-qualified sets allowed in multiple set scenario: " + spec)
	}
	return r, nil
}

func parseInterval(spec string) (versionInterval, error) {
	part := versionInterval{lowOpen: spec[0] == '(', highOpen: spec[len(spec)-1] == ')'}
	inner := strings.TrimSpace(spec[1 : len(spec)-1])
	low, high, ranged := strings.Cut(inner, ",")
	if !ranged {
		if part.lowOpen || part.highOpen {
			return part, config.Failed("Single version must be surrounded by []: " + spec)
		}
		part.low, part.high, part.exact = inner, inner, true
		return part, nil
	}
	part.low, part.high = strings.TrimSpace(low), strings.TrimSpace(high)
	if part.low != "" && part.low == part.high && (part.lowOpen || part.highOpen) {
		return part, config.Failed("Range cannot have identical boundaries: " + spec)
	}
	if part.low != "" && part.high != "" && compareVersions(part.high, part.low) < 0 {
		return part, config.Failed("Range defies version ordering: " + spec)
	}
	return part, nil
}

// Contains reports whether the version lies in the range.
func (r VersionRange) Contains(version string) bool {
	return slices.ContainsFunc(r.parts, func(i versionInterval) bool {
		if i.exact {
			return compareVersions(i.low, version) == 0
		}
		if i.low != "" {
			if c := compareVersions(i.low, version); c > 0 || c == 0 && i.lowOpen {
				return false
			}
		}
		if i.high != "" {
			if c := compareVersions(i.high, version); c < 0 || c == 0 && i.highOpen {
				return false
			}
		}
		return true
	})
}

// String returns the range as messages show it.
func (r VersionRange) String() string {
	texts := make([]string, len(r.parts))
	for i, p := range r.parts {
		open, end := "[", "]"
		if p.lowOpen {
			open = "("
		}
		if p.highOpen {
			end = ")"
		}
		texts[i] = open + p.low + "," + p.high + end
	}
	return strings.Join(texts, ",")
}

// versionRange validates keys that hold a range; null is valid.
type versionRange struct{}

func (versionRange) EnsureValid(_ string, value any) error {
	s, ok := value.(string)
	if !ok || s == "latest" {
		return nil
	}
	_, err := ParseVersionRange(s)
	return err
}

func (versionRange) String() string { return "version or version range, such as 1.2 or [1.0,2.0)" }

// compareVersions orders versions as Maven does: numbers by value, 1.1 after 1-1; qualifiers alpha < beta < milestone < rc < snapshot < none < sp,
// then others by name; a number after every qualifier.
func compareVersions(a, b string) int {
	x, y := versionItems(a), versionItems(b)
	for i := range max(len(x), len(y)) {
		var p, q versionItem
		if i < len(x) {
			p = x[i]
		}
		if i < len(y) {
			q = y[i]
		}
		if c := p.compare(q); c != 0 {
			return c
		}
	}
	return 0
}

// versionItem is a number, behind a hyphen or a letter where minor, or a qualifier. The zero value stands beside a longer version.
type versionItem struct {
	number    *big.Int
	minor     bool
	qualifier string
}

func (i versionItem) compare(j versionItem) int {
	switch {
	case i.number != nil && j.number != nil:
		return cmp.Or(cmp.Compare(j.rank(), i.rank()), i.number.Cmp(j.number))
	case i.number != nil:
		return cmp.Or(i.number.Sign(), boolSign(j.qualifier != ""))
	case j.number != nil:
		return -j.compare(i)
	}
	return strings.Compare(qualifierRank(i.qualifier), qualifierRank(j.qualifier))
}

func (i versionItem) rank() int { return boolSign(i.minor) }

func boolSign(b bool) int {
	if b {
		return 1
	}
	return 0
}

// qualifierRank gives a text that sorts as the qualifier does.
func qualifierRank(q string) string {
	known := []string{"alpha", "beta", "milestone", "rc", "snapshot", "", "sp"}
	if i := slices.Index(known, q); i >= 0 {
		return strconv.Itoa(i)
	}
	return "7-" + q
}

var versionParts = regexp.MustCompile(`[.-]?([0-9]+|[^0-9.-]+)`)

// versionItems splits at dots, hyphens and between digits and letters, and drops zeros that say nothing: those before a hyphen, a letter or the end.
func versionItems(version string) []versionItem {
	var items []versionItem
	parts := versionParts.FindAllStringSubmatch(strings.ToLower(version), -1)
	for i, m := range parts {
		text, separator := m[1], m[0][:len(m[0])-len(m[1])]
		if n, ok := new(big.Int).SetString(text, 10); ok {
			minor := separator != "." && i > 0
			if minor {
				items = withoutZeros(items)
			}
			items = append(items, versionItem{number: n, minor: minor})
			continue
		}
		items = withoutZeros(items)
		digitNext := i+1 < len(parts) && parts[i+1][0][0] >= '0' && parts[i+1][0][0] <= '9'
		if q := qualifier(text, digitNext); q != "" {
			items = append(items, versionItem{qualifier: q})
		}
	}
	return withoutZeros(items)
}

func withoutZeros(items []versionItem) []versionItem {
	for n := len(items); n > 0 && items[n-1].number != nil && items[n-1].number.Sign() == 0; n-- {
		items = items[:n-1]
	}
	return items
}

// qualifier replaces other spellings; single letters are short for a qualifier only right before a number.
func qualifier(text string, digitNext bool) string {
	if digitNext {
		switch text {
		case "a":
			return "alpha"
		case "b":
			return "beta"
		case "m":
			return "milestone"
		}
	}
	switch text {
	case "ga", "final", "release":
		return ""
	case "cr":
		return "rc"
	}
	return text
}
