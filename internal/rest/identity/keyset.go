package identity

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// freshPause is how long after keys were had a token with an unknown key makes the verifier ask for them again: the provider may have
	// rotated, or somebody makes up keys.
	freshPause = 10 * time.Second
	// firstPause and longestPause are between attempts that fail.
	firstPause   = time.Second
	longestPause = time.Minute
	// longestUse is how long keys are good for while no newer ones can be had.
	longestUse = 24 * time.Hour
	// mostKeys bounds a key set.
	mostKeys = 128
)

// keySet is the provider's published keys, fetched anew when they are old or one is missing. Its methods may be called by several goroutines.
type keySet struct {
	fetch   func(ctx context.Context) ([]byte, error)
	refresh time.Duration
	log     *slog.Logger
	life    context.Context
	jobs    sync.WaitGroup

	mu      sync.Mutex
	keys    []jose.JSONWebKey
	fetched time.Time // the last success
	next    time.Time // no attempt before
	pause   time.Duration
	running chan struct{} // closed when the attempt under way has ended, nil for none
}

// find returns the keys that may have signed a token; none where the provider publishes none such, which is certain after a fresh look. It waits
// for keys where there are none yet, until ctx ends.
func (k *keySet) find(ctx context.Context, id string, algorithm jose.SignatureAlgorithm) ([]jose.JSONWebKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for attempt := 0; ; attempt++ {
		now := time.Now()
		usable := k.keys != nil && now.Sub(k.fetched) < longestUse
		found := suiting(k.keys, id, algorithm)
		old := now.Sub(k.fetched) >= k.refresh
		if (!usable || old || len(found) == 0) && attempt == 0 && !now.Before(k.next) {
			k.start()
		}
		switch {
		case usable && len(found) > 0:
			return found, nil
		case k.running != nil && attempt == 0:
			done := k.running
			k.mu.Unlock()
			select {
			case <-done:
			case <-ctx.Done():
			}
			k.mu.Lock()
			if ctx.Err() != nil {
				return nil, errUnavailable
			}
		case !usable:
			return nil, errUnavailable
		default:
			return nil, nil
		}
	}
}

// start fetches in a goroutine of its own; the lock is held.
func (k *keySet) start() {
	if k.running != nil || k.life.Err() != nil {
		return
	}
	done := make(chan struct{})
	k.running = done
	k.jobs.Go(func() {
		ctx, cancel := context.WithTimeout(k.life, fetchTime)
		defer cancel()
		var keys []jose.JSONWebKey
		text, err := k.fetch(ctx)
		if err == nil {
			keys, err = parseKeys(text)
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		k.running = nil
		close(done)
		if err != nil {
			k.pause = min(max(2*k.pause, firstPause), longestPause)
			k.next = time.Now().Add(k.pause)
			if k.life.Err() == nil {
				k.log.Warn("The keys that tokens of the REST API are checked with cannot be had, next attempt in " + k.pause.String() + " at the earliest: " + err.Error())
			}
			return
		}
		k.keys, k.fetched, k.pause, k.next = keys, time.Now(), 0, time.Now().Add(min(freshPause, k.refresh))
	})
}

// suiting returns the keys of that id, or all where the token names none, that an algorithm can use.
func suiting(keys []jose.JSONWebKey, id string, algorithm jose.SignatureAlgorithm) []jose.JSONWebKey {
	var out []jose.JSONWebKey
	for _, k := range keys {
		if (id == "" || k.KeyID == id) && (k.Algorithm == "" || k.Algorithm == string(algorithm)) && fits(k.Key, algorithm) {
			out = append(out, k)
		}
	}
	return out
}

// fits reports whether a public key is of the kind that an algorithm needs: a key of one kind never checks a signature of another.
func fits(key any, algorithm jose.SignatureAlgorithm) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return algorithm[0] == 'R' || algorithm[0] == 'P'
	case *ecdsa.PublicKey:
		switch algorithm {
		case jose.ES256:
			return k.Curve.Params().BitSize == 256
		case jose.ES384:
			return k.Curve.Params().BitSize == 384
		case jose.ES512:
			return k.Curve.Params().BitSize == 521
		}
	case ed25519.PublicKey:
		return algorithm == jose.EdDSA
	}
	return false
}

// parseKeys reads a JSON web key set and keeps the public keys for signatures. Keys of kinds that are not known are passed over, as the standard
// says; symmetric and private ones, which nobody publishes on purpose, too.
func parseKeys(text []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("the key set is no JSON object with keys: %w", err)
	}
	if len(set.Keys) > mostKeys {
		return nil, fmt.Errorf("the key set has %d keys, %d at most are taken", len(set.Keys), mostKeys)
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if err := k.UnmarshalJSON(raw); err != nil || !k.IsPublic() || !k.Valid() || k.Use != "" && k.Use != "sig" {
			continue
		}
		if r, ok := k.Key.(*rsa.PublicKey); ok && r.N.BitLen() < 2048 {
			continue
		}
		keys = append(keys, k)
	}
	if keys == nil {
		return nil, errors.New("the key set has no public key for signatures (RSA of 2048 bits and more, P-256, P-384, P-521, Ed25519)")
	}
	return keys, nil
}
