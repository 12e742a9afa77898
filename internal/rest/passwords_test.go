package rest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// hashOf is a cheap hash as htpasswd writes it.
func hashOf(t *testing.T, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(hash), "$2a$", "$2y$", 1)
}

func TestHashedPasswords(t *testing.T) {
	t.Parallel()
	hash := hashOf(t, "pässword")
	s, out := newServer(t, map[string]string{usersFile: write(t, "users", "ann:"+hash+"\nrob=plain\n"),
		"moldau.rest.limit.failed.logins.per.minute": "0"}, nil)
	s.RegisterResources(newOwner())
	for range 2 { // the second time from memory
		for login, want := range map[[2]string]int{
			{"ann", "pässword"}: 200, {"rob", "plain"}: 200,
			{"ann", hash}: 401, {"ann", "plain"}: 401, {"ann", ""}: 401, {"rob", ""}: 401, {"rob", "pässword"}: 401, {"eve", "pässword"}: 401, {"eve", ""}: 401,
		} {
			if got := sendAs(t, nil, http.MethodGet, s.URLs()[0]+"/connectors", basic(login[0], login[1]), ""); got.status != want {
				t.Errorf("%v: got %v, want %d", login, got, want)
			}
		}
	}
	if strings.Contains(out.String(), hash) || strings.Contains(out.String(), "pässword") {
		t.Errorf("the log: %s", out)
	}
}

// TestHashesFromElsewhere: hashes of other programs.
func TestHashesFromElsewhere(t *testing.T) {
	t.Parallel()
	// The example of the manual of PHP's crypt.
	u, err := parseUsers([]byte("ann=$2y$07$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6hi\n"))
	if err != nil {
		t.Fatal(err)
	}
	p := &userFile{proven: map[string]proof{}}
	if p.quick(u, "ann", "rasmuslerdorf") != costly || !p.slow(u, "ann", "rasmuslerdorf") || p.quick(u, "ann", "rasmuslerdorf") != right || p.slow(u, "ann", "rasmuslerdor") {
		t.Error("the hash is not taken")
	}
	if err := bcrypt.CompareHashAndPassword([]byte(u.decoy), []byte("x")); !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		t.Errorf("the decoy costs nothing: %v", err)
	}
	if cost, err := bcrypt.Cost([]byte(u.decoy)); err != nil || cost != 7 {
		t.Errorf("the decoy costs %d, %v", cost, err)
	}
	// A hash that was changed makes what was proven worthless.
	other, err := parseUsers([]byte("ann=" + hashOf(t, "new") + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if p.quick(other, "ann", "rasmuslerdorf") != costly || p.slow(other, "ann", "rasmuslerdorf") {
		t.Error("the former password is taken")
	}
	for text, want := range map[string]string{
		"ann=$2y$07$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6h":  `the password of "ann" begins as a bcrypt hash and is none`,
		"ann=$2x$07$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6hi": `begins as a bcrypt hash and is none`,
		"ann=$2y$99$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6hi": `begins as a bcrypt hash and is none`,
		"ann=$2y$15$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6hi": `has cost 15, 14 at most are taken`,
	} {
		if _, err := parseUsers([]byte(text)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "silly") {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

// TestHashesCannotBeAskedForWithoutEnd: many wrong passwords at once, for as many names, have few of them checked; who has logged in before goes on.
func TestHashesCannotBeAskedForWithoutEnd(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, map[string]string{usersFile: write(t, "users", "ann="+hashOf(t, "a")+"\nrob="+hashOf(t, "r")+"\ntom=plain\n"),
		"moldau.rest.limit.failed.logins.per.minute": "0.06"}, nil)
	s.RegisterResources(newOwner())
	url := s.URLs()[0] + "/connectors"
	if got := sendAs(t, nil, http.MethodGet, url, basic("ann", "a"), ""); got.status != 200 {
		t.Fatalf("got %v", got)
	}
	var mu sync.Mutex
	count := map[int]int{}
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			got := sendAs(t, nil, http.MethodGet, url, basic("nobody"+string(rune('A'+i)), "x"), "")
			mu.Lock()
			defer mu.Unlock()
			count[got.status]++
		})
	}
	wg.Wait()
	// Two are checked at a time, so that one more than the limit may have begun.
	if count[401] < 10 || count[401] > 10+hashing-1 || count[401]+count[429] != 60 {
		t.Errorf("got %v", count)
	}
	for login, want := range map[[2]string]int{{"ann", "a"}: 200, {"tom", "plain"}: 200, {"rob", "r"}: 429, {"eve", "x"}: 429, {"tom", "x"}: 429} {
		if got := sendAs(t, nil, http.MethodGet, url, basic(login[0], login[1]), ""); got.status != want || want == 429 && got.headers.Get("Retry-After") == "" {
			t.Errorf("%v: got %v, want %d", login, got, want)
		}
	}
}

// TestBusyHashes: while others are being checked a login waits, and is told to come again when that lasts.
func TestBusyHashes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &userFile{turns: make(chan struct{}, 1)}
		done, err := p.turn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := p.turn(t.Context()); !errors.Is(err, errBusy) || time.Since(began) != hashWait {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := p.turn(gone); !errors.Is(err, errBusy) {
			t.Errorf("a client that went away: %v", err)
		}
		got := make(chan error)
		go func() {
			_, err := p.turn(t.Context())
			got <- err
		}()
		synctest.Wait()
		done()
		if err := <-got; err != nil {
			t.Error(err)
		}
	})
}
