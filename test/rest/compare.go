package rest

import (
	"encoding/json"
	"slices"
	"strings"
)

// lists are headers whose values are sets.
var lists = []string{"allow", "access-control-allow-methods", "access-control-allow-headers", "access-control-expose-headers"}

// compare returns what differs between an answer and the recorded one; both have the members status, headers, json, text, records, missing and
// error, as far as they apply.
func (m *matcher) compare(want, got map[string]any) []string {
	m.diffs = nil
	if want["error"] != nil || got["error"] != nil {
		if want["error"] != got["error"] {
			m.addf("got %s, want %s", short(got), short(want))
		}
		return m.diffs
	}
	if want["status"] != nil {
		if w, _ := want["status"].(json.Number); w != got["status"] {
			m.addf("status %v, want %v (%s)", got["status"], want["status"], short(got))
		}
		m.headers(want, got)
		if len(m.diffs) > 0 && want["status"] != got["status"] {
			return m.diffs
		}
	}
	for _, k := range []string{"json", "text", "records", "missing"} {
		w, wanted := want[k]
		g, there := got[k]
		switch {
		case wanted && there:
			m.match(map[bool]string{true: "", false: k}[k == "json"], w, g)
		case wanted:
			m.addf("no %s, got %s", k, short(got))
		case there:
			m.addf("unexpected %s %s", k, short(g))
		}
	}
	return m.diffs
}

func (m *matcher) headers(want, got map[string]any) {
	wanted, _ := want["headers"].(map[string]any)
	given, _ := got["headers"].(map[string]any)
	for k, w := range wanted {
		g, ok := given[k].(string)
		switch {
		case w == nil:
			// A header that Java leaves out is not compared.
		case slices.Contains(lists, k) && ok:
			if text, _ := w.(string); !slices.Equal(set(text), set(g)) {
				m.addf("header %s: got %s, want %s", k, g, text)
			}
		case k == "content-length" && len(m.later) > 0 && strings.HasPrefix(textOf(got["path"]), "/connector-plugins"):
			// The length of a list of plugins is that of its plugins.
		default:
			m.match("header "+k, w, given[k])
		}
	}
	for k, g := range given {
		if _, ok := wanted[k]; !ok && g != nil && k != "content-length" {
			m.addf("header %s: unexpected %v", k, g)
		}
	}
}

func set(text string) []string {
	parts := strings.Split(strings.ToUpper(text), ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	slices.Sort(parts)
	return parts
}

func textOf(x any) string {
	s, _ := x.(string)
	return s
}
