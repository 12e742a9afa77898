package debezium

import (
	"context"
	"fmt"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// filter drops the records that do not meet a condition (Filter).
type filter struct{ scripting }

var filterKeys = scriptingKeys(option{Key: config.Key{Name: "condition", Type: config.String, Default: nil, Importance: config.High, Width: config.WidthMedium,
	Doc: "Expression that is true for the records to keep, such as value.op == 'u' && value.before.id == 1; the others are dropped. Required. See language for what it may hold."},
	checks: []check{checkRequired}})

func filterPlugin() connect.Plugin {
	return smt.One(classPrefix+"Filter", "Keeps the records that meet a condition.", filterKeys.def, func() connect.Transformation { return new(filter) })
}

func (x *filter) Configure(props map[string]string) error {
	return x.read(filterKeys.read(props), "condition")
}

func (x *filter) Apply(_ context.Context, r *connect.Record) (bool, error) {
	asked, kept, err := x.concerns(r)
	if !asked || err != nil {
		return kept, err
	}
	result, err := x.script.eval(r)
	if err != nil {
		return false, x.failed(r, err)
	}
	switch result := result.(type) {
	case nil:
		return false, smt.NullPointer("The condition '" + x.script.source + "' is null")
	case bool:
		return result, nil
	}
	return false, x.failed(r, debeziumError(fmt.Sprintf("Value '%s' returned by the expression is not a Boolean", scriptText(result)), nil))
}

func (x *filter) Close() error { return nil }
