package transforms

import "github.com/moldau/moldau/connect/config"

const replaceNullKey = "replace.null.with.default"

// replaceNull declares the key of KIP-1040.
func replaceNull() config.Key {
	return config.Key{Name: replaceNullKey, Type: config.Boolean, Default: true, Importance: config.Medium,
		Doc: "Whether a null in a field with a default reads as that default. With false the null is kept."}
}
