// Package azure gives secrets of Azure Key Vault.
package azure

import "github.com/moldau/moldau/connect"

// Plugins describes the providers under the names of the Java classes whose keys they take.
func Plugins() []connect.Plugin {
	const doc = "Gives secrets of an Azure Key Vault that are JSON objects: ${name:secret:key}."
	plugin := func(class string, s style) connect.Plugin {
		return connect.Plugin{Kind: connect.KindConfigProvider, Class: class, Doc: doc, Config: keyVaultDef(s),
			NewConfigProvider: func() connect.ConfigProvider { return &KeyVault{style: s} }}
	}
	return []connect.Plugin{
		plugin("com.github.jcustenborder.kafka.config.azure.KeyVaultConfigProvider", style{ttl: 300000}),
		plugin("io.confluent.csid.config.provider.azure.KeyVaultConfigProvider", style{needsAllKeys: true}),
		{Kind: connect.KindConfigProvider, Class: "io.lenses.connect.secrets.providers.AzureSecretProvider",
			Doc: "Gives secrets of Azure Key Vaults: ${name:vault.vault.azure.net:secret}.", Config: lensesDef(),
			NewConfigProvider: func() connect.ConfigProvider { return &LensesKeyVault{} }},
	}
}

// style is what differs between the classes.
type style struct {
	// ttl is the default of secret.ttl.ms.
	ttl int
	// needsAllKeys makes a missing key an error; otherwise its placeholder stays as it is written.
	needsAllKeys bool
}
