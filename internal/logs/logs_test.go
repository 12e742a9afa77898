package logs

import (
	"bytes"
	"errors"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/internal/javafmt"
)

func TestLayout(t *testing.T) {
	t.Parallel()
	const here = `\(moldau\.internal\.logs:\d+\)\n`
	failure := javafmt.NewException(javafmt.ConnectException, "no", errors.New("inner"))
	for want, write := range map[string]func(*slog.Logger){
		`INFO plain ` + here:               func(l *slog.Logger) { l.Info("plain") },
		`WARN \[c\|worker\] m ` + here:     func(l *slog.Logger) { l.With("connector", "c").Warn("m") },
		`ERROR \[c\|task-3\] m ` + here:    func(l *slog.Logger) { l.With("connector", "c", "task", 3).Error("m") },
		`INFO \[c\|task-0\|offsets\] m `:   func(l *slog.Logger) { l.Info("m", "connector", "c", "task", 0, "scope", "offsets") },
		`INFO m a=1 b="x y" g\.h=2 g\.i=`:  func(l *slog.Logger) { l.With("a", 1, "b", "x y").WithGroup("g").Info("m", "h", 2, "i", time.Second) },
		`INFO m \(org\.example\.X:\d+\)\n`: func(l *slog.Logger) { l.With("logger", "org.example.X").Info("m") },
		`FATAL m ` + here:                  func(l *slog.Logger) { l.Log(t.Context(), LevelFatal, "m") },
		`ERROR m ` + here + `org\.apache\.kafka\.connect\.errors\.ConnectException: no\nCaused by: [\w.]+: inner\n\t\.\.\. more\n`: func(l *slog.Logger) { l.Error("m", "error", failure) },
		`INFO m ` + here + `first\n\tsecond\n`: func(l *slog.Logger) { l.Info("m", "trace", "first\n\tsecond\n") },
		``:                                     func(l *slog.Logger) { l.Debug("too low") },
	} {
		var out bytes.Buffer
		write(slog.New(NewHandler(&out, NewLevels(slog.LevelInfo))))
		full := `^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] ` + want
		if want == "" {
			full = "^$"
		}
		if !regexp.MustCompile(full).MatchString(out.String()) {
			t.Errorf("got %q, want %s", out.String(), full)
		}
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	l := NewLevels(slog.LevelInfo)
	l.known = map[string]bool{Root: true}
	now := time.UnixMilli(1)
	l.now = func() time.Time { return now }

	set := func(name string, level slog.Level, want ...string) {
		t.Helper()
		if want == nil {
			want = []string{}
		}
		if diff := cmp.Diff(want, l.Set(name, level)); diff != "" {
			t.Errorf("setting %s: %s", name, diff)
		}
	}
	get := func(name string, level string, modified bool) {
		t.Helper()
		if got, ok := l.Get(name); !ok || LevelName(got.Level) != level || got.Modified.IsZero() == modified {
			t.Errorf("%s: got %v, %v", name, got, ok)
		}
	}
	set("a.b", slog.LevelDebug, "a.b")
	set("a.b.c", slog.LevelWarn, "a.b.c")
	get("a.b.c", "WARN", true)
	if l.Enabled("a.b.c.d", slog.LevelInfo) || !l.Enabled("a.b.x", slog.LevelDebug) || l.Enabled("a.bx", slog.LevelDebug) || !l.Any(slog.LevelDebug) {
		t.Error("levels are not handed down by name")
	}
	set("a.b", slog.LevelError, "a.b", "a.b.c", "a.b.c.d", "a.b.x")
	get("a.b.c", "ERROR", true)
	set("same", slog.LevelInfo)
	get("same", "INFO", false)
	if _, ok := l.Get("a"); ok {
		t.Error("a logger that nobody made is there")
	}
	set(Root, slog.LevelError, "a.bx", Root, "same")
	if l.Enabled("new", slog.LevelWarn) || l.Any(slog.LevelWarn) {
		t.Error("the root's level does not hold for others")
	}
	set("x", Off, "x")
	if l.Enabled("x", LevelFatal) || len(l.All()) != 9 {
		t.Errorf("got %v", l.All())
	}
}

func TestLevelNames(t *testing.T) {
	t.Parallel()
	for name, level := range byName {
		if got, ok := ParseLevel(" " + strings.ToLower(name) + " "); !ok || got != level || LevelName(level) != name {
			t.Errorf("%s: got %v, %v, %s", name, got, ok, LevelName(level))
		}
	}
	if _, ok := ParseLevel("loud"); ok || LevelName(slog.LevelInfo+1) != "INFO" {
		t.Error("levels that do not exist")
	}
}

func TestNamesOfPackages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ function, file, want string }{
		{module + "internal/rest.(*Server).Start", "/x/server.go", "org.apache.kafka.connect.runtime.rest.RestServer"},
		{module + "internal/rest/jackson.f", "/x/y.go", "org.apache.kafka.connect.runtime.rest.RestServer"},
		{module + "internal/herder.(*Standalone).Start", "/x/standalone.go", "org.apache.kafka.connect.runtime.standalone.StandaloneHerder"},
		{module + "internal/herder.(*base).x", "/x/base.go", "org.apache.kafka.connect.runtime.AbstractHerder"},
		{module + "internal/worker.(*sourceTask).run.func1", "/x/sourcetask.go", "org.apache.kafka.connect.runtime.WorkerSourceTask"},
		{module + "converters/string.New", "/x/string.go", "org.apache.kafka.connect.converters"},
		{module + "converters/json.New", "/x/json.go", "org.apache.kafka.connect.json"},
		{module + "transforms/debezium.New", "/x/y.go", "io.debezium.transforms"},
		{module + "internal/worker.(*sinkTask).x", "/x/deliver.go", "org.apache.kafka.connect.runtime.WorkerSinkTask"},
		{module + "internal/store.(*S).x", "/x/config_store.go", "org.apache.kafka.connect.storage.KafkaConfigBackingStore"},
		{module + "transforms.New", "/x/cast.go", "org.apache.kafka.connect.transforms"},
		{module + "providers.(*File).Get", "/x/file.go", "org.apache.kafka.common.config.provider"},
		{module + "internal/worker.(*taskRun).run", "/x/task.go", "org.apache.kafka.connect.runtime.WorkerTask"},
		{module + "internal/worker.(*Worker).Stop", "/x/worker.go", "org.apache.kafka.connect.runtime.Worker"},
		{module + "internal/devbroker.Start", "/x/broker.go", "moldau.internal.devbroker"},
		{"example.com/mine/connectors/x.(*Task).Poll", "/x/y.go", "example.com.mine.connectors.x"},
		{"main.main", "/x/main.go", "main"},
		{"", "", Root},
	} {
		if got := loggerOf(c.function, c.file); got != c.want {
			t.Errorf("%s in %s: got %s, want %s", c.function, c.file, got, c.want)
		}
	}
}

// TestFilesAreThere: a file that was renamed would write under its package's name from then on.
func TestFilesAreThere(t *testing.T) {
	t.Parallel()
	for prefix := range files {
		if found, err := filepath.Glob("../../" + prefix + "*"); err != nil || len(found) == 0 {
			t.Errorf("no file begins with %s: %v", prefix, err)
		}
	}
}

func BenchmarkHandler(b *testing.B) {
	l := slog.New(NewHandler(new(discard), NewLevels(slog.LevelInfo))).With("connector", "c", "task", 1)
	b.ReportAllocs()
	for b.Loop() {
		l.Info("a message of usual length", "records", 12)
	}
}

type discard struct{}

func (*discard) Write(p []byte) (int, error) { return len(p), nil }
