// Package kubernetes gives the data of secrets and config maps of Kubernetes, read over its API (Strimzi's kafka-kubernetes-config-provider).
package kubernetes

import "github.com/moldau/moldau/connect"

// Plugins describes the providers under Strimzi's class names.
func Plugins() []connect.Plugin {
	return []connect.Plugin{
		{Kind: connect.KindConfigProvider, Class: "io.strimzi.kafka.KubernetesConfigMapConfigProvider",
			Doc: "Gives the data of Kubernetes config maps: ${name:namespace/config-map:key}.", Config: Def(),
			NewConfigProvider: func() connect.ConfigProvider { return &Provider{kind: configMaps} }},
		{Kind: connect.KindConfigProvider, Class: "io.strimzi.kafka.KubernetesSecretConfigProvider",
			Doc: "Gives the data of Kubernetes secrets: ${name:namespace/secret:key}.", Config: Def(),
			NewConfigProvider: func() connect.ConfigProvider { return &Provider{kind: secrets} }},
	}
}
