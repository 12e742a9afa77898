package logs

import (
	"runtime"
	"strings"
	"sync"
)

const module = "github.com/moldau/moldau/"

// names are Java's loggers that packages of ours, and those below them without an entry of their own, write under.
var names = map[string]string{
	"internal/app":      "org.apache.kafka.connect.cli.AbstractConnectCli",
	"internal/rest":     "org.apache.kafka.connect.runtime.rest.RestServer",
	"internal/herder":   "org.apache.kafka.connect.runtime.AbstractHerder",
	"internal/worker":   "org.apache.kafka.connect.runtime.Worker",
	"internal/store":    "org.apache.kafka.connect.storage",
	"internal/group":    "org.apache.kafka.connect.runtime.distributed.WorkerCoordinator",
	"internal/kafka":    "org.apache.kafka.clients",
	"internal/plugin":   "org.apache.kafka.connect.runtime.isolation.Plugins",
	"connectors/file":   "org.apache.kafka.connect.file",
	"connectors/mirror": "org.apache.kafka.connect.mirror",
	"converters/json":   "org.apache.kafka.connect.json",
	"converters":        "org.apache.kafka.connect.converters",
	"transforms":        "org.apache.kafka.connect.transforms",
	"providers":         "org.apache.kafka.common.config.provider",
}

// files refine names by the file that the message is written in.
var files = map[string]string{
	"internal/herder/standalone":  "org.apache.kafka.connect.runtime.standalone.StandaloneHerder",
	"internal/worker/source":      "org.apache.kafka.connect.runtime.WorkerSourceTask",
	"internal/worker/sink":        "org.apache.kafka.connect.runtime.WorkerSinkTask",
	"internal/worker/connector":   "org.apache.kafka.connect.runtime.WorkerConnector",
	"internal/worker/deadletters": "org.apache.kafka.connect.runtime.errors.DeadLetterQueueReporter",
	"internal/worker/logreporter": "org.apache.kafka.connect.runtime.errors.LogReporter",
	"internal/worker/task.":       "org.apache.kafka.connect.runtime.WorkerTask",
}

// place is where a message was written.
type place struct {
	logger string
	line   int
}

// places caches place by program counter.
type places struct{ m sync.Map }

func (p *places) find(pc uintptr) place {
	if v, ok := p.m.Load(pc); ok {
		return v.(place)
	}
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	at := place{loggerOf(frame.Function, frame.File), frame.Line}
	p.m.Store(pc, at)
	return at
}

// loggerOf names the logger of a function: that of its file or package, else the package's path with dots.
func loggerOf(function, file string) string {
	if function == "" {
		return Root
	}
	pkg := function
	if i := strings.IndexByte(pkg[strings.LastIndexByte(pkg, '/')+1:], '.'); i >= 0 {
		pkg = pkg[:strings.LastIndexByte(pkg, '/')+1+i]
	}
	own, ok := strings.CutPrefix(pkg, module)
	if !ok {
		return strings.ReplaceAll(pkg, "/", ".")
	}
	base := file[strings.LastIndexByte(file, '/')+1:]
	for prefix, name := range files {
		dir, start, _ := cutLast(prefix)
		if dir == own && strings.HasPrefix(base, start) {
			return name
		}
	}
	for dir := own; dir != ""; {
		if name, ok := names[dir]; ok {
			return name
		}
		up, _, more := cutLast(dir)
		if !more {
			break
		}
		dir = up
	}
	return "moldau." + strings.ReplaceAll(own, "/", ".")
}

func cutLast(path string) (dir, base string, ok bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return path, "", false
	}
	return path[:i], path[i+1:], true
}
