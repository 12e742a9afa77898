package connecttest

import (
	"testing"

	"github.com/moldau/moldau/connect"
)

// TransformationCase is a transformation with a configuration and records to apply it to; make each record anew.
type TransformationCase struct {
	Plugin  connect.Plugin
	Props   map[string]string
	Records []func() *connect.Record
}

// Transformation runs the contract of transformations: the values a record had are not changed in place, a failure leaves the record as
// it was, and applying twice to equal records gives equal results.
func Transformation(t *testing.T, c TransformationCase) {
	Plugin(t, c.Plugin)
	x := c.Plugin.NewTransformation()
	if err := x.Configure(c.Props); err != nil {
		t.Fatalf("configure: %v", err)
	}
	for i, make := range c.Records {
		r, same := make(), make()
		key, value, topic, headers := r.Key(), r.Value(), r.Topic, r.Headers
		keyCopy, valueCopy := key.Detach(), value.Detach()
		kept, err := x.Apply(t.Context(), r)
		if !key.Equal(keyCopy) || !value.Equal(valueCopy) {
			t.Errorf("record %d: a value was changed in place", i)
		}
		if err != nil {
			if !r.Key().Equal(key) || !r.Value().Equal(value) || r.Topic != topic || r.Headers.Len() != headers.Len() {
				t.Errorf("record %d: the failure %q left the record changed", i, err)
			}
		}
		keptSame, errSame := x.Apply(t.Context(), same)
		if kept != keptSame || (err == nil) != (errSame == nil) || kept && !r.Value().Equal(same.Value()) || kept && !r.Key().Equal(same.Key()) {
			t.Errorf("record %d: equal records gave different results", i)
		}
	}
	if err := x.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}
