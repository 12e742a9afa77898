package cli

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// Client calls the REST API of a worker.
type Client struct {
	url    string
	caFile string
	output string
	out    io.Writer
}

// The environment variables with the credentials for a worker with basic authentication: arguments are seen by other users of a machine.
const (
	userVariable     = "MOLDAU_REST_USER"
	passwordVariable = "MOLDAU_REST_PASSWORD"
)

// flags adds the flags that all commands have which talk to a worker.
func (c *Client) flags(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&c.url, "url", "http://127.0.0.1:8083", "`URL` of a worker's REST API")
	f.StringVar(&c.caFile, "cacert", "", "`FILE` with the certificates (PEM) to trust for an https URL, instead of the system's")
	f.StringVarP(&c.output, "output", "o", "table", "`FORM` of the output: table or json")
}

// check refuses flags that cannot work.
func (c *Client) check() error {
	if c.output != "table" && c.output != "json" {
		return fmt.Errorf("--output %s: it can be table or json", c.output)
	}
	u, err := url.Parse(c.url)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("--url %s: a URL such as http://127.0.0.1:8083 is needed", c.url)
	}
	return nil
}

// refusal is an answer that is an error.
type refusal struct {
	status  int
	message string
}

func (e *refusal) Error() string { return e.message }

// HTTPStatus is the status of the answer.
func (e *refusal) HTTPStatus() int { return e.status }

// maxAnswer bounds an answer.
const maxAnswer = 256 << 20

// requestTime is longer than a worker takes for anything.
const requestTime = 5 * time.Minute

// call sends a request and returns the body of its answer.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, body any) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	var payload io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		payload = bytes.NewReader(text)
	}
	target := strings.TrimSuffix(c.url, "/") + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, target, payload)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if user := os.Getenv(userVariable); user != "" {
		request.SetBasicAuth(user, os.Getenv(passwordVariable))
	}
	transport, err := c.transport()
	if err != nil {
		return nil, err
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return nil, fmt.Errorf("no worker answers at %s: %w", c.url, errors.Unwrap(err))
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("the answer of %s broke off: %w", c.url, err)
	}
	return text, c.refused(response, text)
}

// refused returns the error that an answer is, nil for a success.
func (c *Client) refused(response *http.Response, text []byte) error {
	var known struct{ Message string }
	switch parsed := json.Unmarshal(text, &known) == nil; {
	case response.StatusCode/100 == 2 && (json.Valid(text) || response.StatusCode != http.StatusOK && len(text) == 0):
		return nil
	case response.StatusCode == http.StatusUnauthorized:
		return &refusal{response.StatusCode, fmt.Sprintf("%s wants a name and a password: set %s and %s", c.url, userVariable, passwordVariable)}
	case parsed && known.Message != "" && !strings.HasPrefix(known.Message, "HTTP "):
		return &refusal{response.StatusCode, known.Message}
	}
	return &refusal{response.StatusCode, fmt.Sprintf("%s answered %s: it is no worker of Moldau, or one of another version", c.url, response.Status)}
}

func (c *Client) transport() (*http.Transport, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	if c.caFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(c.caFile)
	if err != nil {
		return nil, fmt.Errorf("--cacert: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--cacert %s: the file holds no certificate in PEM form", c.caFile)
	}
	t.TLSClientConfig = &tls.Config{RootCAs: pool}
	return t, nil
}

// get asks and decodes the answer, which it returns too.
func (c *Client) get(ctx context.Context, path string, query url.Values, into any) (json.RawMessage, error) {
	text, err := c.call(ctx, http.MethodGet, path, query, nil)
	if err != nil {
		return nil, err
	}
	return text, c.decode(text, into)
}

func (c *Client) decode(text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("the answer of %s cannot be read: %w", c.url, err)
	}
	return nil
}

// printJSON prints an answer as it came, indented.
func (c *Client) printJSON(text json.RawMessage) error {
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err := c.out.Write(b.Bytes())
	return err
}

// ExitError is the end of a command that has said why on its output.
type ExitError struct{ Code int }

func (e *ExitError) Error() string { return fmt.Sprintf("exit code %d", e.Code) }
