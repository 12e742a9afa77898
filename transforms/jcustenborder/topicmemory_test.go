package jcustenborder

import (
	"testing"

	"github.com/moldau/moldau/connect"
)

// A topic that another transformation took out of the record is in memory that is used again for the next batch.
func TestTopicsInMemoryThatIsUsedAgain(t *testing.T) {
	t.Parallel()
	x := new(changeTopicCase)
	if err := x.Configure(map[string]string{"from": "LOWER_UNDERSCORE", "to": "UPPER_UNDERSCORE"}); err != nil {
		t.Fatal(err)
	}
	b := connect.NewSourceBatch(connect.BatchLimits{Records: 10, Bytes: 1000})
	for range 3 { // until the arena has memory that it keeps
		b.Reset()
		for range 3000 {
			b.Arena().Text("some text of a usual length, again and again")
		}
	}
	for topic, want := range map[string]string{"aaaa": "AAAA", "bbbb": "BBBB", "cccc": "CCCC"} {
		b.Reset()
		r := b.Add("x")
		r.Topic, _ = b.Arena().Text(topic).Text()
		if _, err := x.Apply(t.Context(), r); err != nil || r.Topic != want {
			t.Errorf("%s became %s, %v", topic, r.Topic, err)
		}
	}
}
