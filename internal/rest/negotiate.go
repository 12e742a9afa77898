package rest

import (
	"strconv"
	"strings"
)

const jsonType = "application/json"

// mediaType is one element of an Accept header, or a Content-Type.
type mediaType struct {
	kind, sub string
	// params are the parameters except q, in the form ";name=value".
	params string
	q      float64
}

func parseMediaType(text string) (mediaType, bool) {
	full, rest, _ := strings.Cut(text, ";")
	kind, sub, ok := strings.Cut(strings.TrimSpace(full), "/")
	m := mediaType{kind: strings.ToLower(kind), sub: strings.ToLower(sub), q: 1}
	if !ok || kind == "" || sub == "" || strings.ContainsAny(full[:len(strings.TrimRight(full, " \t"))], "\"") {
		return m, false
	}
	for p := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		switch {
		case name == "":
		case strings.EqualFold(name, "q"):
			m.q, _ = strconv.ParseFloat(value, 64)
		default:
			m.params += ";" + strings.ToLower(name) + "=" + value
		}
	}
	return m, true
}

func (m mediaType) matches(kind, sub string) bool {
	return (m.kind == "*" || m.kind == kind) && (m.sub == "*" || m.sub == sub)
}

// accepted returns the Content-Type for an answer in JSON, false where the Accept header does not allow one.
func accepted(header []string) (string, bool) {
	list := acceptList(header)
	if list == nil {
		return jsonType, true
	}
	best, found := mediaType{}, false
	for _, m := range list {
		if m.q > 0 && m.matches("application", "json") && (!found || m.q > best.q) {
			best, found = m, true
		}
	}
	if !found {
		return "", false
	}
	if best.kind == "*" || best.sub == "*" {
		return jsonType, true
	}
	return jsonType + best.params, true
}

// optionsType returns the Content-Type for an answer to OPTIONS, and whether it carries the list of methods as text.
func optionsType(header []string) (string, bool) {
	list := acceptList(header)
	if list == nil {
		return "text/plain", true
	}
	for _, m := range list {
		if m.q > 0 && m.matches("text", "plain") {
			return "text/plain", true
		}
	}
	if len(list) > 0 {
		return list[0].kind + "/" + list[0].sub, false
	}
	return "text/plain", true
}

// acceptList parses an Accept header; nil where there is none.
func acceptList(header []string) []mediaType {
	text := strings.Join(header, ",")
	if strings.TrimSpace(text) == "" {
		return nil
	}
	list := []mediaType{}
	for part := range strings.SplitSeq(text, ",") {
		if m, ok := parseMediaType(part); ok {
			list = append(list, m)
		}
	}
	return list
}
