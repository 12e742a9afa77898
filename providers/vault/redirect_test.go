package vault

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestTokensGoToTheLeaderAlone has a server redirect everything to a host of another name.
func TestTokensGoToTheLeaderAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		leader   string
		everyone bool // whether the question for the leader is redirected too
		ok       bool
	}{{name: "leader", leader: "http://localhost:PORT", ok: true}, {name: "another leader", leader: "http://localhost:1"}, {name: "no leader"}, {name: "everything", everyone: true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			leader := newServer(t)
			leader.put("secret/app", map[string]any{"password": "pw"})
			port := leader.URL[strings.LastIndex(leader.URL, ":")+1:]
			var asked atomic.Int32
			standby := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v1/sys/leader" && !c.everyone {
					fmt.Fprintf(w, `{"leader_address":%q}`, strings.ReplaceAll(c.leader, "PORT", port))
					return
				}
				asked.Add(1)
				http.Redirect(w, r, "http://localhost:"+port+r.URL.RequestURI(), http.StatusTemporaryRedirect)
			}))
			t.Cleanup(standby.Close)
			p := newProvider(style{})
			err := p.Configure(map[string]string{"vault.address": standby.URL, "vault.token": "root-token", "vault.max.retries": "0"})
			if (err == nil) != c.ok || asked.Load() == 0 {
				t.Fatalf("got %v", err)
			}
			if !c.ok {
				if !strings.Contains(err.Error(), "refusing a redirect to localhost:"+port) || leader.seen("") > 0 {
					t.Errorf("got %v", err)
				}
				return
			}
			if got := get(t, p, "secret/app", "password").Values["password"]; got != "pw" {
				t.Errorf("got %q", got)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
