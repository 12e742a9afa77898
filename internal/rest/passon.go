package rest

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/rest/jackson"
)

// passedOn is the refusal of a request that another worker must serve, with the configuration it is to be sent: masks mean nothing to a worker
// that shows none, such as one of Java, which would store [hidden] as the password.
type passedOn struct {
	error
	props config.Props
	// guard cleans what comes back.
	guard *guard
}

func (e *passedOn) Unwrap() error { return e.error }

// passOn adds to an error that sends a request away the configuration with its secrets.
func (g *guard) passOn(err error, props config.Props) error {
	var redirect *herder.RedirectError
	if g.masker == nil || !errors.As(err, &redirect) {
		return err
	}
	return &passedOn{err, props, g}
}

// unmasked returns the configuration that is sent to another worker: as the client wrote it but for masks.
func unmasked(err error, m jackson.Map) jackson.Map {
	var on *passedOn
	if !errors.As(err, &on) {
		return m
	}
	for i := range m {
		m[i].Value = on.props[m[i].Key]
	}
	return m
}

// maskBody hides the secrets in the answer of another worker, whose other members stay as they are.
func maskBody(body json.RawMessage, mask func(config.Props) config.Props) (json.RawMessage, error) {
	const member = "config"
	dec := json.NewDecoder(bytes.NewReader(body))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	copied := 0
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		if name != member {
			continue
		}
		end := int(dec.InputOffset())
		out.Write(body[copied : end-len(value)])
		copied = end
		masked, err := maskObject(value, mask)
		if err != nil {
			return nil, err
		}
		out.Write(masked)
	}
	out.Write(body[copied:])
	return out.Bytes(), nil
}

func maskObject(text json.RawMessage, mask func(config.Props) config.Props) ([]byte, error) {
	r := jackson.NewReader(text)
	if _, err := r.Next(); err != nil {
		return nil, err
	}
	m, err := r.StringMap()
	if err != nil || m == nil {
		return text, err
	}
	masked := mask(toProps(m))
	for i := range m {
		m[i].Value = masked[m[i].Key]
	}
	return m.MarshalJSON()
}

// returned takes the secrets out of the answer of another worker to a request that err sent there.
func returned(err error, body json.RawMessage) (json.RawMessage, error) {
	var on *passedOn
	if !errors.As(err, &on) {
		return body, nil
	}
	masked, err := maskBody(body, on.guard.mask)
	if err != nil {
		return nil, herder.Internal(err, "The answer of the other worker is no connector: %v", err)
	}
	return masked, nil
}

// cleaned takes the secrets out of the refusal of another worker to a request that err sent there.
func cleaned(err, refusal error) error {
	var on *passedOn
	if !errors.As(err, &on) {
		return refusal
	}
	return on.guard.clean(refusal)
}
