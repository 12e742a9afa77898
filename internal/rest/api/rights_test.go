package api

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moldau/moldau/internal/deadletter"
	"github.com/moldau/moldau/internal/rest/roles"
)

// TestAnotherTopicNeedsEdit: a redrive writes by the worker's rights, so that who may operate a connector must not choose where.
func TestAnotherTopicNeedsEdit(t *testing.T) {
	t.Parallel()
	granted, err := roles.Parse([]byte(`
roles:
  operator: [{connectors: ["plain"], verbs: [operate]}]
  editor: [{connectors: ["plain"], verbs: [operate, edit]}]
  elsewhere: [{connectors: ["plain"], verbs: [operate]}, {connectors: ["other"], verbs: [edit]}]
bindings:
  - {role: operator, users: [operator]}
  - {role: editor, users: [editor]}
  - {role: elsewhere, users: [elsewhere]}
`))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	h := New(Config{Logger: log, Letters: deadletter.New(deadletter.Config{Connectors: connectors{}, Logger: log})})
	for _, c := range []struct {
		user, topic string
		status      int
	}{
		// The connector has no dead letter queue, which whoever gets so far is told by a 409.
		{"operator", "", 409}, {"operator", "connect-configs", 403}, {"editor", "repaired", 409}, {"elsewhere", "repaired", 403}, {"nobody", "", 403},
	} {
		access := &roles.Access{Principal: roles.Principal{Kind: roles.Basic, Name: c.user}, Roles: granted}
		r := httptest.NewRequestWithContext(roles.With(context.Background(), access), "POST", "http://w/api/dlq/plain/redrive",
			strings.NewReader(`{"target":"topic","filter":{},"topic":"`+c.topic+`"}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || c.status == 403 && access.Refusal == "" {
			t.Errorf("%s to %q: %d %s", c.user, c.topic, w.Code, w.Body)
		}
	}
}
