package rest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/rest/roles"
)

// Group is what the server asks the group of a distributed worker. Its methods are called on goroutines of requests and do not block.
type Group interface {
	// Signs reports whether the workers sign their requests to each other (connect.protocol=sessioned in all of them).
	Signs() bool
	// SignText adds to headers a signature that the other workers can check; none where the group does without.
	SignText(text []byte, headers http.Header) error
	// CheckText returns an error unless a worker of the group signed the text.
	CheckText(text []byte, signature *herder.Signature) error
}

// RegisterGroup makes the group of a distributed worker known. It is called before RegisterResources.
func (s *Server) RegisterGroup(g Group) { s.group.Store(&g) }

// betweenWorkers reports whether a request to an internal route may pass without a login: its signature is checked where it is carried out. Workers
// of a group that signs nothing cannot prove who they are.
func (s *Server) betweenWorkers(r *http.Request) bool {
	g := s.group.Load()
	if g == nil {
		return !s.gate.strict()
	}
	return !(*g).Signs() || r.Header.Get(signatureHeader) != "" && r.Header.Get(algorithmHeader) != ""
}

const (
	signatureHeader = "X-Connect-Authorization"
	algorithmHeader = "X-Connect-Request-Signature-Algorithm"
	// vouchHeader tells a worker who makes a request that another worker of the group sends on: certificates do not travel.
	vouchHeader = "X-Moldau-Forwarded"
	// vouchTime is how long it is good for.
	vouchTime = 2 * time.Minute
	// largestVouch leaves room for other headers within what a server takes.
	largestVouch = 4096
)

// vouch is the content of the header.
type vouch struct {
	Kind   roles.Kind `json:"kind"`
	Name   string     `json:"name"`
	Groups []string   `json:"groups,omitempty"`
	Client string     `json:"client"`
	At     int64      `json:"at"`
}

// vouchText is what is signed: it is no JSON, so that the signature can be none of a request between workers.
func vouchText(method string, path []string, header string) []byte {
	return []byte("forwarded " + method + "\n" + strings.Join(path, "\x00") + "\n" + header)
}

// vouches adds to a request that is sent on who makes it.
func (c *call) vouches(headers http.Header) error {
	x, g := exchangeOf(c.ctx), c.server.group.Load()
	if x.id != "" {
		headers.Set(requestID, x.id)
	}
	p := x.access.Principal
	if g == nil || !c.server.gate.asks() || p.Name == "" {
		return nil
	}
	text, err := json.Marshal(vouch{Kind: p.Kind, Name: p.Name, Groups: p.Groups, Client: x.client, At: time.Now().UnixMilli()})
	if err != nil {
		return err
	}
	header := base64.RawURLEncoding.EncodeToString(text)
	if len(header) > largestVouch {
		return nil // the other worker has the Authorization header to go by
	}
	if err := (*g).SignText(vouchText(c.Method, c.resource.path(c.params), header), headers); err != nil {
		return err
	}
	if headers.Get(signatureHeader) != "" {
		headers.Set(vouchHeader, header)
	}
	return nil
}

// vouched returns who makes a request that another worker of the group sent on. Anything wrong with that leaves the request to log in as any other.
func (s *Server) vouched(x *exchange, r *http.Request, path []string) (roles.Principal, bool) {
	g := s.group.Load()
	header := r.Header.Get(vouchHeader)
	if g == nil || header == "" || !s.gate.asks() || !(*g).Signs() {
		return roles.Principal{}, false
	}
	mac, err := decodeBase64(r.Header.Get(signatureHeader))
	if err != nil {
		return roles.Principal{}, false
	}
	signature := &herder.Signature{Algorithm: r.Header.Get(algorithmHeader), MAC: mac}
	if err := (*g).CheckText(vouchText(r.Method, path, header), signature); err != nil {
		return roles.Principal{}, false
	}
	var v vouch
	text, err := base64.RawURLEncoding.DecodeString(header)
	if err != nil || json.Unmarshal(text, &v) != nil || time.Since(time.UnixMilli(v.At)).Abs() > vouchTime {
		return roles.Principal{}, false
	}
	if !slices.Contains([]roles.Kind{roles.Basic, roles.Bearer, roles.Certificate}, v.Kind) || v.Name == "" {
		return roles.Principal{}, false
	}
	x.client, x.forwarded = v.Client, true
	return roles.Principal{Kind: v.Kind, Name: v.Name, Groups: v.Groups}, true
}
