package deadletter

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestListsInPages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.topic("dead", 2)
	other := dead(1, Origin{"orders", 0, 9}, "of another connector")
	for i := range other.Headers {
		if strings.HasSuffix(other.Headers[i].Key, "connector.name") {
			other.Headers[i].Value = []byte("another")
		}
	}
	r.produce(dead(0, Origin{"orders", 0, 1}, "a"), dead(0, Origin{"orders", 1, 2}, "b"), dead(1, Origin{"orders", 0, 3}, "c"), other,
		&kgo.Record{Topic: "dead", Partition: 1, Value: []byte("bare")}, dead(1, Origin{"orders", 0, 4}, strings.Repeat("x", 500)))
	var got []string
	query := Query{Limit: 2}
	for {
		page, err := r.List(t.Context(), "snk", query)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Letters {
			got = append(got, e.Coordinates.String()+" "+e.Value)
		}
		if page.Next == "" {
			break
		}
		got = append(got, "--")
		after, err := ParseCoordinates(page.Next)
		if err != nil {
			t.Fatal(err)
		}
		query.After = &after
	}
	if diff := cmp.Diff([]string{"0:0 a", "0:1 b", "--", "1:0 c", "1:2 bare", "--", "1:3 " + strings.Repeat("x", 120) + "…"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	page, err := r.List(t.Context(), "snk", Query{After: &Coordinates{0, math.MaxInt64}, Limit: 1})
	if err != nil || len(page.Letters) != 1 || page.Letters[0].Coordinates != (Coordinates{1, 0}) {
		t.Errorf("after the last place of a partition: %+v %v", page, err)
	}
	_, err = r.List(t.Context(), "snk", Query{Limit: 1001})
	refuses(t, err, 400, "limit 1001")
	_, err = r.List(t.Context(), "snk", Query{Filter: Filter{State: "closed"}})
	refuses(t, err, 400, "state 'closed'")
	overview, err := r.Overview(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q := overview.Queues[0]
	if q.Total != 6 || q.Open != 6 || len(q.Causes) != 3 || q.Causes[2].Connector != "snk" || q.Causes[2].Total != 4 || q.Causes[0].Connector != "" || q.Causes[0].Total != 1 {
		text, _ := json.Marshal(overview)
		t.Errorf("%s", text)
	}
}

func TestShowsALetter(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.configs["snk"]["value.converter"], r.configs["snk"]["value.converter.schemas.enable"] = "org.apache.kafka.connect.json.JsonConverter", "false"
	r.topic("dead", 1)
	r.produce(dead(0, Origin{"orders", 0, 1}, `{"a": 1.50}`), dead(0, Origin{"orders", 0, 2}, "\xff\x00"), &kgo.Record{Topic: "dead"})
	d, err := r.Show(t.Context(), "snk", Coordinates{0, 0}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if string(d.Value.Data) != `{"a":1.5}` || *d.Value.Text != `{"a": 1.50}` || string(d.Key.Data) != `"k"` || d.State != Open || d.RootCause != "e.E: why" || !strings.Contains(d.StackTrace, "at x") ||
		len(d.Headers) != 11 || d.Original.Offset != 1 {
		text, _ := json.Marshal(d)
		t.Errorf("%s", text)
	}
	d, err = r.Show(t.Context(), "snk", Coordinates{0, 1}, 1)
	if err != nil || *d.Value.Hex != "ff" || !d.Value.Cut || d.Value.Bytes != 2 || d.Value.Data != nil || !strings.Contains(d.Value.DecodeError, "serialization error") {
		t.Errorf("%+v %v", d, err)
	}
	d, err = r.Show(t.Context(), "snk", Coordinates{0, 2}, 0)
	if err != nil || d.HasContext || d.Value.Bytes != -1 || string(d.Value.Data) != "null" || d.Original != nil {
		t.Errorf("%+v %v", d, err)
	}
	_, err = r.Show(t.Context(), "snk", Coordinates{0, 3}, 0)
	refuses(t, err, 404, "no letter 0:3")
	_, err = r.Show(t.Context(), "snk", Coordinates{4, 0}, 0)
	refuses(t, err, 404, "no partition 4")
}

func TestNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, err := r.List(t.Context(), "nobody", Query{})
	refuses(t, err, 404, "Connector nobody not found")
	_, err = r.List(t.Context(), "snk", Query{})
	refuses(t, err, 404, "dead letter topic dead of connector snk does not exist")
	r.configs["plain"] = map[string]string{"connector.class": "List"}
	_, err = r.List(t.Context(), "plain", Query{})
	refuses(t, err, 409, "errors.deadletterqueue.topic.name")
	overview, err := r.Overview(t.Context())
	if err != nil || len(overview.Queues) != 1 || !strings.Contains(overview.Queues[0].Error, "does not exist") {
		t.Errorf("%+v %v", overview, err)
	}
	for name, request := range map[string]Request{
		"Name either letters":    {Target: ToTopic},
		"target ''":              {Filter: &Filter{}},
		"topic belongs to":       {Filter: &Filter{}, Target: ToConnector, Topic: "x"},
		"is the dead letter":     {Filter: &Filter{}, Target: ToTopic, Topic: "dead"},
		"with force only":        {Filter: &Filter{State: Redriven}, Target: ToTopic},
		"limit -1":               {Filter: &Filter{}, Target: ToTopic, Limit: -1},
		"timestamp 'then'":       {Filter: &Filter{}, Target: ToTopic, Timestamp: "then"},
		"max_redrives -1":        {Filter: &Filter{}, Target: ToTopic, MaxRedrives: new(int)},
		"there is no letter 0:-": {Letters: []Coordinates{{0, -1}}, Target: ToTopic},
		"after belongs":          {Letters: []Coordinates{{0, 1}}, After: &Coordinates{}, Target: ToTopic},
	} {
		if name == "max_redrives -1" {
			*request.MaxRedrives = -1
		}
		_, err := r.Redrive(t.Context(), "snk", request)
		refuses(t, err, 400, name)
	}
	_, err = r.Redrive(t.Context(), "snk", Request{Filter: &Filter{}, Target: ToTopic})
	refuses(t, err, 404, "does not exist")
}
