package herder

import (
	"errors"
	"net/http"

	"github.com/moldau/moldau/internal/group"
)

// Signs reports whether the workers of the group sign their requests to each other. It may be called by any goroutine and does not block.
func (h *Distributed) Signs() bool { return h.member.Protocol() == group.Sessioned }

// SignText adds to headers a signature of a text that the other workers of the group can check, and nothing where the group does without. It may
// be called by any goroutine and does not block.
func (h *Distributed) SignText(text []byte, headers http.Header) error {
	if !h.Signs() {
		return nil
	}
	return h.sign(text, headers)
}

// CheckText returns an error unless a worker of the group signed the text with the present session key. It may be called by any goroutine and does
// not block.
func (h *Distributed) CheckText(text []byte, signature *Signature) error {
	if !h.Signs() || signature == nil {
		return errors.New("the group signs no requests")
	}
	return h.verify(text, signature)
}
