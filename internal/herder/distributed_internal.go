package herder

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"github.com/moldau/moldau/internal/group"
	"github.com/moldau/moldau/internal/store"
)

// PutTaskConfigs writes the task configurations that the connector of another worker made.
func (h *Distributed) PutTaskConfigs(ctx context.Context, name string, tasks []map[string]string, body []byte, signature *Signature) error {
	if err := h.verify(body, signature); err != nil {
		return err
	}
	return h.writeTasks(ctx, name, tasks)
}

// verify checks the signature of a request from another worker, where the group signs them.
func (h *Distributed) verify(body []byte, signature *Signature) error {
	if h.member.Protocol() != group.Sessioned {
		return nil
	}
	var signed *store.RequestSignature
	if signature != nil {
		headers := http.Header{}
		headers.Set(store.SignatureHeader, base64.StdEncoding.EncodeToString(signature.MAC))
		headers.Set(store.SignatureAlgorithmHeader, signature.Algorithm)
		var err error
		if signed, err = store.ReadSignature(headers, body); err != nil {
			return BadRequest("%s", err.Error())
		}
	}
	err := store.Verify(signed, h.configs.Snapshot().SessionKey(), h.cfg.Keys.VerificationAlgorithms)
	var refused *store.SignatureError
	if errors.As(err, &refused) {
		return &Error{Status: refused.Status, Message: refused.Message}
	}
	return err
}

// untilRotation returns how long the session key is good for; ok is false where this worker has not to care.
func (h *Distributed) untilRotation(now time.Time) (wait time.Duration, ok bool) {
	if _, leader := h.member.Leader(); !leader || h.member.Protocol() != group.Sessioned {
		return 0, false
	}
	key := h.configs.Snapshot().SessionKey()
	if key == nil || !key.Fits(h.cfg.Keys.GenerationAlgorithm, h.cfg.Keys.Size) {
		return 0, true
	}
	expires := key.Expires(h.cfg.Keys.TTL)
	if expires.IsZero() {
		return 0, false
	}
	return max(expires.Sub(now), 0), true
}

// keyPause is between attempts to write a session key.
const keyPause = time.Second

// rotateKey makes a new session key where this worker leads and the old one is missing, of another kind, or expired.
func (h *Distributed) rotateKey(now time.Time) {
	if wait, ok := h.untilRotation(now); !ok || wait > 0 || now.Before(h.nextKey) {
		return
	}
	key, err := store.NewSessionKey(h.cfg.Keys.GenerationAlgorithm, h.cfg.Keys.Size, now)
	if err == nil {
		err = h.privileged(h.configs.PutSessionKey(h.life, key))
	}
	if err != nil && h.life.Err() == nil {
		h.log.Error("No new session key could be made; workers that join now cannot hand their tasks to this leader", "error", err)
		h.nextKey = now.Add(keyPause)
	}
}
