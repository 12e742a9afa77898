//go:build unix

package e2e

import (
	bigendian "encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// refusingPostgres is a server that answers every login with an error, which the name of the database chooses. The database silent gets no
// answer before the test ends it.
type refusingPostgres struct {
	net.Listener
	asked, end chan struct{}
}

func startRefusingPostgres(t *testing.T) *refusingPostgres {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &refusingPostgres{l, make(chan struct{}, 1), make(chan struct{})}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
	return s
}

func (s *refusingPostgres) serve(c net.Conn) {
	defer c.Close()
	var size [4]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return
	}
	startup := make([]byte, bigendian.BigEndian.Uint32(size[:])-4)
	if _, err := io.ReadFull(c, startup); err != nil {
		return
	}
	code := "3D000"
	switch text := string(startup); {
	case strings.Contains(text, "\x00refuses\x00"):
		code = "28P01"
	case strings.Contains(text, "\x00silent\x00"):
		s.asked <- struct{}{}
		<-s.end
		return
	}
	fields := "SFATAL\x00VFATAL\x00C" + code + "\x00Mthe words of the server\x00\x00"
	_, _ = c.Write(append(bigendian.BigEndian.AppendUint32([]byte("E"), uint32(len(fields)+4)), fields...)) // who asked sees that there is no answer
}

// TestConnectionOfAConfiguration validates and stores configurations whose database refuses the login, is absent, is down or is silent.
func TestConnectionOfAConfiguration(t *testing.T) {
	t.Parallel()
	server := startRefusingPostgres(t)
	dir := t.TempDir()
	p := moldau(t, dir, "standalone", worker(t, dir))
	rest := p.rest()
	config := func(url string) map[string]string {
		return map[string]string{"name": "orders", "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector", "topics": "orders",
			"connection.url": url, "connection.user": "shop", "connection.password": "hunter2", "connection.attempts": "1"}
	}
	found := func(class, body string) string {
		var infos struct {
			Configs []struct {
				Value struct {
					Name   string
					Errors []string
				}
			}
		}
		if err := json.Unmarshal([]byte(body), &infos); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(body, "hunter2") {
			t.Errorf("%s: the answer holds the password: %s", class, body)
		}
		var list []string
		for _, c := range infos.Configs {
			for _, e := range c.Value.Errors {
				list = append(list, c.Value.Name+": "+e)
			}
		}
		return strings.Join(list, "\n")
	}
	database := "jdbc:postgresql://" + server.Addr().String() + "/"
	for _, c := range []struct {
		url, key, want string
		stored         bool
	}{
		{database + "refuses?sslmode=disable", "connection.password", "the database refuses the login: check connection.user and connection.password: ", false},
		{database + "absent?sslmode=disable", "connection.url", "there is no such database: check its name in connection.url: ", false},
		{"jdbc:sqlite:" + filepath.Join(dir, "no-folder", "x.db"), "connection.url", "there is no such database: ", false},
		{fmt.Sprintf("jdbc:postgresql://127.0.0.1:%d/x", freePort(t)), "connection.url", "the database cannot be reached: check host and port in connection.url, and whether it runs: ", true},
		{fmt.Sprintf("jdbc:mariadb://127.0.0.1:%d/x", freePort(t)), "connection.url", "the database cannot be reached: ", true},
		{"jdbc:postgresql://127.0.0.1/x?targetServerType=odd", "connection.url", "targetServerType=odd is not known", false},
	} {
		for _, class := range []string{"JdbcSinkConnector", "JdbcSourceConnector"} {
			props := config(c.url)
			props["connector.class"], props["mode"] = "io.confluent.connect.jdbc."+class, "bulk"
			got := found(class, rest.want(http.StatusOK, http.MethodPut, "/connector-plugins/"+class+"/config/validate", props))
			if !strings.HasPrefix(got, c.key+": "+c.want) || strings.Contains(got, "\n") {
				t.Errorf("%s of %s: %s", class, c.url, got)
			}
		}
		code, body, err := rest.call(http.MethodPut, "/connectors/orders/config", config(c.url))
		if err != nil || (code == http.StatusCreated) != c.stored || !c.stored && (code != http.StatusBadRequest || !strings.Contains(body, c.want)) || strings.Contains(body, "hunter2") && !c.stored {
			t.Errorf("storing %s: %d %s %v", c.url, code, body, err)
		}
		if c.stored {
			rest.want(http.StatusNoContent, http.MethodDelete, "/connectors/orders", nil)
		}
	}

	// While the connection is tested, other requests are answered.
	answer := make(chan string, 1)
	go func() {
		code, body, err := rest.call(http.MethodPut, "/connector-plugins/JdbcSinkConnector/config/validate", config(database+"silent?sslmode=disable"))
		answer <- fmt.Sprint(code, body, err)
	}()
	select {
	case <-server.asked:
	case got := <-answer:
		t.Fatalf("the silent server was not asked: %s", got)
	}
	rest.create("other", sink(filepath.Join(dir, "out.txt"), "other"))
	rest.running("other")
	close(server.end)
	if got := <-answer; !strings.HasPrefix(got, "200") || !strings.Contains(got, "the database cannot be reached: ") {
		t.Errorf("the silent server: %s", got)
	}
}
