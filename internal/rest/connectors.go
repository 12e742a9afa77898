package rest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/rest/jackson"
	"github.com/moldau/moldau/internal/rest/roles"
)

// change makes an endpoint of a herder's method that needs the connector's name only.
func change(status int, method func(herder.Herder, context.Context, string) error) endpoint {
	return func(c *call) (*reply, error) {
		if err := method(c.herder, c.ctx, c.params[0]); err != nil {
			return c.elsewhere(err, onward{})
		}
		return empty(status)
	}
}

// listConnectors answers with names, or with details where the parameter expand is there, whatever its value.
func listConnectors(c *call) (*reply, error) {
	names, err := c.herder.Connectors(c.ctx)
	if err != nil {
		return nil, err
	}
	access := roles.From(c.ctx)
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !access.May(roles.View, name) })
	if !c.query.Has("expand") {
		return ok(names)
	}
	out := make(map[string]map[string]any, len(names))
	for _, name := range names {
		details := map[string]any{}
		for _, what := range c.query["expand"] {
			var err error
			switch what {
			case "status":
				details[what], err = c.herder.ConnectorStatus(c.ctx, name)
			case "info":
				details[what], err = c.herder.Connector(c.ctx, name)
			default:
				c.server.log.Info("Ignoring unknown expansion type " + oneLine(what))
			}
			if err != nil {
				// The connector went away since its name was listed.
				var e *herder.Error
				if errors.As(err, &e) && e.Status == http.StatusNotFound {
					details = nil
					break
				}
				return nil, err
			}
		}
		if details != nil {
			out[name] = details
		}
	}
	return ok(out)
}

const (
	createClass  = "org.apache.kafka.connect.runtime.rest.entities.CreateConnectorRequest"
	initialClass = createClass + "$InitialState"
	infoClass    = "org.apache.kafka.connect.runtime.rest.entities.ConnectorInfo"
	statusClass  = "org.apache.kafka.connect.runtime.rest.entities.ConnectorStateInfo"
)

// createRequest is the body of POST /connectors.
type createRequest struct {
	name   *string
	config jackson.Map
	target herder.TargetState
}

// again is the body with which another worker is asked for the same, with the name that the configuration was completed by.
func (r *createRequest) again() any {
	out := struct {
		Name    *string     `json:"name"`
		Config  jackson.Map `json:"config"`
		Initial *string     `json:"initial_state"`
	}{Name: r.name, Config: r.config}
	if r.target != "" {
		initial := string(r.target)
		if r.target == herder.TargetStarted {
			initial = "RUNNING"
		}
		out.Initial = &initial
	}
	return out
}

func (c *call) readCreate() (*createRequest, error) {
	req := &createRequest{}
	known := []string{"config", "name", "initial_state"}
	there, err := c.read(createClass, func(r *jackson.Reader) error {
		return r.Fields(createClass, known, func(field string) (bool, error) {
			var err error
			switch field {
			case "name":
				req.name, err = r.TextValue()
			case "config":
				req.config, err = r.StringMap()
			case "initial_state":
				req.target, err = readTarget(r)
			default:
				return false, nil
			}
			return true, err
		})
	})
	if err == nil && !there {
		err = herder.Internal(nil, `Cannot invoke "org.apache.kafka.connect.runtime.rest.entities.CreateConnectorRequest.name()" because "createRequest" is null`)
	}
	return req, err
}

func readTarget(r *jackson.Reader) (herder.TargetState, error) {
	switch r.Kind() {
	case jackson.Null:
		return "", nil
	case jackson.StartObject:
		return "", r.Mismatch(initialClass)
	case jackson.StartArray:
		return "", r.EnumMismatch(initialClass)
	}
	switch text := strings.ToUpper(r.Text()); text {
	case "RUNNING":
		return herder.TargetStarted, nil
	case "PAUSED":
		return herder.TargetPaused, nil
	case "STOPPED":
		return herder.TargetStopped, nil
	default:
		return "", r.Construct(initialClass, "No enum constant "+strings.Replace(initialClass, "$", ".", 1)+"."+text)
	}
}

func createConnector(c *call) (*reply, error) {
	req, err := c.readCreate()
	if err != nil {
		return nil, err
	}
	name := ""
	if req.name != nil {
		name = strings.TrimFunc(*req.name, func(r rune) bool { return r <= ' ' })
	}
	if err := c.permit(roles.Edit, name); err != nil {
		return nil, err
	}
	if req.config, err = named(name, req.config); err != nil {
		return nil, err
	}
	info, _, err := c.herder.PutConnector(c.ctx, name, toProps(req.config), req.target, false)
	if err != nil {
		req.config = unmasked(err, req.config)
		out, err := c.elsewhere(err, onward{body: req.again(), result: infoClass})
		return located(out, name), err
	}
	return located(&reply{status: http.StatusCreated, body: info}, name), nil
}

// located adds the URL of a connector to the answer for one that was created, here or on another worker.
func located(out *reply, name string) *reply {
	if out != nil && out.status == http.StatusCreated {
		out.location = "/connectors/" + escapeSegments(name)
	}
	return out
}

// named completes a configuration by the connector's name, and refuses one that has another (ConnectorsResource.checkAndPutConnectorConfigName).
func named(name string, m jackson.Map) (jackson.Map, error) {
	if m == nil {
		return nil, noConfig("connectorConfig")
	}
	if given, _ := m.Get("name"); given != nil && *given != name {
		return nil, herder.BadRequest("Connector name configuration (%s) doesn't match connector name in the URL (%s)", *given, name)
	}
	return m.Put("name", &name), nil
}

// noConfig is the message of a missing body, which Java runs into rather than checks for.
func noConfig(variable string) error {
	return herder.Internal(nil, `Cannot invoke "java.util.Map.get(Object)" because "`+variable+`" is null`)
}

func toProps(m jackson.Map) config.Props {
	props := make(config.Props, len(m))
	for _, e := range m {
		props[e.Key] = e.Value
	}
	return props
}

func getConnector(c *call) (*reply, error) {
	info, err := c.herder.Connector(c.ctx, c.params[0])
	if err != nil {
		return nil, err
	}
	return ok(info)
}

func getConnectorConfig(c *call) (*reply, error) {
	props, err := c.herder.ConnectorConfig(c.ctx, c.params[0])
	if err != nil {
		return nil, err
	}
	return ok(props)
}

func getConnectorStatus(c *call) (*reply, error) {
	status, err := c.herder.ConnectorStatus(c.ctx, c.params[0])
	if err != nil {
		return nil, err
	}
	return ok(status)
}

func putConnectorConfig(c *call) (*reply, error) {
	m, err := c.readStringMap()
	if err != nil {
		return nil, err
	}
	name := c.params[0]
	if m, err = named(name, m); err != nil {
		return nil, err
	}
	info, created, err := c.herder.PutConnector(c.ctx, name, toProps(m), "", true)
	if err != nil {
		out, err := c.elsewhere(err, onward{body: unmasked(err, m), result: infoClass})
		return located(out, name), err
	}
	if !created {
		return ok(info)
	}
	return located(&reply{status: http.StatusCreated, body: info}, name), nil
}

func patchConnectorConfig(c *call) (*reply, error) {
	m, err := c.readStringMap()
	if err != nil {
		return nil, err
	}
	if m == nil {
		if _, err := c.herder.ConnectorConfig(c.ctx, c.params[0]); err != nil {
			return nil, err
		}
		return nil, herder.Internal(nil, `Cannot invoke "java.util.Map.forEach(java.util.function.BiConsumer)" because "patch" is null`)
	}
	info, err := c.herder.PatchConnector(c.ctx, c.params[0], toProps(m))
	if err != nil {
		return c.elsewhere(err, onward{body: unmasked(err, m), result: infoClass})
	}
	return ok(info)
}

func deleteConnector(c *call) (*reply, error) {
	return change(http.StatusNoContent, herder.Herder.DeleteConnector)(c)
}

// restartConnector restarts the connector instance alone, or what the parameters select (KIP-745).
func restartConnector(c *call) (*reply, error) {
	request := herder.RestartRequest{Connector: c.params[0], OnlyFailed: c.flag("onlyFailed", false), IncludeTasks: c.flag("includeTasks", false)}
	if !request.OnlyFailed && !request.IncludeTasks {
		return change(http.StatusNoContent, herder.Herder.RestartConnector)(c)
	}
	status, err := c.herder.RestartConnectorAndTasks(c.ctx, request)
	if err != nil {
		return c.elsewhere(err, onward{result: statusClass, query: url.Values{
			"includeTasks": {strconv.FormatBool(request.IncludeTasks)},
			"onlyFailed":   {strconv.FormatBool(request.OnlyFailed)},
		}})
	}
	return &reply{status: http.StatusAccepted, body: status}, nil
}
