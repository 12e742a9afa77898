package backup

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect/config"
)

func text(s string) *string { return &s }

// sample has everything that a file can hold.
func sample() *Content {
	fenced := 2
	return &Content{
		Cluster: Origin{Over: OverKafka, KafkaClusterID: "id", GroupID: "g", ConfigTopic: "c", OffsetTopic: "o", StatusTopic: "s"},
		Connectors: []Connector{
			{Name: "snk <&>", Type: "sink", Config: config.Props{"topics": text("t"), "none": nil}, TargetState: "PAUSED",
				SinkOffsets: &SinkOffsets{Group: "connect-snk", Offsets: []SinkOffset{{"t", 10, 5}, {"t", 2, 0}}}},
			{Name: "src", Type: "source", Config: config.Props{"file": text("ü\u2028\n")}, TargetState: "STOPPED", Tasks: []config.Props{{"task.class": text("x")}},
				FencedTasks: &fenced, Status: &Status{State: "FAILED", Trace: text("java.lang.X\n\tat y"), WorkerID: "w:1", Generation: 7},
				TaskStatuses: []Status{{Task: 1, State: "RUNNING"}, {Task: 0, State: "RUNNING", Version: text("1")}}, Topics: []Topic{{"b", 1, 5}, {"a", 0, 6}},
				SourceOffsets: []SourceOffset{{Key: `["src",{"b":1,"a":2}]`, Value: "{\"x\": \"\xff\"}"}, {Topic: "own", Key: `["src", {"a":2}]`, Value: `{"at":1.50}`, Older: true}}},
			{Name: "gone", SourceOffsets: []SourceOffset{{Key: `["gone",{}]`, Value: `{}`}}},
		},
		Problems: []Problem{{"src", "topics", "no"}},
	}
}

func TestFilesHoldEverythingInOneOrder(t *testing.T) {
	t.Parallel()
	a, err := Encode(sample())
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(a)
	if err != nil {
		t.Fatal(err)
	}
	want := sample()
	want.sort()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	other := sample()
	other.Connectors[0], other.Connectors[2] = other.Connectors[2], other.Connectors[0]
	if b, err := Encode(other); err != nil || !bytes.Equal(a, b) {
		t.Errorf("another order gives another file: %v", err)
	}
}

// unpacked returns the JSON of a file, packed the file of a JSON.
func unpacked(t *testing.T, file []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	good, err := Encode(sample())
	if err != nil {
		t.Fatal(err)
	}
	plain := unpacked(t, good)
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":       {nil, "not packed with gzip"},
		"plain":       {[]byte(plain), "not packed with gzip"},
		"cut off":     {good[:len(good)-9], "cut off"},
		"cut in half": {good[:len(good)/2], "cut off"},
		"one bit":     {flipped, "damaged"},
		"changed":     {packed(t, strings.Replace(plain, "PAUSED", "STOPPED", 1)), "checksum"},
		"other JSON":  {packed(t, `{"name":"x"}`), "no backup of moldau"},
		"no JSON":     {packed(t, "x"), "no backup of moldau"},
		"newer":       {packed(t, strings.Replace(plain, `"version":1`, `"version":2`, 1)), "version 2 of the format, this program reads version 1"},
	} {
		if _, err := Decode(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestContentThatCannotBe(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*Content){
		"cluster.over":                  func(c *Content) { c.Cluster.Over = "mail" },
		"is there twice":                func(c *Content) { c.Connectors[1].Name = c.Connectors[0].Name },
		"has no name":                   func(c *Content) { c.Connectors[1].Name = "" },
		"is no target state":            func(c *Content) { c.Connectors[0].TargetState = "GONE" },
		"both or neither":               func(c *Content) { c.Connectors[1].SourceOffsets[0].Partition = []byte(`{}`) },
		"names no partition":            func(c *Content) { c.Connectors[1].SourceOffsets[0].Key = "x" },
		"offset -1 of partition 10 of ": func(c *Content) { c.Connectors[0].SinkOffsets.Offsets[0].Offset = -1 },
	} {
		c := sample()
		change(c)
		file, err := Encode(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestFilesAreTheirOwners(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "b")
	if err := WriteFile(path, sample(), false); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Error(info, err)
	}
	if err := WriteFile(path, sample(), false); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if err := WriteFile(path, &Content{Cluster: Origin{Over: OverREST}}, true); err != nil {
		t.Error(err)
	}
	c, err := ReadFile(path)
	if err != nil || len(c.Connectors) != 0 {
		t.Error(c, err)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Error(files, err)
	}
	if err := WriteFile(filepath.Join(path, "x"), sample(), false); err == nil {
		t.Error("a file below a file")
	}
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), path+": it is no backup") {
		t.Error(err)
	}
}
