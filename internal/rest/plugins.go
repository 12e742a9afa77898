package rest

import (
	"context"
	"errors"
	"strings"

	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/rest/roles"
)

func listPlugins(c *call) (*reply, error) {
	return ok(c.herder.Plugins(c.flag("connectorsOnly", true)))
}

func getPluginConfig(c *call) (*reply, error) {
	keys, err := c.herder.PluginConfig(c.ctx, c.params[0], c.version())
	if err != nil {
		return nil, err
	}
	return ok(keys)
}

// version returns the parameter of KIP-891, nil where it is absent.
func (c *call) version() *string {
	if !c.query.Has("version") {
		return nil
	}
	v := c.query.Get("version")
	return &v
}

func validateConfig(c *call) (*reply, error) {
	m, err := c.readStringMap()
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, noConfig("connectorConfig")
	}
	plugin := c.params[0]
	if class, _ := m.Get("connector.class"); class != nil && !strings.HasSuffix(pluginName(*class), pluginName(plugin)) {
		return nil, herder.BadRequest("Included connector type %s does not match request type %s", *class, plugin)
	}
	if name, _ := m.Get("name"); name != nil {
		// Stored secrets of that connector take part, and may be sent to where the given configuration says.
		if err := c.permit(roles.Edit, *name); err != nil {
			return nil, err
		}
	}
	infos, err := c.herder.ValidateConfig(c.ctx, toProps(m))
	if err != nil {
		return nil, wrapped(err)
	}
	return ok(infos)
}

// wrapped is an error of the validation as ConnectorPluginsResource passes it on: within a ConnectException, whose message begins with the
// class of what it holds.
func wrapped(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return herder.Internal(err, "%s", javafmt.ClassOf(err)+": "+err.Error())
}

// pluginName cuts off the word Connector.
func pluginName(name string) string {
	if short := strings.TrimSuffix(name, "Connector"); short != "" {
		return short
	}
	return name
}
