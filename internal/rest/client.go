package rest

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/rest/jackson"
)

// connectTime is Jetty's limit for opening a connection; how long an answer may take is for the context to say.
const connectTime = 15 * time.Second

// Client sends requests to the other workers of a group, on its own connection each (RestClient in Java). Its methods may be called by several
// goroutines; they return when the context ends at the latest. Errors have Java's texts; as a *herder.Error they carry the status that the
// other worker refused with, or 500 where no worker answered.
type Client struct {
	props map[string]string
	warn  func(key, reason string)
	// dial opens connections.
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	mu  sync.Mutex
	tls *kafka.TLS // nil until an https URL is asked for (KAFKA-14816)
}

// NewClient returns a Client with the TLS settings of a worker's configuration: the keys below listeners.https. where there are any, else the
// plain ssl keys. They are read when the first https URL is asked for.
func NewClient(values *config.Values, log *slog.Logger) *Client {
	if log == nil {
		log = slog.Default()
	}
	return &Client{
		props: values.Originals().Strings(),
		warn:  func(key, reason string) { log.Warn(key + ": " + reason) },
		dial:  (&net.Dialer{Timeout: connectTime}).DialContext,
	}
}

// PutTaskConfigs hands the leader at leaderURL the task configurations that a connector of this worker made. sign is given the body as it is
// sent and adds the headers of a signature; it is nil where the group asks for none. A 403 may mean that the session key has just been replaced.
func (c *Client) PutTaskConfigs(ctx context.Context, leaderURL, connector string, tasks []map[string]string, sign func(body []byte, headers http.Header) error) error {
	if tasks == nil {
		tasks = []map[string]string{}
	}
	return c.internal(ctx, outgoing{method: http.MethodPost, body: tasks, sign: sign}, leaderURL, connector, "tasks")
}

// FenceZombies asks the leader at leaderURL to fence out the producers of a source connector's earlier tasks. It is signed as PutTaskConfigs,
// over no body.
func (c *Client) FenceZombies(ctx context.Context, leaderURL, connector string, sign func(body []byte, headers http.Header) error) error {
	return c.internal(ctx, outgoing{method: http.MethodPut, sign: sign}, leaderURL, connector, "fence")
}

func (c *Client) internal(ctx context.Context, out outgoing, leaderURL, connector, what string) error {
	var err error
	if out.url, err = workerURL(leaderURL, []string{"connectors", connector, what}, nil); err != nil {
		return notSent(err)
	}
	_, err = c.send(ctx, out)
	return err
}

// outgoing is a request to another worker.
type outgoing struct {
	method, url string
	// authorization is the header of the client on whose behalf the request is made, "" for none.
	authorization string
	// body is written as JSON, nil for none.
	body any
	sign func(body []byte, headers http.Header) error
	// result is the Java class of the answer's body, "" where there need not be one.
	result string
}

// answer is a success; body is nil where there is none.
type answer struct {
	status int
	body   json.RawMessage
}

// send makes the request and reads its answer. Redirects are not followed: they would lead out of the group.
func (c *Client) send(ctx context.Context, out outgoing) (*answer, error) {
	var body []byte
	if out.body != nil {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(out.body); err != nil {
			return nil, notSent(err)
		}
		body = bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	}
	req, err := http.NewRequestWithContext(ctx, out.method, out.url, bytes.NewReader(body))
	if err != nil {
		return nil, notSent(err)
	}
	req.Header.Set("Accept", jsonType)
	req.Header.Set("User-Agent", "kafka-connect")
	if out.authorization != "" {
		req.Header.Set("Authorization", out.authorization)
	}
	if body != nil {
		req.Header.Set("Content-Type", jsonType)
	}
	if out.sign != nil {
		if err := out.sign(body, req.Header); err != nil {
			return nil, notSent(err)
		}
	}
	transport := &http.Transport{
		DialContext:        c.dial,
		DisableKeepAlives:  true,
		DisableCompression: true,
	}
	if req.URL.Scheme == "https" {
		if transport.DialTLSContext, err = c.dialTLS(); err != nil {
			return nil, notStarted(err)
		}
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		return nil, ioError(ctx, err, out)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return nil, ioError(ctx, err, out)
	}
	return read(res, data, out)
}

// dialTLS returns how to open a connection that shows this worker's certificate and checks the other's.
func (c *Client) dialTLS() (func(ctx context.Context, network, address string) (net.Conn, error), error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tls == nil {
		settings, err := kafka.ClientTLS(c.props, "listeners.https.", c.warn)
		if err != nil {
			return nil, err
		}
		c.tls = settings
	}
	return c.dialWith(c.tls), nil
}

// dialWith returns how to open a connection with these settings.
func (c *Client) dialWith(settings *kafka.TLS) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(ctx, connectTime)
		defer cancel()
		conn, err := c.dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		secure := tls.Client(conn, settings.ClientConfig(host))
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, &handshakeError{err}
		}
		return secure, nil
	}
}

const (
	errorClass  = "org.apache.kafka.connect.runtime.rest.entities.ErrorMessage"
	badStatus   = "Unexpected status code when handling forwarded request: "
	noChallenge = "org.eclipse.jetty.client.HttpResponseException: HTTP protocol violation: Authentication challenge without WWW-Authenticate header"
)

// read takes an answer apart as RestClient does: 204 has no body, an error becomes this worker's error, a success is passed on.
func read(res *http.Response, data []byte, out outgoing) (*answer, error) {
	switch status := res.StatusCode; {
	case status == http.StatusNoContent:
		return &answer{status: status}, nil
	case status == http.StatusUnauthorized && res.Header.Get("WWW-Authenticate") == "":
		// So answers the basic authentication extension, and Jetty's client does not let it through.
		return nil, failed(ioFailed+noChallenge, fmt.Errorf("%s %s answered %s", out.method, out.url, res.Status))
	case status >= http.StatusBadRequest:
		code, text, err := readRefusal(data)
		if err != nil {
			return nil, notJSON(err, res, out)
		}
		if code == 0 {
			code = status
		}
		return nil, raised(status, code, text, res.Header.Get("Retry-After"))
	case status < 200 || status >= 300:
		return nil, failed(fmt.Sprint(badStatus, status), fmt.Errorf("%s %s answered %s", out.method, out.url, res.Status))
	case out.result == "" && len(data) == 0:
		return &answer{status: status}, nil
	}
	body, err := readResult(data, out.result)
	if err != nil {
		return nil, notJSON(err, res, out)
	}
	return &answer{status: res.StatusCode, body: body}, nil
}

// errNoContent is Jackson's for an empty text, which it gives no column.
var errNoContent = errors.New("No content to map due to end-of-input\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1]")

// readResult checks that a body is an object, and returns it as it is: unlike Java, members that a newer worker adds are passed on.
func readResult(data []byte, class string) (json.RawMessage, error) {
	r := jackson.NewReader(data)
	kind, err := r.Next()
	switch {
	case err != nil:
		return nil, err
	case kind == jackson.End:
		return nil, errNoContent
	case kind != jackson.StartObject && class != "":
		return nil, r.Mismatch(class)
	}
	err = r.Skip()
	return bytes.TrimSpace(bytes.TrimPrefix(r.Consumed(), []byte("\xef\xbb\xbf"))), err
}

// readRefusal reads the body of an error.
func readRefusal(data []byte) (code int, text string, err error) {
	r := jackson.NewReader(data)
	kind, err := r.Next()
	if err != nil {
		return 0, "", err
	}
	if kind == jackson.End {
		return 0, "", errNoContent
	}
	err = r.Fields(errorClass, []string{"error_code", "message"}, func(name string) (bool, error) {
		value, err := r.TextValue()
		switch {
		case err != nil, value == nil:
		case name == "error_code":
			if _, err := fmt.Sscan(*value, &code); err != nil {
				return true, r.Mismatch("int")
			}
		case name == "message":
			text = *value
		}
		return name == "error_code" || name == "message", err
	})
	return code, text, err
}
