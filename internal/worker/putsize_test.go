package worker

import (
	"testing"

	"github.com/moldau/moldau/connect"
)

type sizedTask struct {
	connect.SinkTask
	n int
}

func (s sizedTask) PutRecords() int { return s.n }

func TestPollRecords(t *testing.T) {
	for _, c := range []struct {
		task connect.SinkTask
		set  string
		want int
	}{
		{newListTask(), "", 500},
		{newListTask(), "20", 20},
		{sizedTask{n: 2000}, "", 2000},
		{sizedTask{n: 2000}, "20", 20},
		{sizedTask{n: 10}, "", 500},
	} {
		props := map[string]string{"bootstrap.servers": "127.0.0.1:1"}
		if c.set != "" {
			props["max.poll.records"] = c.set
		}
		if n, err := pollRecords(c.task, props); n != c.want || err != nil {
			t.Errorf("%T with %q: %d, %v", c.task, c.set, n, err)
		}
	}
}
