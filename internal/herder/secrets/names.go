package secrets

import (
	"regexp"
	"strings"

	"github.com/moldau/moldau/internal/workerconfig"
)

// sensitiveName matches the ends of keys that hold a secret by their name. Declared types come first: this is for keys that no plugin of this
// build declares and for those that their plugin declares as plain text.
var sensitiveName = regexp.MustCompile(`(?i)(^|[._-]|[a-z])(password|passwd|passphrase|passwort|pwd|secret|secrets|secret[._-]?(key|id|value)|token|credentials?|credential[._-]inline|` +
	`(access|api|account|private|shared|encryption|signing|license|master|aes256|sas|secret[._-]access)[._-]?key([._-]value)?|keystore[._-]key|key[._-]?phrase|` +
	`user[._-]?info|connection[._-]?string|authorization|auth[._-]?header|cookie|jwt|sas)$`)

// plainName matches keys that the words above end but that say where or of what kind a secret is.
var plainName = regexp.MustCompile(`(?i)(^|[._-])(next|continuation|page|paging)[._-]?token$|aws[._-]access[._-]key[._-]id$`)

var (
	// userInfo is USER:PASSWORD in a URL. A password may hold a colon.
	userInfo = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s@:,]*:([^/?#\s,]+)@`)
	// oracleInfo is the USER/PASSWORD@ of Oracle's URLs.
	oracleInfo = regexp.MustCompile(`(?i)jdbc:oracle:[a-z]+:[^/@\s]+/([^@\s]+)@`)
	// parameter is a part of a URL such as ?password=x, or ;password=x of SQL Server's.
	parameter = regexp.MustCompile(`(?i)[?&;]\s*[A-Za-z0-9_.-]*(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|accountkey|sharedaccesskey|sig|signature|credential)[A-Za-z]*\s*=\s*([^&;\s]+)`)
	// jaasOption is an option of a login module.
	jaasOption = regexp.MustCompile(`(?i)([A-Za-z0-9_.]*(?:password|secret|token|credential|privatekey)[A-Za-z0-9_.]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s";']+))`)
	// header is one of a list of HTTP headers whose value is a secret.
	header = regexp.MustCompile(`(?i)(?:^|[,|;\n])\s*[A-Za-z0-9-]*(?:authorization|cookie|token|secret|password|api-?key|subscription-key|credential|signature|auth)[A-Za-z0-9-]*\s*[:=]\s*(?:(?:bearer|basic|apikey|token|digest)\s+)?([^,|;\n]+)`)
)

// span is a part of a text.
type span struct{ from, to int }

// spansOf returns the parts of a value that are secrets, where its key as a whole is none.
func spansOf(key, value string) []span {
	var spans []span
	add := func(pattern *regexp.Regexp, groups ...int) {
		for _, m := range pattern.FindAllStringSubmatchIndex(value, -1) {
			for _, g := range groups {
				if m[2*g] >= 0 && m[2*g] < m[2*g+1] {
					spans = append(spans, span{m[2*g], m[2*g+1]})
				}
			}
		}
	}
	add(userInfo, 1)
	add(oracleInfo, 1)
	add(parameter, 1)
	if strings.Contains(strings.ToLower(key), "header") {
		add(header, 1)
	}
	return spans
}

// jaasSpans returns the secret options of a JAAS configuration.
func jaasSpans(value string) []span {
	var spans []span
	for _, m := range jaasOption.FindAllStringSubmatchIndex(value, -1) {
		for g := 2; g <= 4; g++ {
			if m[2*g] >= 0 && m[2*g] < m[2*g+1] {
				spans = append(spans, span{m[2*g], m[2*g+1]})
			}
		}
	}
	return spans
}

// partsOf returns what of a value is secret: nothing, some parts, or, as one span, all of it. whole says that the key holds a secret.
func partsOf(key, value string, whole bool) []span {
	if value == "" {
		return nil
	}
	if !whole {
		return spansOf(key, value)
	}
	switch lower := strings.ToLower(key); {
	case strings.HasSuffix(lower, "jaas.config"):
		if spans := jaasSpans(value); len(spans) > 0 || workerconfig.HasPlaceholder(value) {
			return spans
		}
	case strings.HasSuffix(lower, "user.info"):
		if user, _, ok := strings.Cut(value, ":"); ok && !strings.Contains(user, "${") && len(user) < len(value)-1 {
			return []span{{len(user) + 1, len(value)}}
		}
	}
	return []span{{0, len(value)}}
}

// JAAS returns the secret options in the text of a JAAS file.
func JAAS(text string) []string {
	var all []string
	for _, s := range jaasSpans(text) {
		all = append(all, text[s.from:s.to])
	}
	return all
}
