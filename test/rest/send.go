package rest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// compared are the headers of answers that are compared.
var compared = []string{"content-type", "location", "allow", "www-authenticate", "access-control-allow-origin", "access-control-allow-methods",
	"access-control-allow-headers", "access-control-max-age", "access-control-allow-credentials", "access-control-expose-headers"}

// request is one request as it goes over the wire: the path unescaped, no header but these.
type request struct {
	base, method, path string
	headers            map[string]string
	body               []byte
	hasBody            bool
	cert               string
}

type response struct {
	status int
	header http.Header
	body   []byte
}

// errTLS is a connection that the server did not want.
var errTLS = errors.New("tls refused")

func (r *request) send(ctx context.Context) (*response, error) {
	u, err := url.Parse(r.base)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 100*time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	if u.Scheme == "https" {
		if conn, err = r.secure(conn); err != nil {
			return nil, err
		}
	}
	if _, err := conn.Write(r.bytes(u.Host)); err != nil && !errors.Is(err, net.ErrClosed) {
		// The server may have answered and closed before it read everything: its answer counts.
		var netErr net.Error
		if errors.As(err, &netErr) && netErr.Timeout() {
			return nil, err
		}
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: r.method})
	if err != nil {
		if u.Scheme == "https" {
			return nil, fmt.Errorf("%w: %w", errTLS, err)
		}
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return &response{res.StatusCode, res.Header, body}, err
}

// secure does the TLS handshake. A server that wants another certificate says so only when the first byte is read.
func (r *request) secure(conn net.Conn) (net.Conn, error) {
	cfg := &tls.Config{InsecureSkipVerify: true} // the recordings' certificates are made for the test
	if r.cert != "" {
		pem, err := os.ReadFile(r.cert)
		if err != nil {
			return nil, err
		}
		pair, err := tls.X509KeyPair(pem, pem)
		if err != nil {
			return nil, err
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	secure := tls.Client(conn, cfg)
	if err := secure.Handshake(); err != nil {
		return nil, fmt.Errorf("%w: %w", errTLS, err)
	}
	return secure, nil
}

func (r *request) bytes(host string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", r.method, r.path)
	headers := map[string]string{"Host": host, "Accept": "*/*", "User-Agent": "replay", "Connection": "close"}
	if r.hasBody {
		headers["Content-Length"] = strconv.Itoa(len(r.body))
	}
	for k, v := range r.headers {
		for given := range headers {
			if strings.EqualFold(given, k) {
				delete(headers, given)
			}
		}
		if v != absent {
			headers[k] = v
		}
	}
	for k, v := range headers {
		fmt.Fprintf(&b, "%s: %s\r\n", k, v)
	}
	b.WriteString("\r\n")
	b.Write(r.body)
	return b.Bytes()
}

// absent as a header's value means that the header is not sent.
const absent = "\x00"

func basic(auth string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(auth))
}

// http sends the request of a step and returns the answer in the form of the recordings.
func (c *conversation) http(ctx context.Context, s Step) (map[string]any, error) {
	r, err := c.request(s)
	if err != nil {
		return nil, err
	}
	res, err := r.send(ctx)
	if err != nil {
		if errors.Is(err, errTLS) {
			return map[string]any{"error": "tls refused"}, nil
		}
		return map[string]any{"error": "no answer", "cause": err.Error()}, nil
	}
	headers := map[string]any{}
	for _, k := range compared {
		if v := res.header.Values(k); len(v) > 0 {
			headers[k] = strings.Join(v, ", ")
		}
	}
	if headers["content-type"] == nil {
		headers["content-type"] = nil
	}
	if list, ok := s["check_headers"].([]any); ok {
		for _, k := range list {
			headers[k.(string)] = nil
			if v := res.header.Values(k.(string)); len(v) > 0 {
				headers[k.(string)] = strings.Join(v, ", ")
			}
		}
	}
	if v := res.header.Get("Content-Length"); v != "" && r.method == http.MethodHead {
		headers["content-length"] = v
	}
	got := map[string]any{"status": json.Number(strconv.Itoa(res.status)), "headers": headers, "path": r.path}
	dec := json.NewDecoder(bytes.NewReader(res.body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err == nil && !dec.More() {
		got["json"] = v
	} else if len(res.body) > 0 {
		got["text"] = string(res.body)
	}
	return got, nil
}

func (c *conversation) request(s Step) (*request, error) {
	on, ok := s.text("on")
	if !ok {
		on = "main"
	}
	base, ok := c.bases[on]
	if !ok {
		return nil, fmt.Errorf("no worker %q", on)
	}
	line, _ := s.text("http")
	method, path, _ := strings.Cut(c.vars.text(line), " ")
	r := &request{base: base, method: method, path: path, headers: map[string]string{}}
	if body, ok, err := c.body(s); err != nil {
		return nil, err
	} else if ok {
		r.body, r.hasBody = body, true
		r.headers["Content-Type"] = "application/json"
	}
	if headers, ok := s["headers"].(map[string]any); ok {
		for k, v := range headers {
			for given := range r.headers {
				if strings.EqualFold(given, k) {
					delete(r.headers, given)
				}
			}
			r.headers[k] = absent
			if text, ok := v.(string); ok {
				r.headers[k] = c.vars.text(text)
			}
		}
	}
	if auth, ok := s.text("auth"); ok {
		r.headers["Authorization"] = basic(c.vars.text(auth))
	}
	if cert, ok := s.text("cert"); ok {
		r.cert = c.vars.text(cert)
	}
	return r, nil
}

func (c *conversation) body(s Step) ([]byte, bool, error) {
	if v, ok := s["json"]; ok {
		data, err := json.Marshal(c.vars.expand(v))
		return data, true, err
	}
	if raw, ok := s.text("raw"); ok {
		return []byte(c.vars.text(raw)), true, nil
	}
	if big, ok := s["big"].(map[string]any); ok {
		n, err := big["times"].(json.Number).Int64()
		text := c.vars.text(textOf(big["before"])) + strings.Repeat(textOf(big["repeat"]), int(n)) + c.vars.text(textOf(big["after"]))
		return []byte(text), true, err
	}
	return nil, false, nil
}
