// Package lenses has those of Lenses' config providers that ask no service: environment variables with encodings, and values that are themselves
// encrypted.
package lenses

import "github.com/moldau/moldau/connect"

// Plugins describes the providers.
func Plugins() []connect.Plugin {
	return []connect.Plugin{
		{Kind: connect.KindConfigProvider, Class: "io.lenses.connect.secrets.providers.Aes256DecodingProvider", Config: aesDef(),
			Doc:               "Decrypts values that are written into configurations: ${name::ENCRYPTED}.",
			NewConfigProvider: func() connect.ConfigProvider { return &AES256{} }},
		{Kind: connect.KindConfigProvider, Class: "io.lenses.connect.secrets.providers.ENVSecretProvider", Config: envDef(),
			Doc:               "Gives environment variables, decoded where their value says so: ${name::VARIABLE}.",
			NewConfigProvider: func() connect.ConfigProvider { return NewEnv(nil) }},
	}
}
