package app

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/logs"
)

// bundleTime bounds what a bundle asks of the herder: one that is stuck is the reason why somebody wants the bundle.
const bundleTime = 10 * time.Second

// bundle is a support bundle that is being written: a tar.gz of a folder.
type bundle struct {
	w      *connectWorker
	folder string
	at     time.Time
	tar    *tar.Writer
	err    error
}

// serveBundle answers with all that helps to see what is wrong with a worker. Configurations are masked, and whatever is text passes the redactor once
// more before it leaves the process.
func (w *connectWorker) serveBundle(to http.ResponseWriter, r *http.Request) {
	at := time.Now().UTC()
	name := "moldau-" + at.Format("20060102-150405")
	to.Header().Set("Content-Type", "application/gzip")
	to.Header().Set("Content-Disposition", `attachment; filename="`+name+`.tar.gz"`)
	to.Header().Set("Cache-Control", "no-store")
	to.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodHead {
		return
	}
	zip := gzip.NewWriter(to)
	b := &bundle{w: w, folder: name, at: at, tar: tar.NewWriter(zip)}
	ctx, cancel := context.WithTimeout(r.Context(), bundleTime)
	defer cancel()
	b.write(ctx)
	if b.err == nil {
		b.err = b.tar.Close()
	}
	if b.err == nil {
		b.err = zip.Close()
	}
	if b.err != nil {
		w.log.Warn("A support bundle could not be sent whole", logs.ErrorKey, b.err)
		panic(http.ErrAbortHandler) // so that the client does not take a part for the whole
	}
}

func (b *bundle) write(ctx context.Context) {
	// Goroutines first: collecting the rest changes them.
	b.profile("goroutines.txt", "goroutine", 2)
	b.profile("heap.pprof", "heap", 0)
	b.json("versions.json", b.versions())
	b.json("health.json", map[string]any{"live": b.w.health.Live(), "ready": b.w.health.Ready()})
	b.text("worker.properties", b.properties())
	if h, ok := b.w.log.Handler().(*logs.Handler); ok && h.Recent() != nil {
		h.Flush()
		b.text("log.txt", string(h.Recent().Text()))
	}
	b.text("metrics.txt", b.metrics(ctx))
	if h := b.w.answering.Load(); h != nil {
		b.json("loggers.json", (*h).Loggers())
		b.json("plugins.json", (*h).Plugins(false))
		b.connectors(ctx, *h)
	}
}

// add writes a file.
func (b *bundle) add(name string, content []byte) {
	if b.err != nil {
		return
	}
	b.err = b.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: b.folder + "/" + name, Size: int64(len(content)), Mode: 0o600, ModTime: b.at})
	if b.err == nil {
		_, b.err = b.tar.Write(content)
	}
}

func (b *bundle) text(name, content string) {
	b.add(name, []byte(b.w.settings.redactor.Redact(content)))
}

func (b *bundle) json(name string, content any) {
	var text bytes.Buffer
	to := json.NewEncoder(&text)
	to.SetEscapeHTML(false)
	to.SetIndent("", "  ")
	if err := to.Encode(content); err != nil {
		b.text(name, "cannot be written as JSON: "+err.Error())
		return
	}
	b.text(name, text.String())
}

// profile adds a profile; those for people are text, debug 0 is what `go tool pprof` reads, with names of functions and sizes only.
func (b *bundle) profile(name, kind string, debug int) {
	var content bytes.Buffer
	if err := pprof.Lookup(kind).WriteTo(&content, debug); err != nil {
		b.text(name, "cannot be taken: "+err.Error())
		return
	}
	if debug == 0 {
		b.add(name, content.Bytes())
		return
	}
	b.text(name, content.String())
}

func (b *bundle) versions() map[string]any {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	host, _ := os.Hostname()
	modules := map[string]string{}
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, m := range build.Deps {
			modules[m.Path] = m.Version
		}
	}
	return map[string]any{"moldau": buildVersion(), "kafkaConnect": kafkaVersion, "commit": kafkaCommit, "go": runtime.Version(),
		"os": runtime.GOOS, "architecture": runtime.GOARCH, "processors": runtime.NumCPU(), "maxProcessors": runtime.GOMAXPROCS(0), "goroutines": runtime.NumGoroutine(),
		"heapBytes": memory.HeapAlloc, "memoryBytes": memory.Sys, "memoryLimit": debug.SetMemoryLimit(-1), "host": host, "pid": os.Getpid(),
		"started": processStart.UTC(), "taken": b.at, "workerID": b.w.rest.WorkerID(), "modules": modules}
}

// processStart is about when the process began.
var processStart = time.Now()

// properties are the worker's own, in the order of their names, with their secrets masked.
func (b *bundle) properties() string {
	masked := b.w.settings.secrets.MaskWorker(config.PropsOf(b.w.settings.props)).Strings()
	var text strings.Builder
	for _, key := range sortedKeys(masked) {
		fmt.Fprintf(&text, "%s=%s\n", key, strings.ReplaceAll(masked[key], "\n", "\\n"))
	}
	return text.String()
}

func (b *bundle) metrics(ctx context.Context) string {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "/metrics", nil)
	if err != nil {
		return err.Error()
	}
	answer := &answer{header: http.Header{}}
	b.w.metrics.Handler(b.w.log).ServeHTTP(answer, request)
	return answer.body.String()
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	body   bytes.Buffer
}

func (a *answer) Header() http.Header            { return a.header }
func (a *answer) Write(text []byte) (int, error) { return a.body.Write(text) }
func (a *answer) WriteHeader(int)                {}

// connectors adds a file for each connector: its configuration and those of its tasks, masked, and its states.
func (b *bundle) connectors(ctx context.Context, h herder.Herder) {
	names, err := h.Connectors(ctx)
	if err != nil {
		b.text("connectors.txt", "cannot be listed: "+err.Error())
		return
	}
	slices.Sort(names)
	for i, name := range names {
		about := map[string]any{"name": name}
		note := func(key string, value any, err error) {
			if err != nil {
				value = "cannot be told: " + err.Error()
			}
			about[key] = value
		}
		info, err := h.Connector(ctx, name)
		note("info", info, err)
		status, err := h.ConnectorStatus(ctx, name)
		note("status", status, err)
		tasks, err := h.TaskConfigs(ctx, name)
		note("tasks", tasks, err)
		// The name of a connector may be no name of a file.
		b.json(fmt.Sprintf("connectors/%03d.json", i), about)
	}
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
