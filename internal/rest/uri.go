package rest

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxHeader is Jetty's limit for the request line and, once more, for all headers.
const maxHeader = 8192

// segments splits the path of a request as it was sent into its decoded segments, without matrix parameters and without an empty one at the
// end. Where Jetty 12 refuses the URI (UriCompliance.DEFAULT), status is not 0 and message says why.
func segments(r *http.Request) (path []string, status int, message string) {
	raw, _, _ := strings.Cut(r.RequestURI, "#")
	raw, _, _ = strings.Cut(raw, "?")
	if len(r.RequestURI) > maxHeader {
		return nil, http.StatusRequestURITooLong, "URI Too Long"
	}
	if headerSize(r) > maxHeader {
		return nil, http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large"
	}
	if !strings.HasPrefix(raw, "/") {
		// The absolute form that proxies use; "*" has no path.
		if u, err := url.Parse(raw); err == nil && u.Host != "" {
			raw = u.EscapedPath()
		}
	}
	raw = strings.TrimPrefix(raw, "/")
	if raw == "" {
		return nil, 0, ""
	}
	parts := strings.Split(raw, "/")
	depth := 0
	for i, part := range parts {
		segment, _, parameter := strings.Cut(part, ";")
		text, err := url.PathUnescape(segment)
		dots := err == nil && (text == "." || text == "..")
		// Dots that stay within the tree are names as any other. Those that lead out of it are no URI to Jetty, whatever else is wrong with it.
		if !dots {
			depth++
		} else if text == ".." {
			if depth--; depth < 0 {
				return nil, http.StatusBadRequest, "Bad Request"
			}
		}
		switch reason := refused(segment); {
		case message != "":
		case dots && parameter && reason != "":
			message = reason + ", Ambiguous URI path parameter"
		case dots && parameter:
			message = "Ambiguous URI path parameter"
		case reason != "":
			message = reason
		case segment == "" && i < len(parts)-1:
			message = "Ambiguous URI empty segment"
		}
		parts[i] = text
	}
	if message != "" {
		return nil, http.StatusBadRequest, message
	}
	if parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts, 0, ""
}

// refused returns Jetty's reason for refusing a segment as it was sent, "" for none.
func refused(segment string) string {
	for i := range len(segment) {
		if c := segment[i]; c <= ' ' || c >= 0x7f {
			return "Illegal Path Character"
		}
	}
	if strings.Contains(segment, "\\") {
		return "Suspicious Path Character, Illegal Path Character"
	}
	if !strings.Contains(segment, "%") {
		return ""
	}
	text, err := url.PathUnescape(segment)
	switch {
	case err != nil || strings.Contains(text, "\x00"):
		return "Bad Request"
	case !utf8.ValidString(text):
		return "Bad UTF-8 encoding"
	case strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' }):
		return "Suspicious Path Character"
	case strings.Contains(text, "/"):
		return "Ambiguous URI path separator"
	case strings.Contains(text, "%"):
		return "Ambiguous URI path encoding"
	case text == "." || text == "..":
		return "Ambiguous URI path segment"
	}
	return ""
}

func headerSize(r *http.Request) int {
	n := 0
	for k, values := range r.Header {
		for _, v := range values {
			n += len(k) + len(v) + 4
		}
	}
	return n
}

// query returns the parameters of a request. Unlike url.ParseQuery it keeps what is not well-formed, as Jersey does.
func query(r *http.Request) url.Values {
	raw, _, _ := strings.Cut(r.RequestURI, "#")
	_, raw, _ = strings.Cut(raw, "?")
	out := url.Values{}
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		out.Add(unescape(name), unescape(value))
	}
	return out
}

func unescape(s string) string {
	if text, err := url.QueryUnescape(s); err == nil {
		return text
	}
	return s
}

// escapeSegments writes a text as Jersey's UriBuilder.path does: what a path may hold stays, slashes and what looks like an escape too.
func escapeSegments(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~!$&'()*+,;=:@/", c) >= 0 || isEscape(s[i:]) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

func isEscape(s string) bool {
	_, err := url.PathUnescape(s[:min(3, len(s))])
	return s[0] == '%' && err == nil
}
