package workerconfig

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/config"
)

const exampleURLs = "ex: http://localhost:8080,https://localhost:8443."

// listenersValidator checks the list, not the URLs in it: those are looked at when sockets are opened, as in Java.
type listenersValidator struct{}

func (listenersValidator) EnsureValid(_ string, value any) error {
	list, ok := value.([]string)
	switch {
	case !ok:
		return config.Failed("Invalid value type for listeners (expected list of URLs , " + strings.TrimSuffix(exampleURLs, ".") + ").")
	case len(list) == 0:
		return config.Failed("Invalid value for listeners, at least one URL is expected, " + exampleURLs)
	}
	for _, url := range list {
		if strings.TrimSpace(url) == "" {
			return config.Failed("Empty URL found when parsing listeners list.")
		}
	}
	return nil
}

func (listenersValidator) String() string { return "List of comma-separated URLs, " + exampleURLs }

// Listener is an address of the REST server.
type Listener struct {
	// Protocol is "http" or "https".
	Protocol string
	// Host is empty for all interfaces; an IPv6 address has no brackets.
	Host string
	// Port is 0 for any free port.
	Port int
}

var listenerPattern = regexp.MustCompile(`^(.*)://\[?([0-9a-zA-Z\-%._:]*)\]?:(-?[0-9]+)$`)

// ParseListener reads one of the URLs of listeners or admin.listeners. Errors have the text of RestServer.createConnector.
func ParseListener(url string) (Listener, error) {
	m := listenerPattern.FindStringSubmatch(url)
	if m == nil {
		return Listener{}, config.Failed("Listener doesn't have the right format (protocol://hostname:port).")
	}
	l := Listener{Protocol: strings.ToLower(m[1]), Host: m[2]}
	if l.Protocol != "http" && l.Protocol != "https" {
		return Listener{}, config.Failed(`Listener protocol must be either "http" or "https".`)
	}
	var err error
	if l.Port, err = strconv.Atoi(m[3]); err != nil || l.Port > 65535 {
		return Listener{}, config.Failed("Listener port of " + url + " must be a number up to 65535.")
	}
	return l, nil
}

// HeaderRule is one rule of response.http.headers.config.
type HeaderRule struct {
	// Action is one of set, add, setDate, addDate; of the dates, Value is the distance from now in milliseconds.
	Action, Name, Value string
}

var headerActions = []string{"set", "add", "setDate", "addDate"}

var blanks = regexp.MustCompile(`[ \t\n\x0B\f\r]+`)

// ParseHeaderRules reads response.http.headers.config. Errors have the text of RestServerConfig.
func ParseHeaderRules(text string) ([]HeaderRule, error) {
	var rules []HeaderRule
	for _, item := range splitCSV(text) {
		action, pair, ok := cutBlanks(strings.TrimSpace(item))
		if !ok {
			return nil, config.Failed("Invalid format of header config '" + item + "'. Expected: '[action] [header name]:[header value]'")
		}
		i := slices.IndexFunc(headerActions, func(a string) bool { return strings.EqualFold(a, action) })
		if i < 0 {
			return nil, config.Failed("Invalid header config action: '" + action + "'. Expected one of " + config.Text(headerActions))
		}
		parts := strings.Split(strings.TrimRight(strings.TrimSpace(pair), ":"), ":")
		if len(parts) != 2 {
			return nil, config.Failed("Invalid format of header name and header value pair '" + pair + "'. Expected: '[header name]:[header value]'")
		}
		name := strings.TrimSpace(parts[0])
		if name == "" || blanks.MatchString(name) {
			return nil, config.Failed("Invalid header name '" + name + "'. The '[header name]' cannot contain whitespace")
		}
		rules = append(rules, HeaderRule{headerActions[i], name, strings.TrimSpace(parts[1])})
	}
	return rules, nil
}

func cutBlanks(s string) (before, after string, found bool) {
	at := blanks.FindStringIndex(s)
	if at == nil {
		return s, "", false
	}
	return s[:at[0]], s[at[1]:], true
}

// headerRules validates response.http.headers.config.
type headerRules struct{}

func (headerRules) EnsureValid(_ string, value any) error {
	text, _ := value.(string)
	_, err := ParseHeaderRules(text)
	return err
}

func (headerRules) String() string {
	return "Comma-separated header rules, where each header rule is of the form '[action] [header name]:[header value]' " +
		"and optionally surrounded by double quotes if any part of a header rule contains a comma"
}

// splitCSV splits at commas outside of double quotes, as Jetty's StringUtil.csvSplit: blanks around items go, an item that begins with a quote ends
// with it, a backslash within quotes takes the next character as it is, and an empty item at the end does not count.
func splitCSV(s string) []string {
	var items []string
	rest := strings.TrimLeft(s, " \t\r\n")
	for rest != "" {
		var item string
		if rest[0] == '"' {
			item, rest = quoted(rest)
		} else {
			item, rest, _ = cutComma(rest)
		}
		items = append(items, item)
		rest = strings.TrimLeft(rest, " \t\r\n")
	}
	return items
}

func cutComma(s string) (item, rest string, found bool) {
	item, rest, found = strings.Cut(s, ",")
	return strings.TrimSpace(item), rest, found
}

// quoted reads an item that begins with a quote, and skips what stands between its closing quote and the comma.
func quoted(s string) (item, rest string) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		case '"':
			_, rest, _ = cutComma(s[i+1:])
			return b.String(), rest
		default:
			b.WriteByte(s[i])
		}
	}
	// A quote that never closes is an ordinary character of the whole rest.
	return s, ""
}
