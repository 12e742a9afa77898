package rest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// matcher compares an answer with a recorded one.
type matcher struct {
	vars   vars
	defs   map[string]any
	later  []string
	beside []string
	diffs  []string
}

func (m *matcher) addf(format string, args ...any) {
	m.diffs = append(m.diffs, fmt.Sprintf(format, args...))
}

// matches reports whether got matches without noting what differs.
func (m *matcher) matches(want, got any) bool {
	probe := &matcher{vars: m.vars, defs: m.defs, later: m.later, beside: m.beside}
	probe.match("", want, got)
	return len(probe.diffs) == 0
}

// match notes where got differs from want; at is the place in the answer.
func (m *matcher) match(at string, want, got any) {
	switch w := want.(type) {
	case string:
		m.text(at, w, got)
	case map[string]any:
		if len(w) == 1 {
			for op, arg := range w {
				if strings.HasPrefix(op, "$") {
					m.operator(at, op, arg, got)
					return
				}
			}
		}
		m.object(at, w, got)
	case []any:
		m.array(at, w, got)
	case json.Number:
		n, ok := got.(json.Number)
		if !ok || !sameNumber(w, n) {
			m.addf("%s: got %s, want %s", at, short(got), w)
		}
	default: // true, false, null
		if want != got {
			m.addf("%s: got %s, want %s", at, short(got), short(want))
		}
	}
}

func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, err1 := strconv.ParseFloat(string(a), 64)
	y, err2 := strconv.ParseFloat(string(b), 64)
	return err1 == nil && err2 == nil && x == y
}

// pluginList is what texts that list the installed plugins have before the list.
const pluginList = ", available connectors are: "

func (m *matcher) text(at, want string, got any) {
	text, ok := got.(string)
	if ok {
		if head, _, listed := strings.Cut(want, pluginList); listed {
			// Which connectors are there differs; that they are listed, and how, does not.
			want = head + pluginList + "PluginDesc{klass=class ${*}', location='classpath'}${*}"
		}
		ok = m.vars.pattern(want).MatchString(text)
	}
	if !ok {
		m.addf("%s: got %s, want %s", at, short(got), short(want))
	}
}

func (m *matcher) object(at string, want map[string]any, got any) {
	g, ok := got.(map[string]any)
	if !ok {
		m.addf("%s: got %s, want an object", at, short(got))
		return
	}
	names := map[string]bool{}
	for k, w := range want {
		k = m.vars.text(k)
		names[k] = true
		if v, ok := g[k]; ok {
			m.match(at+"/"+k, w, v)
		} else {
			m.addf("%s/%s: missing, want %s", at, k, short(w))
		}
	}
	for k, v := range g {
		if !names[k] {
			m.addf("%s/%s: unexpected %s", at, k, short(v))
		}
	}
}

func (m *matcher) array(at string, want []any, got any) {
	g, ok := got.([]any)
	if !ok {
		m.addf("%s: got %s, want an array", at, short(got))
		return
	}
	want, g = without(want, m.later), m.recorded(want, g)
	if len(want) != len(g) {
		m.addf("%s: %d elements, want %d: got %s, want %s", at, len(g), len(want), short(got), short(want))
		return
	}
	for i := range want {
		m.match(at+"/"+strconv.Itoa(i), want[i], g[i])
	}
}

// recorded drops from a list of plugins those that the worker that was recorded had not, unless it had others of the same package.
func (m *matcher) recorded(want, got []any) []any {
	var prefixes []string
	for _, prefix := range m.beside {
		if len(without(want, []string{prefix})) == len(want) {
			prefixes = append(prefixes, prefix)
		}
	}
	return without(got, prefixes)
}

// without drops plugins whose classes have one of the prefixes from a list of plugins or of their classes.
func without(list []any, prefixes []string) []any {
	var out []any
	for _, x := range list {
		class, _ := x.(string)
		if o, ok := x.(map[string]any); ok {
			class, _ = o["class"].(string)
		}
		if !hasPrefix(class, prefixes) {
			out = append(out, x)
		}
	}
	return out
}

func hasPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

func (m *matcher) operator(at, op string, arg, got any) {
	switch op {
	case "$any":
	case "$ref":
		m.match(at, m.defs[arg.(string)], got)
	case "$type":
		n, isNumber := got.(json.Number)
		_, isText := got.(string)
		if _, err := n.Int64(); arg == "int" && (!isNumber || err != nil) || arg == "string" && !isText {
			m.addf("%s: got %s, want any %v", at, short(got), arg)
		}
	case "$trace":
		m.trace(at, arg.(map[string]any), got)
	case "$jackson":
		if text, ok := got.(string); !ok || text == "" {
			m.addf("%s: got %s, want the message of a JSON parser", at, short(got))
		}
	case "$html":
		if _, ok := got.(string); !ok {
			m.addf("%s: got %s, want an error page", at, short(got))
		}
	case "$contains":
		m.contains(at, arg, got)
	case "$unordered":
		m.unordered(at, arg.([]any), got)
	default:
		m.addf("%s: unknown operator %s", at, op)
	}
}

func (m *matcher) trace(at string, want map[string]any, got any) {
	text, ok := got.(string)
	first, _, _ := strings.Cut(text, "\n\tat ")
	line, _, _ := strings.Cut(first, "\n")
	wanted, _ := want["first"].(string)
	wantedLine, _, _ := strings.Cut(wanted, "\n")
	if !ok || !m.vars.pattern(wanted).MatchString(first) && !m.vars.pattern(wantedLine).MatchString(line) {
		m.addf("%s: trace starts %s, want %s", at, short(first), short(wanted))
	}
}

func (m *matcher) contains(at string, want, got any) {
	switch want := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			m.addf("%s: got %s", at, short(got))
			return
		}
		for k, w := range want {
			k = m.vars.text(k)
			if v, ok := g[k]; ok {
				m.match(at+"/"+k, w, v)
			} else {
				m.addf("%s/%s: missing, want %s", at, k, short(w))
			}
		}
	case []any:
		g, _ := got.([]any)
		for i, w := range want {
			if m.indexOf(w, g) < 0 {
				m.addf("%s/%d: no element like %s", at, i, short(w))
			}
		}
	}
}

func (m *matcher) unordered(at string, want []any, got any) {
	g, ok := got.([]any)
	if !ok {
		m.addf("%s: got %s, want an array of %d", at, short(got), len(want))
		return
	}
	rest := m.recorded(want, g)
	for _, w := range want {
		i := m.indexOf(w, rest)
		if i < 0 {
			m.addf("%s: no element like %s", at, short(w))
			continue
		}
		rest = append(rest[:i], rest[i+1:]...)
	}
	if len(rest) > 0 {
		m.addf("%s: %d unexpected elements, first %s", at, len(rest), short(rest[0]))
	}
}

func (m *matcher) indexOf(want any, list []any) int {
	for i, g := range list {
		if m.matches(want, g) {
			return i
		}
	}
	return -1
}

func short(x any) string {
	text, ok := x.(string)
	if !ok {
		b, err := json.Marshal(x)
		if err != nil {
			return fmt.Sprint(x)
		}
		text = string(b)
	}
	const most = 300
	text = strings.ReplaceAll(text, "\n", `\n`)
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
