package rest

import (
	"net/http"
	"regexp"
	"strings"
)

// cors adds the headers that let pages of other origins use the API, as Jetty's CrossOriginHandler does. A nil cors adds none.
type cors struct {
	any     bool
	origins []*regexp.Regexp
	methods string
}

// newCORS returns nil for a blank list of origins. An origin may hold * for any characters.
func newCORS(origins, methods string) *cors {
	if strings.TrimSpace(origins) == "" {
		return nil
	}
	c := &cors{methods: strings.TrimSpace(methods)}
	if c.methods == "" {
		c.methods = "GET,POST,HEAD"
	}
	for origin := range strings.SplitSeq(origins, ",") {
		origin = strings.TrimSpace(origin)
		if origin == "*" {
			c.any = true
		}
		pattern := strings.ReplaceAll(regexp.QuoteMeta(origin), `\*`, ".*")
		c.origins = append(c.origins, regexp.MustCompile("^(?i:"+pattern+")$"))
	}
	return c
}

func (c *cors) handle(h http.Header, r *http.Request) {
	if c == nil {
		return
	}
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" || !c.allows(origin) {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		h.Set("Access-Control-Allow-Methods", c.methods)
		h.Set("Access-Control-Allow-Headers", "Content-Type")
		h.Set("Access-Control-Max-Age", "60")
	}
}

func (c *cors) allows(origin string) bool {
	if c.any {
		return true
	}
	for _, o := range c.origins {
		if o.MatchString(origin) {
			return true
		}
	}
	return false
}
