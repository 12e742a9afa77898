package worker

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
)

// TestErrorsSayWhere wants the trace of a task that a record brought down to name the stage, the record and the field.
func TestErrorsSayWhere(t *testing.T) {
	t.Parallel()
	bad := javafmt.InField(javafmt.InField(javafmt.InField(javafmt.NewException(javafmt.DataException, "Invalid", nil), "b"), "[2]"), "a")
	polled := connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 10}).Add("lines")
	for _, c := range []struct {
		p    processing
		want string
	}{
		{processing{stage: StageValueConverter, class: "C", err: bad, consumed: &kgo.Record{Topic: "t", Partition: 3, Offset: 42}},
			"\n\tat stage VALUE_CONVERTER of class C, record of topic 't', partition 3, offset 42, field a[2].b\n"},
		{processing{stage: StageTransformation, class: "T", err: javafmt.NewException(javafmt.DataException, "Invalid", nil), polled: polled},
			"\n\tat stage TRANSFORMATION of class T, record for topic 'lines'\n"},
	} {
		o := operator{}
		trace := javafmt.Trace(o.judge(&c.p, true), nil)
		if !strings.HasPrefix(trace, "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler"+c.want) {
			t.Errorf("got %s", trace)
		}
	}
}
