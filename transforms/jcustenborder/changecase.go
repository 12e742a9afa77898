package jcustenborder

import (
	"context"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// changeCase changes the case of names of fields (ChangeCase).
type changeCase struct {
	part    smt.Part
	change  caseChange
	schemas smt.SchemaCache
}

var changeCaseKeys = caseKeys("the names of fields")

func changeCasePlugins() []connect.Plugin {
	return smt.Both(classPrefix+"ChangeCase", "Changes the case of the names of a struct's fields; those of nested structs stay.", changeCaseKeys,
		func(p smt.Part) connect.Transformation { return &changeCase{part: p} })
}

func (x *changeCase) Configure(props map[string]string) (err error) {
	x.change, err = readCaseChange(changeCaseKeys, props)
	return err
}

func (x *changeCase) Apply(_ context.Context, r *connect.Record) (bool, error) {
	err := process{structs: x.rename}.apply(r, x.part)
	return err == nil, err
}

func (x *changeCase) rename(a *data.Arena, schema *data.Schema, s *data.Struct) (*data.Schema, data.Value, error) {
	return rebuild(a, &x.schemas, schema, s, x.schema)
}

func (x *changeCase) schema(s *data.Schema) (*data.Schema, error) {
	b := sameNamed(s)
	for _, f := range s.Fields() {
		b.Field(x.change.convert(f.Name), f.Schema)
	}
	return b.Build()
}

func (x *changeCase) Close() error { return nil }

// changeTopicCase changes the case of topics (ChangeTopicCase).
type changeTopicCase struct {
	change caseChange
	// The topic seen last and what became of it: most batches are of one topic.
	last, lastOut string
}

var changeTopicCaseKeys = caseKeys("topics")

func changeTopicCasePlugins() []connect.Plugin {
	return []connect.Plugin{smt.One(classPrefix+"ChangeTopicCase", "Changes the case of the topic.", changeTopicCaseKeys, func() connect.Transformation { return new(changeTopicCase) })}
}

func (x *changeTopicCase) Configure(props map[string]string) (err error) {
	x.change, err = readCaseChange(changeTopicCaseKeys, props)
	return err
}

func (x *changeTopicCase) Apply(_ context.Context, r *connect.Record) (bool, error) {
	if r.Topic != x.last {
		x.last = strings.Clone(r.Topic) // its memory may be the record's and is used again
		x.lastOut = x.change.convert(x.last)
	}
	r.Topic = x.lastOut
	return true, nil
}

func (x *changeTopicCase) Close() error { return nil }
