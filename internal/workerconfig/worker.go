package workerconfig

import (
	"slices"
	"strings"

	"github.com/moldau/moldau/connect/config"
)

// ParseStandalone reads a standalone worker's configuration. Errors have the text that Java's worker ends with.
func (p *Plugins) ParseStandalone(props config.Props) (*config.Values, error) {
	return p.parseWorker(StandaloneDef(), props)
}

// ParseDistributed reads a distributed worker's configuration and checks what concerns several keys (DistributedConfig).
func (p *Plugins) ParseDistributed(props config.Props) (*config.Values, error) {
	v, err := p.parseWorker(DistributedDef(), props)
	if err != nil {
		return nil, err
	}
	if _, err := SessionKeyLength(v); err != nil {
		return nil, err
	}
	const signature, verification = "inter.worker.signature.algorithm", "inter.worker.verification.algorithms"
	if !slices.Contains(v.List(verification), v.String(signature)) {
		return nil, config.Invalid(signature, v.String(signature), "Signature algorithm must be present in "+verification+" list")
	}
	return v, nil
}

func (p *Plugins) parseWorker(d *config.Def, props config.Props) (*config.Values, error) {
	if err := checkDiscovery(props); err != nil {
		return nil, err
	}
	v, err := d.Parse(props, p.Option())
	if err != nil {
		return nil, err
	}
	for _, prefix := range passedThrough {
		v.OriginalsWithPrefix(prefix)
	}
	return v, nil
}

// passedThrough are the prefixes whose keys belong to something else that reads them: clients, converters, providers, topics, TLS of listeners.
var passedThrough = []string{"producer.", "consumer.", "admin.", "key.converter.", "value.converter.", "header.converter.", "config.providers.",
	"config.storage.", "offset.storage.", "status.storage.", "metrics.context.", "listeners.https.", "moldau.rest.oidc.ssl.", "admin.listeners.https.", "connector.client.config.override."}

// checkDiscovery looks at plugin.discovery before anything else, as Java does, whose plugins are scanned first.
func checkDiscovery(props config.Props) error {
	mode, ok := props.Get("plugin.discovery")
	modes := []string{"only_scan", "hybrid_warn", "hybrid_fail", "service_load"}
	if !ok || slices.Contains(modes, strings.ToLower(mode)) {
		return nil
	}
	return connectException("Invalid plugin.discovery value, must be one of " + config.Text(modes))
}

// furtherKeys are keys that a worker reads and Java's does not: a JAAS file where KAFKA_OPTS cannot be set.
var furtherKeys = []string{"java.security.auth.login.config"}

// Notice is something that the worker says once about its configuration when it starts.
type Notice struct {
	// Key is the configuration key.
	Key string
	// Text says what about it.
	Text string
}

// Notices returns what a worker should log once about the keys it was given: removed ones, those accepted without effect, and those that neither
// the worker nor its clients know. Unknown keys are ignored, as in Java.
func Notices(v *config.Values) []Notice {
	var notices []Notice
	for _, key := range v.Originals().Keys() {
		if strings.HasPrefix(key, "internal.key.converter") || strings.HasPrefix(key, "internal.value.converter") {
			v.Ignore(key)
			notices = append(notices, Notice{key, "is ignored since Kafka 3.0: internal data is JSON without schemas"})
			continue
		}
		if k := v.Def().Lookup(key); k != nil && k.NoEffect != "" {
			notices = append(notices, Notice{key, "is accepted without effect: " + k.NoEffect})
		}
		if k := v.Def().Lookup(key); k != nil && k.Deprecated != "" {
			notices = append(notices, Notice{key, "is deprecated: " + k.Deprecated})
		}
	}
	for _, key := range v.Unknown() {
		if isClientKey(key) || slices.Contains(furtherKeys, key) {
			continue
		}
		notices = append(notices, Notice{key, "is not a known worker key and is ignored"})
	}
	return notices
}
