// Package gcp gives secrets of Google Cloud's Secret Manager.
package gcp

import "github.com/moldau/moldau/connect"

// Plugins describes the provider under the names of the Java classes whose keys it takes.
func Plugins() []connect.Plugin {
	const doc = "Gives secrets of Google Cloud's Secret Manager that are JSON objects: ${name:secret:key}."
	plugin := func(class string, s style) connect.Plugin {
		return connect.Plugin{Kind: connect.KindConfigProvider, Class: class, Doc: doc, Config: def(s),
			NewConfigProvider: func() connect.ConfigProvider { return &Provider{style: s} }}
	}
	return []connect.Plugin{
		plugin("com.github.jcustenborder.kafka.config.gcloud.SecretManagerConfigProvider", style{ttl: 300000}),
		plugin("io.confluent.csid.config.provider.gcloud.SecretManagerConfigProvider", style{needsAllKeys: true}),
	}
}

// style is what differs between the classes.
type style struct {
	// ttl is the default of secret.ttl.ms.
	ttl int
	// needsAllKeys makes a missing key an error; otherwise its placeholder stays as it is written.
	needsAllKeys bool
}
