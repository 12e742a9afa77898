package rest

import (
	"net/http"
	"strings"
	"testing"
)

// TestBodiesOfWorkers: anybody can have a body read by claiming to be a worker, so it is bounded, and nothing is made of it without a right signature.
func TestBodiesOfWorkers(t *testing.T) {
	t.Parallel()
	g := signers{"k"}
	for name, c := range map[string]struct {
		pairs      map[string]string
		key, body  string
		want       int
		carriedOut bool
	}{
		"signed":                           {nil, "k", `[{"a":"b"}]`, 204, true},
		"signed by another":                {nil, "x", `[{"a":"b"}]`, 500, false},
		"no JSON, signed by another":       {nil, "x", `[`, 500, false},
		"too large":                        {map[string]string{"moldau.rest.limit.workers.body.bytes": "50"}, "k", `[{"a":"` + strings.Repeat("b", 50) + `"}]`, 413, false},
		"larger than any body":             {map[string]string{"moldau.rest.limit.body.bytes": "50"}, "k", `[{"a":"` + strings.Repeat("b", 50) + `"}]`, 413, false},
		"as large as may be":               {map[string]string{"moldau.rest.limit.workers.body.bytes": "59"}, "k", `[{"a":"` + strings.Repeat("b", 49) + `"}]`, 204, true},
		"large where nobody has to log in": {map[string]string{"moldau.rest.limit.workers.body.bytes": "50", usersFile: ""}, "k", `[{"a":"` + strings.Repeat("b", 50) + `"}]`, 204, true},
	} {
		s, _ := newServer(t, and(map[string]string{usersFile: write(t, "users", "root=x\n")}, pairsOf(c.pairs)...), nil)
		o := newOwner()
		s.RegisterGroup(g)
		s.RegisterResources(o)
		for _, chunked := range []bool{false, true} {
			body := strings.NewReader(c.body)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URLs()[0]+"/connectors/orders-a/tasks", body)
			if err != nil {
				t.Fatal(err)
			}
			if chunked {
				req.ContentLength = -1
			}
			req.Header.Set("Content-Type", jsonType)
			if err := (signers{c.key}).SignText([]byte(c.body), req.Header); err != nil {
				t.Fatal(err)
			}
			res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if took := o.took(); res.StatusCode != c.want || (len(took) > 0) != c.carriedOut {
				t.Errorf("%s, chunked %t: got %s, %v", name, chunked, res.Status, took)
			}
		}
	}
}

func pairsOf(props map[string]string) (out []string) {
	for k, v := range props {
		out = append(out, k, v)
	}
	return out
}
