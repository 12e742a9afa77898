package rest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/rest/reload"
)

const (
	// mostCost bounds what one check costs: 14 is about a second.
	mostCost = 14
	// hashing is how many checks of hashes run at once, whoever asks for them, and hashWait how long others wait for their turn.
	hashing  = 2
	hashWait = 10 * time.Second
)

// hashed is a bcrypt hash as htpasswd and others write it; whatever begins like one is meant to be one.
var (
	hashed  = regexp.MustCompile(`^\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}$`)
	hashish = regexp.MustCompile(`^\$2[abxy]?\$`)
)

// users are the content of the file of users: passwords as Java's file has them, or their hashes.
type users struct {
	passwords map[string]string
	// decoy is a hash that no password fits, as costly as the users' own, "" where there are no hashes. Unknown users are checked against it, so
	// that the time taken tells nobody who is a user.
	decoy string
}

func parseUsers(text []byte) (*users, error) {
	props, err := javafmt.LoadProperties(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	u := &users{passwords: props.Map()}
	if len(u.passwords) == 0 {
		// Java's login module takes a file without users to mean that everybody may pass; nobody means that here.
		return nil, errors.New("it names no users; write a line user=password for each")
	}
	dearest := 0
	for name, password := range u.passwords {
		if !hashish.MatchString(password) {
			continue
		}
		cost, err := bcrypt.Cost([]byte(password))
		if !hashed.MatchString(password) || err != nil {
			return nil, fmt.Errorf("the password of %q begins as a bcrypt hash and is none; is a part of it missing?", name)
		}
		if cost > mostCost {
			return nil, fmt.Errorf("the bcrypt hash of %q has cost %d, %d at most are taken: each login would keep the worker busy for seconds", name, cost, mostCost)
		}
		dearest = max(dearest, cost)
	}
	if dearest > 0 {
		u.decoy = fmt.Sprintf("$2a$%02d$%s", dearest, strings.Repeat(".", 53))
	}
	return u, nil
}

// userFile checks the logins of the file of users. Checking a hash is slow on purpose, so a password that fitted once is known again, and few hashes
// are checked at a time. Its methods may be called by several goroutines.
type userFile struct {
	file  *reload.File[*users]
	turns chan struct{}
	// key makes what is remembered of passwords worth nothing outside of this process.
	key [32]byte

	mu     sync.Mutex
	proven map[string]proof
}

// proof says that a password fits a hash.
type proof struct {
	hash     string
	password [sha256.Size]byte
}

func openUsers(path string, log *slog.Logger) (*userFile, error) {
	file, err := reload.Open(usersFile, path, log, parseUsers)
	if err != nil {
		return nil, err
	}
	p := &userFile{file: file, turns: make(chan struct{}, hashing), proven: map[string]proof{}}
	_, _ = rand.Read(p.key[:]) // it never fails
	return p, nil
}

// has reports whether there is such a user.
func (p *userFile) has(user string) bool {
	_, ok := p.file.Get().passwords[user]
	return ok
}

// verdict is what became of a login.
type verdict int

const (
	wrong verdict = iota
	right
	// costly says that only a check of a hash can tell.
	costly
)

// quick checks a login as far as that takes no time worth speaking of.
func (p *userFile) quick(u *users, user, password string) verdict {
	want, known := u.passwords[user]
	if known && hashish.MatchString(want) {
		p.mu.Lock()
		proven := p.proven[user]
		p.mu.Unlock()
		mark := p.mark(password)
		if proven.hash == want && subtle.ConstantTimeCompare(proven.password[:], mark[:]) == 1 {
			return right
		}
		return costly
	}
	// Equal lengths, whatever the texts, so that the time taken tells nothing.
	a, b := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(password))
	switch {
	case subtle.ConstantTimeCompare(a[:], b[:]) == 1 && known:
		return right
	case u.decoy != "":
		return costly
	}
	return wrong
}

func (p *userFile) mark(password string) (out [sha256.Size]byte) {
	mac := hmac.New(sha256.New, p.key[:])
	mac.Write([]byte(password))
	copy(out[:], mac.Sum(nil))
	return out
}

// errBusy is a login that could not be checked since too many others are.
var errBusy = errors.New("Too many logins are being checked.")

// turn waits until a hash may be checked; done must be called then.
func (p *userFile) turn(ctx context.Context) (done func(), err error) {
	late := time.NewTimer(hashWait)
	defer late.Stop()
	select {
	case p.turns <- struct{}{}:
		return func() { <-p.turns }, nil
	case <-ctx.Done():
	case <-late.C:
	}
	return nil, errBusy
}

// slow checks the hash of a user, or the decoy for all that have none.
func (p *userFile) slow(u *users, user, password string) bool {
	want, known := u.passwords[user]
	if !known || !hashish.MatchString(want) {
		_ = bcrypt.CompareHashAndPassword([]byte(u.decoy), []byte(password)) // only for the time it takes
		return false
	}
	if bcrypt.CompareHashAndPassword([]byte(want), []byte(password)) != nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.proven[user] = proof{want, p.mark(password)}
	return true
}
