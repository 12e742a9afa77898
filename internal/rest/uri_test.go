package rest

import (
	"html"
	"net/http"
	"strings"
	"testing"
)

// TestPathsAsInJava: dots, empty segments and parameters, with the answers of Java Connect 4.3.1 (Jetty 12.0.34).
func TestPathsAsInJava(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, nil, nil)
	s.RegisterResources(newOwner())
	address := strings.TrimPrefix(s.URLs()[0], "http://")
	const none, list, away = `{"error_code":404,"message":"HTTP 404 Not Found"}`, `["orders-a","stock"]`, "Bad Request"
	const empty, parameter, encoded = "Ambiguous URI empty segment", "Ambiguous URI path parameter", "Ambiguous URI path segment"
	named := func(name string) string {
		return `{"error_code":404,"message":"Connector ` + name + ` not found"}`
	}
	for path, want := range map[string]string{
		"/connectors/":                  list,
		"/connectors;x":                 list,
		"/connectors/;x":                list,
		`/connectors;x\y`:               list,
		"/connectors?x=/../":            list,
		"/connectors/.":                 named("."),
		"/connectors/..":                named(".."),
		"/connectors/..?x":              named(".."),
		"/connectors/...":               named("..."),
		"/connectors;x=1/c":             named("c"),
		"/connectors/c/":                named("c"),
		"/connectors/../connectors":     none,
		"/x/../connectors":              none,
		"/./connectors":                 none,
		"/connectors/./c":               none,
		"/connectors/c/.":               none,
		"/connectors/c/..":              none,
		"/connectors/a;/../b":           none,
		"/.":                            none,
		"/x/..":                         none,
		"/readyz/../connectors":         none,
		"http://h/x/../connectors":      none,
		"/../connectors":                away,
		"/..":                           away,
		"/../":                          away,
		"/connectors/../../etc/passwd":  away,
		"/connectors/../..;x":           away,
		"/a/..;/..;/x":                  away,
		"/%2e%2e/connectors":            away,
		"/%2e%2e;/x":                    away,
		"/%2e/..":                       away,
		"/../%2f":                       away,
		"http://h/../x":                 away,
		"/connectors/..;/c":             parameter,
		"/connectors/..;x=1/connectors": parameter,
		"/x/..;/connectors":             parameter,
		"/.;/connectors":                parameter,
		"/connectors/.;x":               parameter,
		"/%2e/connectors":               encoded,
		"/connectors/%2e%2e/c":          encoded,
		"/connectors/.%2e/c":            encoded,
		"/connectors/%2E%2E":            encoded,
		"/connectors/%2e%2e;/c":         encoded + ", " + parameter,
		"//connectors":                  empty,
		"//../x":                        empty,
		"/connectors//c":                empty,
		"/connectors//":                 empty,
		"/connectors/;x/status":         empty,
		"/;x/connectors":                empty,
		"/connectors/;/..":              empty,
		"http://h//connectors":          empty,
		"/connectors/..%2fc":            "Ambiguous URI path separator",
		`/connectors/a\b`:               "Suspicious Path Character, Illegal Path Character",
	} {
		got := raw(t, address, "GET "+path+" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
		_, body, _ := strings.Cut(got, "\r\n\r\n")
		if strings.HasPrefix(want, "[") || strings.HasPrefix(want, "{") {
			if body != want {
				t.Errorf("%s: got %s, want %s", path, got, want)
			}
		} else if !strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.Contains(body, "<th>MESSAGE:</th><td>"+html.EscapeString(want)+"</td>") {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// TestPathsPassNoGate: whatever a path looks like, who may see one connector gets to no other, and who is nobody gets nowhere.
func TestPathsPassNoGate(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, map[string]string{usersFile: write(t, "users", "ann=a\n"), rolesFile: write(t, "roles", testRoles)}, nil)
	o := newOwner()
	s.RegisterResources(o)
	address := strings.TrimPrefix(s.URLs()[0], "http://")
	dots := []string{"", ".", "..", "%2e", "%2e%2e", ".%2e", ";x", "..;", "%2e%2e;", "orders-a", "readyz", "x%2f", `..\`}
	for _, a := range dots {
		for _, b := range dots {
			for _, path := range []string{"/" + a + "/" + b + "/connectors/stock/stop", "/connectors/" + a + "/" + b + "/stock/stop", "/connectors/" + a + "/" + b + "stock/stop",
				"/connectors/stock/" + a + "/" + b + "stop", "/connectors/stock;" + a + "/" + b + ";/stop", "/connectors/stock" + a + "/stop;" + b, "http://h/" + a + "/connectors/stock/stop" + b} {
				for who, status := range map[string]string{"": "401", basic("ann", "a"): "403"} {
					header := ""
					if who != "" {
						header = "Authorization: " + who + "\r\n"
					}
					got := statuses(raw(t, address, "PUT "+path+" HTTP/1.1\r\nHost: h\r\n"+header+"Connection: close\r\n\r\n"))
					if len(got) != 1 || got[0] != status && got[0] != "400" && (who == "" || got[0] != "404" && got[0] != "405") {
						t.Errorf("%s as %q: %v", path, who, got)
					}
				}
			}
		}
	}
	if served := o.took(); served != nil {
		t.Errorf("carried out: %v", served)
	}
	if got := sendAs(t, nil, http.MethodPut, s.URLs()[0]+"/connectors/orders-a/stop", basic("ann", "a"), ""); got.status != http.StatusNoContent {
		t.Errorf("what is allowed: %v", got)
	}
}
