package debezium

import (
	"context"
	"fmt"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// contentBasedRouter sends records to topics that an expression names (ContentBasedRouter).
type contentBasedRouter struct {
	scripting
	// last is the topic that the expression named last.
	last string
}

var contentBasedRouterKeys = scriptingKeys(option{Key: config.Key{Name: "topic.expression", Type: config.String, Default: nil, Importance: config.High, Width: config.WidthMedium,
	Doc: "Expression that is the topic of the record, or null for the topic it has, such as value.op == 'u' ? 'updates' : null. Required. See language for what it may hold."},
	checks: []check{checkRequired}})

func contentBasedRouterPlugin() connect.Plugin {
	return smt.One(classPrefix+"ContentBasedRouter", "Sends records to the topics that an expression names.", contentBasedRouterKeys.def,
		func() connect.Transformation { return new(contentBasedRouter) })
}

func (x *contentBasedRouter) Configure(props map[string]string) error {
	return x.read(contentBasedRouterKeys.read(props), "topic.expression")
}

func (x *contentBasedRouter) Apply(_ context.Context, r *connect.Record) (bool, error) {
	asked, kept, err := x.concerns(r)
	if !asked || err != nil {
		return kept, err
	}
	result, err := x.script.eval(r)
	if err != nil {
		return false, x.failed(r, err)
	}
	switch topic := result.(type) {
	case nil:
		return true, nil
	case string:
		if topic != x.last {
			x.last = strings.Clone(topic) // its memory is the record's and is used again
		}
		r.Topic = x.last
		return true, nil
	}
	return false, x.failed(r, debeziumError(fmt.Sprintf("Value '%s' returned by the expression is not a String", scriptText(result)), nil))
}

func (x *contentBasedRouter) Close() error { return nil }
