// Package standard is the list of everything in the standard build of Moldau.
package standard

import (
	"slices"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/file"
	"github.com/moldau/moldau/connectors/jdbc"
	"github.com/moldau/moldau/connectors/verifiable"
	"github.com/moldau/moldau/converters/avro"
	"github.com/moldau/moldau/converters/bytearray"
	"github.com/moldau/moldau/converters/json"
	"github.com/moldau/moldau/converters/jsonschema"
	"github.com/moldau/moldau/converters/primitive"
	"github.com/moldau/moldau/converters/protobuf"
	"github.com/moldau/moldau/converters/simpleheader"
	"github.com/moldau/moldau/converters/string"
	"github.com/moldau/moldau/providers"
	"github.com/moldau/moldau/providers/aws"
	"github.com/moldau/moldau/providers/azure"
	"github.com/moldau/moldau/providers/gcp"
	"github.com/moldau/moldau/providers/kubernetes"
	"github.com/moldau/moldau/providers/lenses"
	"github.com/moldau/moldau/providers/vault"
	"github.com/moldau/moldau/transforms"
	"github.com/moldau/moldau/transforms/aiven"
	"github.com/moldau/moldau/transforms/confluent"
	"github.com/moldau/moldau/transforms/debezium"
	"github.com/moldau/moldau/transforms/httplookup"
	"github.com/moldau/moldau/transforms/jcustenborder"
)

// Plugins returns the plugins of the standard build.
func Plugins() []connect.Plugin {
	return slices.Concat(
		// connectors
		file.Plugins(),
		jdbc.Plugins(),
		verifiable.Plugins(),

		// converters and header converters
		avro.Plugins(),
		bytearray.Plugins(),
		json.Plugins(),
		jsonschema.Plugins(),
		primitive.Plugins(),
		protobuf.Plugins(),
		simpleheader.Plugins(),
		string.Plugins(),

		// transformations and predicates
		transforms.Plugins(),
		aiven.Plugins(),
		confluent.Plugins(),
		debezium.Plugins(),
		httplookup.Plugins(),
		jcustenborder.Plugins(),

		// config providers
		providers.Plugins(),
		aws.Plugins(),
		azure.Plugins(),
		gcp.Plugins(),
		kubernetes.Plugins(),
		lenses.Plugins(),
		vault.Plugins(),
	)
}
