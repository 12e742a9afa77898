package debezium

import (
	"time"

	"github.com/moldau/moldau/connect"
)

// Plugins returns all transformations of the package.
func Plugins() []connect.Plugin { return PluginsAt(time.Now) }

// PluginsAt is Plugins with another clock, which decides on the offset of times of day without a date (TimezoneConverter).
func PluginsAt(now func() time.Time) []connect.Plugin {
	return []connect.Plugin{
		extractNewRecordStatePlugin(),
		eventRouterPlugin(),
		byLogicalTableRouterPlugin(),
		headerToValuePlugin(),
		partitionRoutingPlugin(),
		timezoneConverterPlugin(now),
		schemaChangeEventFilterPlugin(),
		extractChangedRecordStatePlugin(),
		extractSchemaToNewRecordPlugin(),
		decodeLogicalDecodingMessageContentPlugin(),
		geometryFormatTransformerPlugin(),
		swapGeometryCoordinatesPlugin(),
		vectorToJSONConverterPlugin(),
		extractNewDocumentStatePlugin(),
		mongoEventRouterPlugin(),
		filterPlugin(),
		contentBasedRouterPlugin(),
	}
}

const classPrefix = "io.debezium.transforms."
