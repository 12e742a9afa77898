package rest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
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
	// Body is the SHA-256 of the request's body.
	Body []byte `json:"body"`
}

// vouchText is what is signed: it is no JSON, so that the signature can be none of a request between workers. worker is the host and port that the
// worker it is meant for is known by.
func vouchText(worker, method string, path []string, query, header string) []byte {
	return []byte("forwarded " + method + "\n" + worker + "\n" + strings.Join(path, "\x00") + "\n" + query + "\n" + header)
}

// errLongName is that of a principal for whom there is no room in a header.
var errLongName = errors.New("the name and the groups of the client are too long to be sent to the worker that must serve the request: ask that worker")

// vouches adds to a request that is sent on who makes it.
func (c *call) vouches(target string, body []byte, headers http.Header) error {
	x, g := exchangeOf(c.ctx), c.server.group.Load()
	if x.id != "" {
		headers.Set(requestID, x.id)
	}
	p := x.access.Principal
	if g == nil || !c.server.gate.asks() || p.Name == "" {
		return nil
	}
	sum := sha256.Sum256(body)
	text, err := json.Marshal(vouch{Kind: p.Kind, Name: p.Name, Groups: p.Groups, Client: x.client, At: time.Now().UnixMilli(), Body: sum[:]})
	if err != nil {
		return err
	}
	header := base64.RawURLEncoding.EncodeToString(text)
	if len(header) > largestVouch {
		if c.Header.Get("Authorization") == "" {
			return errLongName // the other worker would take the client for this worker, by its certificate
		}
		return nil // the other worker has the Authorization header to go by
	}
	to, err := url.Parse(target)
	if err != nil {
		return err
	}
	if err := (*g).SignText(vouchText(to.Host, c.Method, c.resource.path(c.params), to.RawQuery, header), headers); err != nil {
		return err
	}
	if headers.Get(signatureHeader) != "" {
		headers.Set(vouchHeader, header)
	}
	return nil
}

// doubtful refuses a request whose vouch is not accepted and that has no other login: the worker that sent it on may have had a key that has been
// replaced since, or another one that is not known here yet, and then another try succeeds.
func doubtful(reason string) error {
	return &loginError{status: http.StatusServiceUnavailable, wait: time.Second,
		message: "Another worker sent this request on, and who makes it is not certain: " + reason + ". Try again."}
}

// vouched returns who makes a request that another worker of the group sent on; ok is false where nothing says so. Anything wrong with what says so
// is an error, but for requests that can log in as any other.
func (s *Server) vouched(x *exchange, r *http.Request, path []string) (p roles.Principal, ok bool, err error) {
	g := s.group.Load()
	header := r.Header.Get(vouchHeader)
	if g == nil || header == "" || !s.gate.asks() || !(*g).Signs() {
		return roles.Principal{}, false, nil
	}
	defer func() {
		var doubt *loginError
		if errors.As(err, &doubt) && r.Header.Get("Authorization") != "" {
			err = nil
		}
	}()
	mac, err := decodeBase64(r.Header.Get(signatureHeader))
	if err != nil {
		return roles.Principal{}, false, doubtful("the signature is none")
	}
	signature := &herder.Signature{Algorithm: r.Header.Get(algorithmHeader), MAC: mac}
	if err := (*g).CheckText(vouchText(s.advertised.Host, r.Method, path, r.URL.RawQuery, header), signature); err != nil {
		return roles.Principal{}, false, doubtful("its signature is not that of the group's present key for this request")
	}
	var v vouch
	text, err := base64.RawURLEncoding.DecodeString(header)
	if err != nil || json.Unmarshal(text, &v) != nil {
		return roles.Principal{}, false, doubtful("the worker is of another version")
	}
	if time.Since(time.UnixMilli(v.At)).Abs() > vouchTime {
		return roles.Principal{}, false, doubtful("the clocks of the two workers differ by more than " + vouchTime.String())
	}
	if !slices.Contains([]roles.Kind{roles.Basic, roles.Bearer, roles.Certificate}, v.Kind) || v.Name == "" {
		return roles.Principal{}, false, doubtful("the worker is of another version")
	}
	// Only now: a body is read for nobody who is not a worker.
	sum, err := s.hashBody(r)
	if err != nil {
		return roles.Principal{}, false, err
	}
	if !bytes.Equal(sum, v.Body) {
		return roles.Principal{}, false, doubtful("its body is not what was sent")
	}
	x.client, x.forwarded = v.Client, true
	return roles.Principal{Kind: v.Kind, Name: v.Name, Groups: v.Groups}, true, nil
}

// hashBody reads the body of a request, which can be read again after that.
func (s *Server) hashBody(r *http.Request) ([]byte, error) {
	most := s.cfg.Values.Int64("moldau.rest.limit.body.bytes")
	if r.ContentLength > most {
		return nil, statusError(http.StatusRequestEntityTooLarge)
	}
	data, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, most))
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return nil, statusError(http.StatusRequestEntityTooLarge)
	}
	if err != nil {
		return nil, herder.BadRequest("the request's body could not be read: %v", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(data))
	sum := sha256.Sum256(data)
	return sum[:], nil
}
