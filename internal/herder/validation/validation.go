// Package validation checks connector configurations as Kafka Connect does (AbstractHerder.validateConnectorConfig): the common keys, the
// connector's own, those of its transformations, predicates and converters, and the overrides of Kafka clients.
package validation

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/workerconfig"
)

// Validator is the herder.Validator of the plugins of a build. It may be used from any goroutine.
type Validator struct {
	plugins     *workerconfig.Plugins
	registry    *plugin.Registry
	worker      *config.Values
	transformer *workerconfig.Transformer
	policy      kafka.OverridePolicy
	clients     map[kafka.Client]*config.Def
}

var _ herder.Validator = (*Validator)(nil)

// New returns the Validator of a worker with the configuration. An unknown override policy is an error in Java's words.
func New(plugins *workerconfig.Plugins, registry *plugin.Registry, worker *config.Values, transformer *workerconfig.Transformer) (*Validator, error) {
	const policyKey = "connector.client.config.override.policy"
	class := worker.String(policyKey)
	allowlist := worker.Originals().Text("connector.client.config.override.allowlist")
	var keys []string
	if allowlist != "" {
		parsed, err := config.ParseType(policyKey, allowlist, config.List, nil)
		if err != nil {
			return nil, err
		}
		keys, _ = parsed.([]string)
	}
	policy, ok := kafka.NewOverridePolicy(class, keys)
	if !ok {
		return nil, javafmt.NewException(javafmt.ConnectException,
			"Failed to find any class that implements interface org.apache.kafka.connect.connector.policy.ConnectorClientConfigOverridePolicy and which name matches "+class, nil)
	}
	v := &Validator{plugins: plugins, registry: registry, worker: worker, transformer: transformer, policy: policy, clients: map[kafka.Client]*config.Def{}}
	for _, c := range []kafka.Client{kafka.Producer, kafka.Consumer, kafka.AdminClient} {
		v.clients[c] = kafka.Definition(c)
	}
	return v, nil
}

// Validate implements herder.Validator.
func (v *Validator) Validate(ctx context.Context, props config.Props, purpose herder.Purpose, stage func(string)) (*config.Infos, error) {
	if name := props["name"]; name != nil {
		ctx = logs.NewValidation(ctx, *name)
	}
	stage("resolving transformed configuration properties for the connector")
	resolved, err := v.transformer.Transform(ctx, props)
	if err != nil {
		return nil, err
	}
	given := props
	props = resolved.Props
	class := props["connector.class"]
	if class == nil {
		// Java prints the resolved configuration here; what a config provider keeps is not the client's to see.
		refusal := herder.BadRequest("%s", "Connector config "+textOf(given)+" contains no connector type")
		refusal.Private = true
		return nil, refusal
	}
	connector, err := v.registry.Connector(*class)
	if err != nil {
		return nil, &herder.Error{Status: http.StatusBadRequest, Message: err.Error(), Cause: err}
	}
	if infos := v.plugins.VersionInfos(connector, props); infos != nil {
		return infos, nil
	}
	stage(fmt.Sprintf("validating %s connector-specific properties for the connector", connector.Kind))
	common, checked := v.plugins.CheckConnector(connector.Kind, props, v.worker)
	values := checked.Values()
	values = append(values, v.checkInGroup(connector, props, values)...)

	stage("retrieving the configuration definition from the connector")
	own := connector.Config
	if own == nil {
		own = config.NewDef()
	}
	own = own.For(props)
	stage("performing multi-property validation for the connector")
	ownValues, err := v.checkOwn(ctx, connector, own, props, purpose, stage)
	if err != nil {
		return nil, err
	}
	d := common.Override(own)
	infos := d.Infos(*class, append(values, ownValues...), d.Groups())
	infos.Merge(v.overrides(connector, props, stage)...)
	for _, c := range []struct{ key, name string }{{"header.converter", "header converter"}, {"key.converter", "key converter"}, {"value.converter", "value converter"}} {
		stage("performing config validation for the connector's " + c.name)
		infos.Merge(v.plugins.ConverterInfos(c.key, props, checked))
	}
	return infos, nil
}

// checkOwn validates the connector's own keys and asks the connector for more where it can tell.
func (v *Validator) checkOwn(ctx context.Context, p *connect.Plugin, own *config.Def, props config.Props, purpose herder.Purpose, stage func(string)) ([]*config.Value, error) {
	checked := own.ValidateAll(props, v.plugins.Option())
	connector := p.NewConnector()
	if validator, ok := connector.(connect.ConfigValidator); ok {
		more, err := validator.Validate(ctx, props.Strings())
		if err != nil {
			return nil, fmt.Errorf("validating the configuration of %s: %w", p.Class, err)
		}
		for _, m := range more {
			value := checked.Value(m.Name)
			value.Errors = append(value.Errors, m.Errors...)
			value.RecommendedValues = append(value.RecommendedValues, m.RecommendedValues...)
		}
	}
	if tester, ok := connector.(connect.ConnectionTester); ok && purpose != herder.Alone && checked.ErrorCount() == 0 {
		stage("testing the connection of the connector")
		checkConnection(ctx, tester, props, purpose, checked)
	}
	return checked.Values(), nil
}

// overrides checks the settings of Kafka clients that the connector overrides, of the clients it uses, in Java's order.
func (v *Validator) overrides(p *connect.Plugin, props config.Props, stage func(string)) []*config.Infos {
	source := p.Kind == connect.KindSource
	letters := props.Text("errors.deadletterqueue.topic.name") != ""
	var parts []*config.Infos
	for _, c := range []struct {
		client kafka.Client
		used   bool
	}{
		{kafka.Producer, source || letters},
		{kafka.AdminClient, letters || source && (createsTopics(props) || v.readsOffsets(props))},
		{kafka.Consumer, !source || v.readsOffsets(props)},
	} {
		if !c.used {
			continue
		}
		stage("validating " + c.client.String() + " config overrides for the connector")
		parts = append(parts, v.override(c.client, props))
	}
	return parts
}

// createsTopics is SourceConnectorConfig.usesTopicCreation.
func createsTopics(props config.Props) bool {
	for _, key := range props.Keys() {
		if strings.HasPrefix(key, "topic.creation.") {
			return true
		}
	}
	return false
}

func (v *Validator) override(client kafka.Client, props config.Props) *config.Infos {
	prefix, d := kafka.OverridePrefix(client), v.clients[client]
	given := props.WithPrefix(prefix)
	var values []*config.Value
	names := given.Keys()
	for _, i := range javafmt.HashOrder(names, javafmt.DefaultCapacity) {
		name := names[i]
		value := &config.Value{Name: name, Visible: true}
		if text, ok := given.Get(name); ok {
			value.Value = text
			if k := d.Lookup(name); k != nil {
				parsed, err := config.ParseType(name, text, k.Type, nil)
				if err != nil {
					value.AddError(err.Error())
				} else {
					value.Value = parsed
				}
			}
		}
		if refusal := v.policy.Check(name); refusal != "" {
			value.AddError(refusal)
		}
		values = append(values, value)
	}
	return d.PrefixedInfos(prefix, values)
}

// PluginConfig implements herder.Validator.
func (v *Validator) PluginConfig(_ context.Context, class string, version *string) ([]*config.KeyInfo, error) {
	p, ok := v.registry.Any(class)
	if _, isPolicy := kafka.NewOverridePolicy(class, nil); !ok && isPolicy || ok && p.Kind == connect.KindConfigProvider {
		return nil, herder.BadRequest("%s", "Invalid plugin class "+class+". Valid types are sink, source, converter, header_converter, transformation, predicate.")
	}
	if !ok {
		return nil, herder.NotFound("%s", "Unknown plugin "+class+".")
	}
	if err := v.plugins.CheckVersion(p.Class, version); err != nil {
		return nil, &herder.Error{Status: http.StatusBadRequest, Message: err.Error(), Cause: err}
	}
	keys := workerconfig.PluginKeys(p)
	if version == nil {
		return keys, nil
	}
	// Asked for a version, Java names the one it found as the default of the key that chooses it.
	for _, k := range keys {
		if k.Name == "connector.plugin.version" {
			k.DefaultValue = &p.Version
		}
	}
	return keys, nil
}

// textOf prints a configuration as Java prints its map.
func textOf(props config.Props) string {
	names := props.Keys()
	keys := javafmt.HashOrder(names, javafmt.CopyCapacity(len(names)))
	var b strings.Builder
	b.WriteByte('{')
	for i, n := range keys {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(names[n])
		b.WriteByte('=')
		if text, ok := props.Get(names[n]); ok {
			b.WriteString(text)
		} else {
			b.WriteString("null")
		}
	}
	b.WriteByte('}')
	return b.String()
}
