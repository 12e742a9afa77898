package rest

import "net/http"

// RegisterAPI makes the listeners answer requests below /api through a handler, behind the same authentication as Connect's own resources. It
// is called before RegisterResources; admin.listeners know no such paths.
func (s *Server) RegisterAPI(h http.Handler) { s.own.Store(&h) }

// answerOwn answers a request that is not one of Java's; false means that it is not for /api.
func (s *Server) answerOwn(w http.ResponseWriter, r *http.Request, path []string, admin bool) bool {
	own := s.own.Load()
	if own == nil || admin || len(path) == 0 || path[0] != "api" {
		return false
	}
	if refused, err := s.refuses(r); refused {
		writeText(w, r, http.StatusUnauthorized, "text/plain", unauthorized)
	} else if err != nil {
		s.writeError(w, r, "", err)
	} else {
		// Letters are data, of which one wants to know who read it.
		exchangeOf(r.Context()).always = len(path) > 2 && path[1] == "dlq" && r.Method != http.MethodOptions
		(*own).ServeHTTP(w, r)
	}
	return true
}
