// Package providers holds the config providers of Apache Kafka: values of configurations from properties files, from directories of files and from
// the environment (KIP-297, KIP-421, KIP-632, KIP-887).
package providers

import (
	"github.com/moldau/moldau/connect"
)

const javaPackage = "org.apache.kafka.common.config.provider."

// Plugins describes the providers of this package.
func Plugins() []connect.Plugin {
	return []connect.Plugin{
		{Kind: connect.KindConfigProvider, Class: javaPackage + "DirectoryConfigProvider",
			Doc:               "Gives the contents of the files of a directory: ${name:/directory:file}.",
			NewConfigProvider: func() connect.ConfigProvider { return NewDirectory() }},
		{Kind: connect.KindConfigProvider, Class: javaPackage + "EnvVarConfigProvider",
			Doc:               "Gives environment variables: ${name:VARIABLE}.",
			NewConfigProvider: func() connect.ConfigProvider { return NewEnv(nil) }},
		{Kind: connect.KindConfigProvider, Class: javaPackage + "FileConfigProvider",
			Doc:               "Gives the values of a properties file: ${name:/file:key}.",
			NewConfigProvider: func() connect.ConfigProvider { return NewFile() }},
	}
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
