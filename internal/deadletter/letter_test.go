package deadletter

import (
	"encoding/json"
	"math"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

// headers makes headers of names and values in turn; "<null>" is null.
func headers(pairs ...string) []kgo.RecordHeader {
	var out []kgo.RecordHeader
	for i := 0; i < len(pairs); i += 2 {
		h := kgo.RecordHeader{Key: pairs[i]}
		if pairs[i+1] != "<null>" {
			h.Value = []byte(pairs[i+1])
		}
		out = append(out, h)
	}
	return out
}

func contextOf(topic, partition, offset string, more ...string) []kgo.RecordHeader {
	return headers(append([]string{"__connect.errors.topic", topic, "__connect.errors.partition", partition, "__connect.errors.offset", offset}, more...)...)
}

// javaLetters are dead letters that Java's sinks wrote (shared/vectors/rest/13-failures.json).
func javaLetters(t *testing.T) []*kgo.Record {
	t.Helper()
	text, err := os.ReadFile("testdata/java-letters.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded []struct {
		Headers    [][2]*string
		Key, Value *string
	}
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	var out []*kgo.Record
	for _, r := range recorded {
		record := &kgo.Record{Timestamp: time.UnixMilli(17)}
		for _, h := range r.Headers {
			header := kgo.RecordHeader{Key: *h[0]}
			if h[1] != nil {
				header.Value = []byte(*h[1])
			}
			record.Headers = append(record.Headers, header)
		}
		if r.Key != nil {
			record.Key = []byte(*r.Key)
		}
		if r.Value != nil {
			record.Value = []byte(*r.Value)
		}
		out = append(out, record)
	}
	return out
}

func TestReadsJavasLetters(t *testing.T) {
	t.Parallel()
	var got []Letter
	for _, r := range javaLetters(t) {
		l := readLetter(r)
		if l.HasContext == (l.trace == "") {
			t.Errorf("context %v and trace %q", l.HasContext, l.trace)
		}
		l.trace = ""
		got = append(got, l)
	}
	task := 0
	json := func(offset int64, token string) Letter {
		return Letter{Timestamp: 17, HasContext: true, Connector: "fq-1", Task: &task, Stage: "VALUE_CONVERTER", Class: "org.apache.kafka.connect.json.JsonConverter",
			Exception: "org.apache.kafka.connect.errors.DataException",
			Message:   "Converting byte[] to Kafka Connect data failed due to serialization error: ",
			RootCause: "com.fasterxml.jackson.core.JsonParseException: Unrecognized token '" + token + "': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
			Original:  &Origin{"fq-1", 0, offset}}
	}
	want := []Letter{json(0, "not"), json(2, "broken"), {Timestamp: 17}}
	if diff := cmp.Diff(want, got[:3], cmp.AllowUnexported(Letter{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if last := got[3]; last.Stage != "TRANSFORMATION" || last.Original == nil || last.Connector != "ft-1" {
		t.Errorf("%+v", last)
	}
}

func TestLettersWithOddContext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		headers   []kgo.RecordHeader
		original  *Origin
		malformed string
		consumed  []kgo.RecordHeader
	}{
		{"none", headers("a", "1"), nil, "", headers("a", "1")},
		{"a record's own, then the context", append(headers("a", "1", "a", "<null>"), contextOf("t", "2", "3")...), &Origin{"t", 2, 3}, "", headers("a", "1", "a", "<null>")},
		{"two failures", append(contextOf("t", "2", "3"), contextOf("dead", "0", "9")...), &Origin{"dead", 0, 9}, "", contextOf("t", "2", "3")},
		{"a header after it", append(contextOf("t", "2", "3"), headers("trace-id", "x")...), &Origin{"t", 2, 3}, "", headers("trace-id", "x")},
		{"no partition", contextOf("t", "two", "3"), nil, "header __connect.errors.partition is no partition: two", nil},
		{"a negative partition", contextOf("t", "-1", "3"), nil, "header __connect.errors.partition is no partition: -1", nil},
		{"a huge offset", contextOf("t", "2", "9223372036854775808"), nil, "header __connect.errors.offset is no offset: 9223372036854775808", nil},
		{"bytes that are no text", contextOf("t", "\xff\xfe", "3"), nil, "header __connect.errors.partition is no partition: \uFFFD", nil},
		{"no topic", headers("__connect.errors.partition", "1", "__connect.errors.offset", "1"), nil, "", nil},
		{"a null topic", headers("__connect.errors.topic", "<null>", "__connect.errors.offset", "1"), nil, "", nil},
		{"of a source", headers("x", "y", "__connect.errors.topic", "t", "__connect.errors.partition", "3", "__connect.errors.connector.name", "src"), nil, "", headers("x", "y")},
	} {
		r := &kgo.Record{Headers: c.headers}
		l := readLetter(r)
		if diff := cmp.Diff(c.original, l.Original); diff != "" || l.Malformed != c.malformed {
			t.Errorf("%s: %q %s", c.name, l.Malformed, diff)
		}
		if diff := cmp.Diff(c.consumed, consumedHeaders(c.headers)); diff != "" {
			t.Errorf("%s: the record's own headers (-want +got)\n%s", c.name, diff)
		}
		if l.HasContext == (c.name == "none") {
			t.Errorf("%s: context %v", c.name, l.HasContext)
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	if c, err := ParseCoordinates("3:12345678901"); err != nil || c != (Coordinates{3, 12345678901}) || c.String() != "3:12345678901" {
		t.Error(c, err)
	}
	for _, bad := range []string{"", "1", ":", "1:", ":1", "-1:2", "1:-2", "1:2:3", "2147483648:1", "a:b", "1:9223372036854775808", " 1:2"} {
		if c, err := ParseCoordinates(bad); err == nil {
			t.Errorf("%q is %v", bad, c)
		}
	}
}

func TestPlacesThatFollow(t *testing.T) {
	t.Parallel()
	if c := (Coordinates{1, 2}).following(); *c != (Coordinates{1, 3}) {
		t.Error(c)
	}
	if c := (Coordinates{1, math.MaxInt64}).following(); *c != (Coordinates{1, math.MaxInt64}) {
		t.Error(c)
	}
}

func TestPreviews(t *testing.T) {
	t.Parallel()
	long := make([]byte, 500)
	for i := range long {
		long[i] = 'a'
	}
	torn := append([]byte{}, long[:previewSize-1]...)
	torn = append(torn, "ää"...)
	for _, c := range []struct {
		in   []byte
		want string
	}{
		{nil, ""}, {[]byte{}, ""}, {[]byte("text\twith\nlines"), "text\twith\nlines"}, {[]byte{0, 1, 0xff}, "0x0001ff"}, {[]byte{0xc3, 0x28}, "0xc328"},
		{long, string(long[:previewSize]) + "…"}, {torn, string(long[:previewSize-1]) + "…"},
	} {
		if got := preview(c.in); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}
