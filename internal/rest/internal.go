package rest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/rest/jackson"
)

// putTaskConfigs takes the task configurations that another worker's connector made.
func putTaskConfigs(c *call) (*reply, error) {
	body, err := c.workersBody()
	if err != nil {
		return nil, err
	}
	tasks, err := readTaskConfigs(body)
	if err != nil {
		return nil, err
	}
	signature, err := c.signature()
	if err != nil {
		return nil, err
	}
	if err := c.herder.PutTaskConfigs(c.ctx, c.params[0], tasks, body, signature); err != nil {
		// The signature does not travel on, so that this succeeds only in groups that ask for none; in others the sender tries again itself.
		return c.elsewhere(err, onward{body: tasks})
	}
	return empty(http.StatusNoContent)
}

// workersBody reads what another worker sent. Its signature is of the body, so that anybody can have that read; where others need a login it is
// bounded more tightly, and nothing is made of it before the signature is known to be right. Java reads JSON first, which shows where both are wrong.
func (c *call) workersBody() ([]byte, error) {
	g := c.server.group.Load()
	if g == nil || !c.server.gate.strict() || !(*g).Signs() {
		return c.body()
	}
	v := c.server.cfg.Values
	body, err := c.bodyUpTo(min(v.Int64("moldau.rest.limit.workers.body.bytes"), v.Int64("moldau.rest.limit.body.bytes")))
	if err != nil {
		return nil, err
	}
	signature, err := c.signature()
	if err == nil && signature != nil {
		err = (*g).CheckText(body, signature)
	}
	return body, err
}

func readTaskConfigs(body []byte) ([]map[string]string, error) {
	r := jackson.NewReader(body)
	kind, err := r.Next()
	if err != nil {
		return nil, err
	}
	if kind == jackson.End {
		return nil, r.NoContent()
	}
	tasks := []map[string]string{}
	_, err = r.Elements("java.util.ArrayList<java.util.Map<java.lang.String,java.lang.String>>", func() error {
		m, err := r.StringMap()
		tasks = append(tasks, toProps(m).Strings())
		return err
	})
	return tasks, err
}

func fenceZombies(c *call) (*reply, error) {
	signature, err := c.signature()
	if err != nil {
		return nil, err
	}
	if err := c.herder.FenceZombies(c.ctx, c.params[0], signature); err != nil {
		return c.elsewhere(err, onward{})
	}
	return empty(http.StatusNoContent)
}

// signature reads the headers of a signed request, nil where one is missing (InternalRequestSignature.fromHeaders).
func (c *call) signature() (*herder.Signature, error) {
	mac, algorithm := c.Header.Get("X-Connect-Authorization"), c.Header.Get("X-Connect-Request-Signature-Algorithm")
	if mac == "" || algorithm == "" {
		return nil, nil
	}
	if !strings.HasPrefix(strings.ToUpper(algorithm), "HMAC") {
		return nil, herder.BadRequest("Algorithm %s not available", algorithm)
	}
	text, err := decodeBase64(mac)
	if err != nil {
		return nil, herder.BadRequest("%s", err.Error())
	}
	return &herder.Signature{Algorithm: algorithm, MAC: text}, nil
}

// decodeBase64 decodes as java.util.Base64's basic decoder, with its words.
func decodeBase64(text string) ([]byte, error) {
	for i := range len(text) {
		if c := text[i]; c != '=' && !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", rune(c)) {
			return nil, fmt.Errorf("Illegal base64 character %x", c)
		}
	}
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, fmt.Errorf("Input byte[] should at least have 2 bytes for base64 bytes")
	}
	return data, nil
}
