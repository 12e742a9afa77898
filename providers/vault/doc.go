// Package vault gives secrets of HashiCorp Vault and OpenBao: key/value engines of version 1 and 2 and engines that make credentials, whose leases
// it renews.
package vault

import "github.com/moldau/moldau/connect"

// Plugins describes the provider under the names of the Java classes whose keys it takes.
func Plugins() []connect.Plugin {
	const doc = "Gives secrets of HashiCorp Vault or OpenBao: ${name:mount/path:key}."
	plugin := func(class string, s style) connect.Plugin {
		return connect.Plugin{Kind: connect.KindConfigProvider, Class: class, Doc: doc, Config: Def(),
			NewConfigProvider: func() connect.ConfigProvider { return newProvider(s) }}
	}
	return []connect.Plugin{
		plugin("com.github.jcustenborder.kafka.config.vault.VaultConfigProvider", style{}),
		plugin("io.confluent.csid.config.provider.vault.VaultConfigProvider", style{needsAllKeys: true}),
		plugin("io.lenses.connect.secrets.providers.VaultSecretProvider", style{decodes: true}),
	}
}

// style is what differs between the classes.
type style struct {
	// needsAllKeys makes a missing key an error; otherwise its placeholder stays as it is written.
	needsAllKeys bool
	// decodes reads values by the encoding that their keys begin with.
	decodes bool
}
