package debezium

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/transforms"
)

// apache returns a configured transformation of Apache's, to which one of Debezium's hands records on.
func apache(name string, props map[string]string) (connect.Transformation, error) {
	for _, p := range transforms.Plugins() {
		if p.Class == "org.apache.kafka.connect.transforms."+name {
			x := p.NewTransformation()
			return x, x.Configure(props)
		}
	}
	panic("debezium: there is no transformation " + name)
}
