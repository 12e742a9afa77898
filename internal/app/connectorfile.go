package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/javafmt"
)

// connectorFile is a connector as a file on the command line describes it.
type connectorFile struct {
	name   string
	props  config.Props
	target herder.TargetState
}

// readConnectorFile reads a connector file in one of the three forms that connect-standalone tries in this order, whatever the file is
// called: a flat JSON object with a name, a request as for POST /connectors, Java properties (ConnectStandalone.parseConnectorConfigurationFile).
func readConnectorFile(path string) (*connectorFile, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, javafmt.NewException("java.io.FileNotFoundException", path+" (No such file or directory)", nil)
	}
	if err != nil {
		return nil, javafmt.NewException("java.io.IOException", "reading the connector file: "+err.Error(), nil)
	}
	if c, err := parseFlat(text); err == nil && c != nil {
		return c, nil
	}
	if c, ok, err := parseRequest(path, text); ok {
		return c, err
	}
	props, err := javafmt.LoadProperties(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("connector file %s is neither JSON nor properties: %w", path, err)
	}
	c := &connectorFile{props: config.PropsOf(props.Map())}
	name, ok := c.props.Get("name")
	if !ok {
		return nil, missingName(path, text)
	}
	c.name = name
	return c, nil
}

// initialStates are the words of initial_state (KIP-980).
var initialStates = map[string]herder.TargetState{"RUNNING": herder.TargetStarted, "PAUSED": herder.TargetPaused, "STOPPED": herder.TargetStopped}

func missingName(path string, text []byte) error {
	message := "Connector configuration at '" + path + "' is missing the mandatory 'name' configuration"
	trimmed := bytes.TrimSpace(text)
	if len(trimmed) == 0 || trimmed[0] != '{' {
		return errors.New(message)
	}
	var any json.RawMessage
	if err := json.Unmarshal(trimmed, &any); err != nil {
		line := 1 + bytes.Count(text, []byte("\n"))
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			line = 1 + bytes.Count(trimmed[:min(int(syntax.Offset), len(trimmed))], []byte("\n")) + bytes.Count(text[:bytes.IndexByte(text, '{')], []byte("\n"))
		}
		return fmt.Errorf("%s (it looks like JSON, but line %d cannot be read as such: %w)", message, line, err)
	}
	return errors.New(message)
}

// parseFlat reads {"name": ..., key: value, ...}; nil without error is JSON of another form.
func parseFlat(text []byte) (*connectorFile, error) {
	props, err := decodeProps(text)
	if err != nil {
		return nil, err
	}
	name, ok := props.Get("name")
	if !ok {
		return nil, nil
	}
	return &connectorFile{name: name, props: props}, nil
}

// parseRequest reads {"name", "config", "initial_state"}; ok is false where the file is not of this form.
func parseRequest(path string, text []byte) (c *connectorFile, ok bool, err error) {
	var request struct {
		Name   *string         `json:"name"`
		Config json.RawMessage `json:"config"`
		State  *string         `json:"initial_state"`
	}
	if json.Unmarshal(text, &request) != nil || request.Config == nil {
		return nil, false, nil
	}
	props, err := decodeProps(request.Config)
	if err != nil {
		return nil, false, nil
	}
	c = &connectorFile{props: props}
	if request.Name != nil {
		c.name = *request.Name
	}
	if request.State != nil {
		target, known := initialStates[strings.ToUpper(*request.State)]
		if !known {
			return nil, true, fmt.Errorf("connector file %s: initial_state is %q; it can be RUNNING, PAUSED or STOPPED", path, *request.State)
		}
		c.target = target
	}
	if name, has := props.Get("name"); has && request.Name != nil && name != c.name {
		return nil, true, errors.New("Connector name configuration in 'config' doesn't match the one specified in 'name' at '" + path + "'")
	}
	if _, has := props.Get("name"); !has {
		props.Set("name", c.name)
	}
	return c, true, nil
}

// decodeProps reads a JSON object of scalars as texts: Jackson takes numbers and booleans for strings.
func decodeProps(text []byte) (config.Props, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var fields map[string]any
	if err := dec.Decode(&fields); err != nil {
		return nil, err
	}
	if fields == nil {
		return nil, errors.New("null is no configuration")
	}
	props := make(config.Props, len(fields))
	for key, value := range fields {
		switch v := value.(type) {
		case nil:
			props[key] = nil
		case string:
			props.Set(key, v)
		case bool, json.Number:
			props.Set(key, fmt.Sprint(v))
		default:
			return nil, fmt.Errorf("%s: an object or array is no configuration value", key)
		}
	}
	return props, nil
}
