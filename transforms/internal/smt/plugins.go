package smt

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

// Both describes a transformation that exists for keys and for values, as class$Key and class$Value.
func Both(class, doc string, keys *config.Def, make func(Part) connect.Transformation) []connect.Plugin {
	of := func(suffix string, p Part) connect.Plugin {
		return One(class+suffix, doc+" Works on the "+p.String()+" of the record.", keys, func() connect.Transformation { return make(p) })
	}
	return []connect.Plugin{of("$Key", KeyPart), of("$Value", ValuePart)}
}

// One describes a transformation of the whole record by its full class name.
func One(class, doc string, keys *config.Def, make func() connect.Transformation) connect.Plugin {
	return connect.Plugin{Kind: connect.KindTransformation, Class: class, Doc: doc, Config: keys, NewTransformation: make}
}
