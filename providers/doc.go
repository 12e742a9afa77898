// Package providers holds the config providers of Apache Kafka: values of configurations from properties files, from directories of files and from
// the environment (KIP-297, KIP-421, KIP-632, KIP-887).
package providers

import (
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/providers/internal/service"
)

const javaPackage = "org.apache.kafka.common.config.provider."

// Plugins describes the providers of this package.
func Plugins() []connect.Plugin {
	return []connect.Plugin{
		{Kind: connect.KindConfigProvider, Class: javaPackage + "DirectoryConfigProvider",
			Aliases: []string{"io.confluent.csid.config.provider.k8s.K8sSecretConfigProvider"}, Config: fileDef(),
			Doc:               "Gives the contents of the files of a directory: ${name:/directory:file}.",
			NewConfigProvider: func() connect.ConfigProvider { return NewDirectory() }},
		{Kind: connect.KindConfigProvider, Class: javaPackage + "EnvVarConfigProvider",
			Aliases: []string{"io.strimzi.kafka.EnvVarConfigProvider"}, Config: envDef(),
			Doc:               "Gives environment variables: ${name:VARIABLE}.",
			NewConfigProvider: func() connect.ConfigProvider { return NewEnv(nil) }},
		{Kind: connect.KindConfigProvider, Class: javaPackage + "FileConfigProvider",
			Config:            fileDef(),
			Doc:               "Gives the values of a properties file: ${name:/file:key}.",
			NewConfigProvider: func() connect.ConfigProvider { return NewFile() }},
	}
}

// fileDef declares the parameters of providers that read files.
func fileDef() *config.Def {
	return config.NewDef(
		config.Key{Name: allowedPathsKey, Default: "", Importance: config.Medium, Doc: "Absolute paths, separated by commas; only what is below them is read. Empty allows every path."},
		service.TTLDef(),
	)
}

// envDef declares the parameters of the environment.
func envDef() *config.Def {
	return config.NewDef(config.Key{Name: allowlistKey, Default: nil, Importance: config.Medium,
		Doc: "Regular expression that names of variables must match as a whole; without it every variable is given."})
}

// parseTTL reads the only parameter that Java's providers do not have.
func parseTTL(props map[string]string) (time.Duration, error) {
	v, err := config.NewDef(service.TTLDef()).ParseStrings(props)
	if err != nil {
		return 0, err
	}
	return v.Duration(service.TTLKey), nil
}

// forEver is the data of providers whose values never run out.
func forEver(values map[string]string) connect.ConfigData {
	return connect.ConfigData{Values: values}
}

// pick returns the values of the keys, all where keys is nil.
func pick(values map[string]string, keys []string) map[string]string {
	if keys == nil {
		return values
	}
	picked := map[string]string{}
	for _, k := range keys {
		if v, ok := values[k]; ok {
			picked[k] = v
		}
	}
	return picked
}
