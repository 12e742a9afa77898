package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/rest/jackson"
)

// call is one request on its way to its endpoint.
type call struct {
	*http.Request
	// ctx ends with the request's time budget. It does not end when the client goes away: what was asked for is carried out.
	ctx      context.Context
	resource *resource
	params   []string
	query    url.Values
	herder   herder.Herder
	server   *Server
	// contentType is that of the answer.
	contentType string
}

// reply is an answer: status with a JSON body, nil for none.
type reply struct {
	status   int
	body     any
	location string
}

func ok(body any) (*reply, error) { return &reply{status: http.StatusOK, body: body}, nil }

func empty(status int) (*reply, error) { return &reply{status: status}, nil }

// statusError is an error that Jersey itself raises; its message is its status.
func statusError(status int) *herder.Error {
	return &herder.Error{Status: status, Message: "HTTP " + strconv.Itoa(status) + " " + reason(status)}
}

// reason is JAX-RS's phrase for a status, which differs from Go's in one case that matters here.
func reason(status int) string {
	if status == http.StatusNotAcceptable {
		return "Not Acceptable"
	}
	return http.StatusText(status)
}

// maxBody bounds answers of other workers. Java knows no bound; a config of that size could never be stored in a topic.
const maxBody = 64 << 20

// body reads the request's body. A body without a type, or with one that names no format, is a 415 as no reader takes it.
func (c *call) body() ([]byte, error) {
	return c.bodyUpTo(c.server.cfg.Values.Int64("moldau.rest.limit.body.bytes"))
}

func (c *call) bodyUpTo(most int64) ([]byte, error) {
	if c.ContentLength > most {
		return nil, statusError(http.StatusRequestEntityTooLarge)
	}
	data, err := io.ReadAll(http.MaxBytesReader(nil, c.Body, most))
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return nil, statusError(http.StatusRequestEntityTooLarge)
	}
	if err != nil {
		return nil, herder.BadRequest("the request's body could not be read: %v", err)
	}
	if len(data) > 0 {
		m, _ := parseMediaType(c.Header.Get("Content-Type"))
		if m.kind != "application" || m.sub != "json" {
			return nil, statusError(http.StatusUnsupportedMediaType)
		}
	}
	return data, nil
}

// read hands the body to decode, with the reader at its first token; false is returned for an empty body, or one that is null.
func (c *call) read(class string, decode func(*jackson.Reader) error) (bool, error) {
	data, err := c.body()
	if err != nil {
		return false, err
	}
	r := jackson.NewReader(data)
	kind, err := r.Next()
	if err != nil || kind == jackson.End {
		return false, err
	}
	if kind == jackson.Null {
		return false, r.Finish(class)
	}
	if err := decode(r); err != nil {
		return false, err
	}
	return true, r.Finish(class)
}

// readStringMap reads a body that is a map of texts; nil for an empty body or null.
func (c *call) readStringMap() (m jackson.Map, err error) {
	_, err = c.read(jackson.StringMap, func(r *jackson.Reader) error {
		m, err = r.StringMap()
		return err
	})
	return m, err
}

// flag reads a Boolean query parameter as Boolean.valueOf does: anything but true, in whatever case, is false. An empty one counts as absent.
func (c *call) flag(name string, absent bool) bool {
	if c.query.Get(name) == "" {
		return absent
	}
	return strings.EqualFold(c.query.Get(name), "true")
}

// task reads the connector and the number of a task from the path; a number that is none is Jersey's 404.
func (c *call) task() (herder.TaskID, error) {
	n, err := strconv.ParseInt(c.params[1], 10, 32)
	if err != nil {
		return herder.TaskID{}, statusError(http.StatusNotFound)
	}
	return herder.TaskID{Connector: c.params[0], Task: int(n)}, nil
}

// budget gives the context a request runs in.
func budget(r *http.Request, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(r.Context()), limit)
}
