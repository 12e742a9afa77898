package debezium

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

// Plugins returns all transformations of the package.
func Plugins() []connect.Plugin {
	return []connect.Plugin{
		extractNewRecordStatePlugin(),
		eventRouterPlugin(),
		byLogicalTableRouterPlugin(),
		headerToValuePlugin(),
		partitionRoutingPlugin(),
	}
}

const classPrefix = "io.debezium.transforms."

// plugin describes a transformation by its full class name.
func plugin(class, doc string, keys *config.Def, make func() connect.Transformation) connect.Plugin {
	return connect.Plugin{Kind: connect.KindTransformation, Class: class, Doc: doc, Config: keys, NewTransformation: make}
}
