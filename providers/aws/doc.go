// Package aws gives secrets of AWS Secrets Manager and parameters of the Systems Manager Parameter Store.
package aws

import "github.com/moldau/moldau/connect"

// Plugins describes the providers under the names of the Java classes whose keys they take.
func Plugins() []connect.Plugin {
	const secrets = "Gives secrets of AWS Secrets Manager that are JSON objects: ${name:secret:key}."
	return []connect.Plugin{
		{Kind: connect.KindConfigProvider, Class: "com.amazonaws.kafka.config.providers.SecretsManagerConfigProvider", Doc: secrets, Config: amazonDef(),
			NewConfigProvider: func() connect.ConfigProvider { return &AmazonSecrets{} }},
		{Kind: connect.KindConfigProvider, Class: "com.amazonaws.kafka.config.providers.SsmParamStoreConfigProvider",
			Doc: "Gives parameters of the AWS Systems Manager Parameter Store, decrypted: ${name::/path/of/parameter}.", Config: amazonDef(),
			NewConfigProvider: func() connect.ConfigProvider { return &AmazonParameters{} }},
		{Kind: connect.KindConfigProvider, Class: "com.github.jcustenborder.kafka.config.aws.SecretsManagerConfigProvider", Doc: secrets, Config: secretsDef(fiveMinutes),
			NewConfigProvider: func() connect.ConfigProvider { return &Secrets{def: secretsDef(fiveMinutes), slash: true} }},
		{Kind: connect.KindConfigProvider, Class: "io.confluent.csid.config.provider.aws.SecretsManagerConfigProvider", Doc: secrets, Config: secretsDef(0),
			NewConfigProvider: func() connect.ConfigProvider { return &Secrets{def: secretsDef(0), needsAllKeys: true} }},
		{Kind: connect.KindConfigProvider, Class: "io.lenses.connect.secrets.providers.AWSSecretProvider", Doc: secrets, Config: lensesDef(),
			NewConfigProvider: func() connect.ConfigProvider { return &LensesSecrets{} }},
	}
}
