package rest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/logs"
)

// TestMasksStayOnTheirWorker has a worker that masks send configurations to one that knows no masks.
func TestMasksStayOnTheirWorker(t *testing.T) {
	t.Parallel()
	var got, answer string
	status := http.StatusOK
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = string(body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	defer other.Close()
	h := &guarded{stored: config.PropsOf(map[string]string{"password": "st<red"}), err: &herder.RedirectError{Message: "not here", URL: other.URL}}
	r := logs.NewRedactor()
	r.Add("resolved")
	s, _ := newServer(t, nil, nil)
	s.RegisterResources(Guard(masksHere{h}, r, passwords{}, true))
	base := s.URLs()[0]
	const configuration = `{"z":"<1>","password":"st<red","n":null}`
	for _, c := range []struct{ request, body, sent, answer, want string }{
		{"PUT /connectors/c/config", `{"password":"[hidden]","z":"<1>"}`, `{"password":"st<red","z":"<1>","name":"c"}`,
			`{"name":"c","config":` + configuration + `,"tasks":[ ],"more":1.50}`, `200 {"name":"c","config":{"z":"<1>","password":"[hidden]","n":null},"tasks":[],"more":1.50}`},
		{"PATCH /connectors/c/config", `{"password":"[hidden]","x":null}`, `{"password":"st<red","x":null}`, `{"config" : ` + configuration + `}`, `200 {"config":{"z":"<1>","password":"[hidden]","n":null}}`},
		{"POST /connectors", `{"name":"c","config":{"password":"[hidden]"}}`, `{"name":"c","config":{"password":"st<red","name":"c"},"initial_state":null}`, `{"config":null}`, `200 {"config":null}`},
	} {
		answer = c.answer
		method, path, _ := strings.Cut(c.request, " ")
		if text := ask(t, method, base+path, c.body); text != c.want {
			t.Errorf("%s: got %s, want %s", c.request, text, c.want)
		}
		if got != c.sent {
			t.Errorf("%s: sent %s, want %s", c.request, got, c.sent)
		}
	}
	got, answer = "", `{"config":[1]}`
	if text := ask(t, http.MethodPut, base+"/connectors/c/config", `{}`); !strings.HasPrefix(text, "500 ") {
		t.Errorf("got %s", text)
	}
	status, answer = 400, `{"error_code":400,"message":"no resolved"}`
	if text := ask(t, http.MethodPut, base+"/connectors/c/config", `{}`); text != problem(400, "no [hidden]") {
		t.Errorf("got %s", text)
	}
}

// masksHere knows the stored configuration, but sends away what would change it.
type masksHere struct{ *guarded }

func (h masksHere) ConnectorConfig(context.Context, string) (config.Props, error) {
	return h.stored, nil
}
