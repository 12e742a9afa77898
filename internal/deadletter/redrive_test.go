package deadletter

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

var all = &Filter{}

func TestRedrivesToTheTopic(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.topic("dead", 2)
	r.topic("orders", 2)
	r.topic("elsewhere", 1)
	again := dead(0, Origin{"orders", 0, 3}, "often")
	again.Headers = append(headers("__moldau.redrive.count", "5"), again.Headers...)
	r.produce(dead(0, Origin{"orders", 1, 1}, "a"), dead(0, Origin{"gone", 0, 2}, "b"), again, dead(1, Origin{"orders", 7, 4}, "d"),
		&kgo.Record{Topic: "dead", Partition: 1, Value: []byte("bare"), Headers: headers("own", "1")})
	dry := r.redrive(Request{Filter: all, Target: ToTopic, DryRun: true})
	if got, want := outcomes(dry), "0:0 would be redriven, 0:1 failed, 0:2 skipped, 1:0 would be redriven, 1:1 failed"; got != want || len(r.consume("orders")) > 0 {
		t.Errorf("the dry run: %s", got)
	}
	result := r.redrive(Request{Filter: all, Target: ToTopic})
	if got, want := outcomes(result), "0:1 failed, 0:2 skipped, 1:1 failed, 0:0 redriven, 1:0 redriven"; got != want || result.Redriven != 2 || result.Failed != 2 || result.Skipped != 1 {
		t.Errorf("%s", got)
	}
	for _, o := range result.Letters {
		if o.Fate == HasFailed && !strings.Contains(o.Reason, "topic gone does not exist") && !strings.Contains(o.Reason, "does not tell where") {
			t.Errorf("%+v", o)
		}
	}
	sent := r.consume("orders")
	if got := values(sent); len(got) != 2 || !slices.Contains(got, "1:a") {
		t.Errorf("sent: %v", got)
	}
	i := slices.IndexFunc(sent, func(r *kgo.Record) bool { return string(r.Value) == "a" })
	if diff := cmp.Diff(headers("own", "1", "__moldau.redrive.count", "1", "__moldau.redrive.from", "dead:0:0"), sent[i].Headers); diff != "" || string(sent[i].Key) != "k" ||
		sent[i].Timestamp.UnixMilli() != 1_700_000_000_001 {
		t.Errorf("%+v %s", sent[i], diff)
	}
	if got, want := outcomes(r.redrive(Request{Filter: all, Target: ToTopic})), "0:1 failed, 0:2 skipped, 1:1 failed"; got != want {
		t.Errorf("again: %s", got)
	}
	named := Request{Letters: []Coordinates{{1, 0}, {0, 0}, {0, 2}, {0, 17}}, Target: ToTopic, Topic: "elsewhere", Timestamp: "now", Annotate: new(bool)}
	if got, want := outcomes(r.redrive(named)), "0:0 skipped, 0:2 skipped, 1:0 skipped, 0:17 failed"; got != want {
		t.Errorf("by name: %s", got)
	}
	named.Force = true
	if got, want := outcomes(r.redrive(named)), "0:0 redriven, 0:2 redriven, 1:0 redriven, 0:17 failed"; got != want {
		t.Errorf("forced: %s", got)
	}
	named = Request{Letters: []Coordinates{{1, 1}}, Target: ToTopic, Topic: "elsewhere"}
	if got, want := outcomes(r.redrive(named)), "1:1 redriven"; got != want {
		t.Errorf("without context: %s", got)
	}
	there := r.consume("elsewhere")
	if got := values(there); !slices.Equal(got, []string{"0:a", "0:bare", "0:d", "0:often"}) {
		t.Errorf("elsewhere: %v", got)
	}
	if len(there[0].Headers) != 1 || there[0].Timestamp.UnixMilli() == 1_700_000_000_001 {
		t.Errorf("%+v", there[0])
	}
	if got, want := r.states(), "0:0 redriven, 0:1 open, 0:2 redriven, 1:0 redriven, 1:1 redriven"; got != want {
		t.Errorf("states: %s", got)
	}
	if len(r.consume("orders")) != 2 {
		t.Error("something went to the original topic again")
	}
}

func TestRedrivesInPieces(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.topic("dead", 2)
	r.topic("orders", 1)
	const n = 1300
	var letters []*kgo.Record
	for i := range n {
		letters = append(letters, dead(int32(i%2), Origin{"orders", 0, int64(i)}, fmt.Sprint(i)))
	}
	r.produce(letters...)
	request := Request{Filter: all, Target: ToTopic, Limit: 600}
	var sizes []int
	for {
		result := r.redrive(request)
		sizes = append(sizes, result.Redriven)
		if result.Next == nil {
			break
		}
		request.After = result.Next
	}
	if !slices.Equal(sizes, []int{600, 600, 100}) || len(r.consume("orders")) != n {
		t.Errorf("%v, %d records", sizes, len(r.consume("orders")))
	}
}

func TestNamedLettersBeyondTheLimit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.topic("dead", 1)
	r.topic("orders", 1)
	for i := range 4 {
		r.produce(dead(0, Origin{"orders", 0, int64(i)}, fmt.Sprint(i)))
	}
	named := Request{Letters: []Coordinates{{0, 0}, {0, 1}, {0, 2}, {0, 3}, {0, 17}}, Target: ToTopic, Limit: 2}
	for _, c := range []struct {
		dry  bool
		want string
	}{
		{true, "0:0 would be redriven, 0:1 would be redriven, 0:2 skipped, 0:3 skipped, 0:17 skipped"},
		{false, "0:0 redriven, 0:1 redriven, 0:2 skipped, 0:3 skipped, 0:17 skipped"},
		{false, "0:0 skipped, 0:1 skipped, 0:2 redriven, 0:3 redriven, 0:17 failed"},
	} {
		named.DryRun = c.dry
		result := r.redrive(named)
		slices.SortFunc(result.Letters, func(a, b *Outcome) int { return int(a.Offset - b.Offset) })
		if got := outcomes(result); got != c.want || result.Next != nil {
			t.Errorf("%s, next %v, want %s", got, result.Next, c.want)
		}
		for _, o := range result.Letters {
			if o.Fate == WasSkipped && o.Offset > 1 && !strings.Contains(o.Reason, "the limit of 2 letters") {
				t.Errorf("%+v", o)
			}
		}
	}
}

// A redrive whose commit was not confirmed, but went through, tells the place up to which it came.
func TestRequestsForTheRestGoOn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.topic("dead", 1)
	r.topic("orders", 1)
	var letters []*chosen
	for i := range 4 {
		record := dead(0, Origin{"orders", 0, int64(i)}, fmt.Sprint(i))
		r.produce(record)
		letters = append(letters, &chosen{letter: readLetter(record), record: record, to: "orders"})
	}
	q, err := r.queue(t.Context(), "snk")
	if err != nil {
		t.Fatal(err)
	}
	start := func() *redrive {
		return &redrive{connectorQueue: q, request: Request{Filter: &Filter{State: Open}, Target: ToTopic, Limit: 3}, result: &Result{Redrive: "cut"},
			topics: map[string]int{"orders": 1}, done: map[Coordinates]bool{}, wanted: map[Coordinates]bool{}}
	}
	first := start()
	tr, err := first.transactions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := first.resend(t.Context(), tr, letters[:3]); err != nil {
		t.Fatal(err)
	}
	tr.close()
	second := start()
	for range 2 { // in the second session what the first found is settled
		if err := second.session(t.Context()); err != nil || second.next == nil || *second.next != (Coordinates{0, 2}) || second.result.Redriven != 3 {
			t.Errorf("%v, next %v, %s", err, second.next, outcomes(second.result))
		}
	}
	if got := values(r.consume("orders")); !slices.Equal(got, []string{"0:0", "0:1", "0:2"}) {
		t.Errorf("%v", got)
	}
}

// Of several redrives at once each letter is sent by one, whoever fences whom.
func TestRedrivesAtOnceSendNothingTwice(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.topic("dead", 2)
	r.topic("orders", 1)
	const n = 400
	var want []string
	var letters []*kgo.Record
	for i := range n {
		letters = append(letters, dead(int32(i%2), Origin{"orders", 0, int64(i)}, fmt.Sprintf("%03d", i)))
		want = append(want, fmt.Sprintf("0:%03d", i))
	}
	r.produce(letters...)
	var wg sync.WaitGroup
	for range 4 {
		other := r.service()
		wg.Go(func() {
			for i := range n / 40 {
				_, err := other.Redrive(t.Context(), "snk", Request{Filter: all, Target: ToTopic, Limit: 10 + i})
				if err != nil && !strings.Contains(err.Error(), "Another redrive") {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	r.redrive(Request{Filter: all, Target: ToTopic})
	if diff := cmp.Diff(want, values(r.consume("orders"))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRefusedRecordsHarmNoOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.topic("dead", 1)
	r.topic("orders", 1, "max.message.bytes", "2000")
	for i := range 5 {
		value := fmt.Sprint(i)
		if i == 2 {
			value = strings.Repeat("x", 5000)
		}
		r.produce(dead(0, Origin{"orders", 0, int64(i)}, value))
	}
	result := r.redrive(Request{Filter: all, Target: ToTopic})
	if result.Redriven != 4 || result.Failed != 1 {
		t.Errorf("%s", outcomes(result))
	}
	if got := values(r.consume("orders")); !slices.Equal(got, []string{"0:0", "0:1", "0:3", "0:4"}) {
		t.Errorf("%v", got)
	}
	if got, want := r.states(), "0:0 redriven, 0:1 redriven, 0:2 open, 0:3 redriven, 0:4 redriven"; got != want {
		t.Error(got)
	}
}

// More letters are refused than a redrive has sessions, and those after them are sent all the same.
func TestManyRefusedRecordsHarmNoOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.topic("dead", 1)
	r.topic("orders", 1, "max.message.bytes", "2000")
	const bad = 2*mostSessions + 5
	var letters []*kgo.Record
	for i := range bad {
		letters = append(letters, dead(0, Origin{"orders", 0, int64(i)}, strings.Repeat("x", 5000)))
	}
	r.produce(append(letters, dead(0, Origin{"orders", 0, bad}, "good"))...)
	for range 2 {
		result := r.redrive(Request{Filter: all, Target: ToTopic, Limit: bad - 1})
		if result.Redriven != 0 || result.Failed != bad-1 || result.Next == nil || *result.Next != (Coordinates{0, bad - 2}) {
			t.Errorf("%s, next %v", outcomes(result), result.Next)
		}
		result = r.redrive(Request{Filter: all, Target: ToTopic, After: result.Next})
		good := Coordinates{0, bad}
		i := slices.IndexFunc(result.Letters, func(o *Outcome) bool { return o.Coordinates == good })
		if result.Failed != 1 || i >= 0 && result.Letters[i].Fate != WasRedriven {
			t.Errorf("%s", outcomes(result))
		}
	}
	if got := values(r.consume("orders")); !slices.Equal(got, []string{"0:good"}) {
		t.Errorf("%v", got)
	}
	d, err := r.Show(t.Context(), "snk", Coordinates{0, 0}, 0)
	if err != nil || d.State != Open || d.LastFailure == nil || !strings.Contains(d.LastFailure.Message, "MESSAGE_TOO_LARGE") {
		t.Errorf("%+v %v", d, err)
	}
}

// Texts of Kafka's errors may hold what a configuration's placeholders stand for, and so may not leave as they are.
func TestReasonsHideSecrets(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.topic("dead", 1)
	r.topic("hunter2", 1, "max.message.bytes", "2000")
	r.produce(dead(0, Origin{"hunter2", 0, 1}, strings.Repeat("x", 5000)))
	r.cfg.Redact = func(text string) string {
		return strings.NewReplacer("hunter2", "[hidden]", "closed", "[hidden]").Replace(text)
	}
	refused := r.redrive(Request{Filter: all, Target: ToTopic}).Letters[0]
	d, err := r.Show(t.Context(), "snk", Coordinates{0, 0}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{refused.Reason, refused.Failure.Message, d.LastFailure.Message} {
		if !strings.Contains(text, "topic [hidden]") || strings.Contains(text, "hunter2") {
			t.Error(text)
		}
	}
	q, err := r.queue(t.Context(), "snk")
	if err != nil {
		t.Fatal(err)
	}
	closed := r.client()
	closed.Close()
	ending := &redrive{connectorQueue: q, result: &Result{}, done: map[Coordinates]bool{}}
	o := &Outcome{Fate: WasRedriven}
	(&sink{connectorQueue: q, marks: closed}).conclude(t.Context(), ending, []*chosen{{}}, []*Outcome{o})
	if o.Fate != IsUncertain || !strings.Contains(o.Reason, "[hidden]") || strings.Contains(o.Reason, "closed") {
		t.Errorf("%+v", o)
	}
}

func TestRedrivesThroughTheConnector(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.topic("dead", 1)
	other := dead(0, Origin{"orders", 0, 5}, "other")
	other.Headers[4].Value = []byte("another")
	r.produce(dead(0, Origin{"orders", 1, 1}, "a"), dead(0, Origin{"orders", 1, 2}, "bad"), dead(0, Origin{"orders", 0, 3}, "c"), &kgo.Record{Topic: "dead", Value: []byte("bare")}, other)
	bad := true
	r.sink.put = func(value string) error {
		if bad && strings.HasPrefix(value, "bad") {
			return errors.New("the sink does not like it")
		}
		return nil
	}
	if got, want := outcomes(r.redrive(Request{Filter: all, Target: ToConnector, DryRun: true})), "0:0 would be redriven, 0:1 would be redriven, 0:2 would be redriven, 0:3 failed"; got != want || r.sink.starts > 0 {
		t.Errorf("the dry run: %s", got)
	}
	result := r.redrive(Request{Filter: all, Target: ToConnector})
	if got, want := outcomes(result), "0:3 failed, 0:0 redriven, 0:1 failed, 0:2 redriven"; got != want {
		t.Errorf("%s", got)
	}
	if f := result.Letters[2].Failure; f == nil || f.Stage != "TASK_PUT" || f.Class != "ListTask" || f.Message != "the sink does not like it" {
		t.Errorf("%+v", f)
	}
	if got := r.sink.all(); !slices.Equal(got, []string{"a@orders:1:1", "c@orders:0:3"}) {
		t.Errorf("%v", got)
	}
	d, err := r.Show(t.Context(), "snk", Coordinates{0, 1}, 0)
	if err != nil || d.State != Open || d.LastFailure == nil || d.LastFailure.Message != "the sink does not like it" || d.LastFailure.At == 0 {
		t.Errorf("%+v %v", d, err)
	}
	bad = false
	if got, want := outcomes(r.redrive(Request{Filter: all, Target: ToConnector})), "0:3 failed, 0:1 redriven"; got != want {
		t.Errorf("again: %s", got)
	}
	if got, want := outcomes(r.redrive(Request{Filter: &Filter{Connector: "*"}, Target: ToConnector})), "0:3 failed, 0:4 failed"; got != want {
		t.Errorf("all connectors: %s", got)
	}
	if got := r.sink.all(); len(got) != 3 {
		t.Errorf("%v", got)
	}
}

func TestNoTaskNoRedrive(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.topic("dead", 1)
	r.produce(dead(0, Origin{"orders", 1, 1}, "a"))
	r.tasks = 0
	_, err := r.Redrive(t.Context(), "snk", Request{Filter: all, Target: ToConnector})
	refuses(t, err, 409, "has no tasks")
	r.tasks = 1
	r.sink.fail = errors.New("the target is away")
	_, err = r.Redrive(t.Context(), "snk", Request{Filter: all, Target: ToConnector})
	refuses(t, err, 500, "the target is away")
	if got := r.states(); got != "0:0 open" {
		t.Error(got)
	}
	r.sink.fail = nil
	if got := outcomes(r.redrive(Request{Filter: all, Target: ToConnector})); got != "0:0 redriven" {
		t.Error(got)
	}
}

// A worker that dies while the connector has a letter leaves it uncertain: nobody gives it to the connector again unless forced to.
func TestLettersOfADeadWorkerAreUncertain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.topic("dead", 1)
	r.produce(dead(0, Origin{"orders", 1, 1}, "a"))
	q, err := r.queue(t.Context(), "snk")
	if err != nil {
		t.Fatal(err)
	}
	dying := &redrive{connectorQueue: q, request: Request{Target: ToConnector}, result: &Result{Redrive: "dying"}}
	tr, err := dying.transactions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := (&sink{connectorQueue: q}).claim(t.Context(), dying, tr, []*chosen{{letter: Letter{Coordinates: Coordinates{0, 0}}, to: "snk"}}); err != nil {
		t.Fatal(err)
	}
	tr.close()
	for _, target := range []Target{ToTopic, ToConnector} {
		if result := r.redrive(Request{Letters: []Coordinates{{0, 0}}, Target: target}); outcomes(result) != "0:0 skipped" || !strings.Contains(result.Letters[0].Reason, "may have arrived") {
			t.Errorf("%+v", result.Letters[0])
		}
	}
	if got := r.states(); got != "0:0 uncertain" || len(r.sink.all()) > 0 {
		t.Error(got)
	}
	if got := outcomes(r.redrive(Request{Letters: []Coordinates{{0, 0}}, Target: ToConnector, Force: true})); got != "0:0 redriven" {
		t.Error(got)
	}
	if got := r.states(); got != "0:0 redriven" {
		t.Error(got)
	}
}

// A redrive that was fenced commits nothing, and a transaction that was cut off is not seen by anybody.
func TestFencedRedrivesSendNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.topic("dead", 1)
	r.topic("orders", 1)
	r.produce(dead(0, Origin{"orders", 0, 1}, "a"))
	q, err := r.queue(t.Context(), "snk")
	if err != nil {
		t.Fatal(err)
	}
	slow := &redrive{connectorQueue: q, request: Request{Target: ToTopic}, result: &Result{Redrive: "slow"}, topics: map[string]int{"orders": 1}, done: map[Coordinates]bool{}}
	tr, err := slow.transactions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tr.close()
	letter := func() []*chosen {
		record := dead(0, Origin{"orders", 0, 1}, "a")
		l := readLetter(record)
		return []*chosen{{letter: l, record: record, to: "orders"}}
	}
	// A third has a transaction open when its worker dies.
	cut, err := slow.transactions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := cut.client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := cut.client.ProduceSync(t.Context(), slow.resent(letter()[0])).FirstErr(); err != nil {
		t.Fatal(err)
	}
	cut.close()
	if got := outcomes(r.redrive(Request{Filter: all, Target: ToTopic})); got != "0:0 redriven" {
		t.Error(got)
	}
	err = slow.resend(t.Context(), tr, letter())
	if !isFenced(err) {
		t.Errorf("a fenced redrive: %v", err)
	}
	refuses(t, slow.after(t.Context(), err), 409, "Another redrive")
	if got := values(r.consume("orders")); !slices.Equal(got, []string{"0:a"}) {
		t.Errorf("%v", got)
	}
}
