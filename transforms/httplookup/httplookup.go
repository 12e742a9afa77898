package httplookup

import (
	"context"
	"errors"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

const class = "moldau.transforms.HttpLookup"

// Plugins returns the transformation for keys and for values.
func Plugins() []connect.Plugin {
	return smt.Both(class, "Adds to each record what an HTTP service answers to a URL made from its fields.", keys,
		func(p smt.Part) connect.Transformation { return &lookup{part: p} })
}

// lookup enriches records (HttpLookup). All its state belongs to the task's goroutine; only requests run on others, which end with Prepare.
type lookup struct {
	part smt.Part
	*settings
	client *client
	reader *reader
	cache  *cache
	poll   poll
	places smt.Known[[2]*data.Schema, *place]
	maps   smt.MapCopier
	target []byte
}

// place is the schema of a record with the field, and the field's index.
type place struct {
	schema *data.Schema
	index  int
}

func (x *lookup) Configure(props map[string]string) (err error) {
	if x.settings, err = readSettings(props); err != nil {
		return err
	}
	if x.reader, err = newReader(x.settings); err != nil {
		return err
	}
	x.client, x.cache = newClient(x.settings), newCache(x.cacheSize, x.cacheBytes)
	return nil
}

const purpose = "HTTP lookup"

func (x *lookup) Apply(ctx context.Context, r *connect.Record) (bool, error) {
	schema, v := x.part.Of(r)
	if v.IsNull() {
		return true, nil
	}
	if schema == nil && v.Kind() != data.StructKind {
		if _, err := smt.RequireMap(v, purpose); err != nil {
			return false, err
		}
	} else if _, err := smt.RequireStruct(v, purpose); err != nil {
		return false, err
	}
	result, err := x.find(ctx, r, v)
	failure := ""
	if err != nil {
		var failed *failedLookup
		if !errors.As(err, &failed) || x.onFailure == "fail" {
			return false, unwrapped(err)
		}
		failure = failed.Error()
		if result, err = x.valueOf(&answer{}, v); err != nil {
			return false, err
		}
	}
	if err := x.insert(r, v, result); err != nil {
		return false, err
	}
	if failure != "" && x.onFailure == "header" {
		r.Headers.Add(x.failureHeader, data.StringSchema, data.String(failure))
	}
	return true, nil
}

// failedLookup is an error that on.failure is for: one of the service, not of the record or of the task that stops.
type failedLookup struct{ error }

func (e *failedLookup) Unwrap() error { return e.error }

func unwrapped(err error) error {
	var failed *failedLookup
	if errors.As(err, &failed) {
		return failed.error
	}
	return err
}

// find returns what the field of a record is to be.
func (x *lookup) find(ctx context.Context, r *connect.Record, v data.Value) (*typedValue, error) {
	url, ok, err := x.url.append(x.target[:0], v)
	x.target = url
	if err != nil {
		return nil, err
	}
	if !ok {
		if x.failOnNull {
			return nil, smt.DataError("A field of the URL is null or empty, and " + nullKey + " is fail")
		}
		return x.valueOf(&answer{}, v)
	}
	a, err := x.answerTo(ctx, r, url)
	if err != nil {
		return nil, err
	}
	result, err := x.valueOf(a, v)
	if err != nil {
		// What cannot be read is not worth remembering: the service may be mended.
		x.cache.forget(string(url))
		return nil, &failedLookup{javafmt.NewException(javafmt.DataException, "GET "+x.url.shown+": "+err.Error(), err)}
	}
	return result, nil
}

// valueOf returns the answer as a record with the value wants it.
func (x *lookup) valueOf(a *answer, v data.Value) (*typedValue, error) {
	if v.Kind() == data.StructKind {
		return x.reader.typedOf(a)
	}
	return x.reader.plainOf(a)
}

// insert sets the field.
func (x *lookup) insert(r *connect.Record, v data.Value, result *typedValue) error {
	if m := v.Map(); m != nil {
		b := x.maps.Copy(r.Arena(), m, 1)
		b.Set(x.field, result.value)
		x.part.Set(r, nil, b.Build().Value())
		return nil
	}
	s := v.Struct()
	to, err := x.places.Get([2]*data.Schema{s.Schema(), result.schema}, x.place)
	if err != nil {
		return err
	}
	b := r.Arena().Struct(to.schema)
	row, n := s.Row(), s.Len()
	b.CopyRange(0, row, 0, min(to.index, n))
	if to.index < n {
		b.CopyRange(to.index+1, row, to.index+1, n-to.index-1)
	}
	b.Set(to.index, result.value)
	out, err := b.BuildPartial()
	if err != nil {
		return err
	}
	x.part.Set(r, to.schema, out.Value())
	return nil
}

// place works out the schema of records with the field.
func (x *lookup) place(schemas [2]*data.Schema) (*place, error) {
	record, result := schemas[0], schemas[1]
	b := data.NewSchema(data.StructKind).CopyBasics(record).SetOptional(record.Optional())
	index := len(record.Fields())
	for _, f := range record.Fields() {
		if f.Name == x.field {
			index, f.Schema = f.Index, result
		}
		b.Field(f.Name, f.Schema)
	}
	if index == len(record.Fields()) {
		b.Field(x.field, result)
	}
	schema, err := b.Build()
	return &place{schema, index}, err
}

func (x *lookup) Close() error {
	if x.client != nil {
		x.client.close()
	}
	return nil
}
