package kafka

import (
	"slices"
	"strings"
)

// An OverridePolicy decides which client properties a connector may override (connector.client.config.override.policy).
type OverridePolicy struct {
	name    string
	allowed func(key string) bool
}

const policySuffix = "ConnectorClientConfigOverridePolicy"

// NewOverridePolicy returns the policy of a Java class, given by its full name, its simple name or its alias (All, None, Principal,
// Allowlist). The allowlist is connector.client.config.override.allowlist. The second result is false for any other class.
func NewOverridePolicy(class string, allowlist []string) (OverridePolicy, bool) {
	name := strings.TrimPrefix(class, "org.apache.kafka.connect.connector.policy.")
	name = strings.TrimSuffix(name, policySuffix)
	switch name {
	case "All":
		return OverridePolicy{name, func(string) bool { return true }}, true
	case "None":
		return OverridePolicy{name, func(string) bool { return false }}, true
	case "Principal":
		return OverridePolicy{name, func(key string) bool {
			return key == "sasl.jaas.config" || key == "sasl.mechanism" || key == "security.protocol"
		}}, true
	case "Allowlist":
		return OverridePolicy{name, func(key string) bool { return slices.Contains(allowlist, key) }}, true
	}
	return OverridePolicy{}, false
}

// Name returns the alias of the policy, as its messages have it.
func (p OverridePolicy) Name() string { return p.name }

// Check returns the message of the validation error for a key without its prefix, or "" where the policy allows it.
func (p OverridePolicy) Check(key string) string {
	if p.allowed == nil || p.allowed(key) {
		return ""
	}
	return "The '" + p.name + "' policy does not allow '" + key + "' to be overridden in the connector configuration."
}

// OverridePrefix is the prefix of the connector's keys for a client, for instance "producer.override.".
func OverridePrefix(client Client) string { return client.String() + ".override." }

// Overrides returns what a connector's configuration sets for a client, without the prefix.
func Overrides(client Client, connector map[string]string) map[string]string {
	return withPrefix(connector, OverridePrefix(client))
}

func withPrefix(properties map[string]string, prefix string) map[string]string {
	found := map[string]string{}
	for name, value := range properties {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" {
			found[rest] = value
		}
	}
	return found
}
