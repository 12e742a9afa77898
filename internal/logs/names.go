package logs

import (
	"runtime"
	"strings"
	"sync"
)

const module = "github.com/moldau/moldau/"

const connectRuntime = "org.apache.kafka.connect.runtime."

// names are Java's loggers that packages of ours, and those below them without an entry of their own, write under.
var names = map[string]string{
	"internal/app":             "org.apache.kafka.connect.cli.AbstractConnectCli",
	"internal/rest":            connectRuntime + "rest.RestServer",
	"internal/herder":          connectRuntime + "AbstractHerder",
	"internal/worker":          connectRuntime + "Worker",
	"internal/store":           "org.apache.kafka.connect.storage",
	"internal/group":           connectRuntime + "distributed.WorkerCoordinator",
	"internal/kafka":           "org.apache.kafka.clients",
	"internal/plugin":          connectRuntime + "isolation.Plugins",
	"connectors/file":          "org.apache.kafka.connect.file",
	"connectors/mirror":        "org.apache.kafka.connect.mirror",
	"connectors/jdbc":          "io.confluent.connect.jdbc",
	"connectors/verifiable":    "org.apache.kafka.connect.tools",
	"converters/json":          "org.apache.kafka.connect.json",
	"converters/avro":          "io.confluent.connect.avro",
	"converters/jsonschema":    "io.confluent.connect.json",
	"converters/protobuf":      "io.confluent.connect.protobuf",
	"converters":               "org.apache.kafka.connect.converters",
	"transforms":               "org.apache.kafka.connect.transforms",
	"transforms/aiven":         "io.aiven.kafka.connect.transforms",
	"transforms/confluent":     "io.confluent.connect.transforms",
	"transforms/debezium":      "io.debezium.transforms",
	"transforms/jcustenborder": "com.github.jcustenborder.kafka.connect.transform",
	"providers":                "org.apache.kafka.common.config.provider",
}

// files refine names by the beginning of the name of the file that the message is written in; the longest that fits holds.
var files = map[string]string{
	"internal/rest/requestlog":     connectRuntime + "rest.RestServer", // where Java's request log goes
	"internal/rest/client":         connectRuntime + "rest.RestClient",
	"internal/rest/forward":        connectRuntime + "rest.HerderRequestHandler",
	"internal/rest/basicauth":      "org.apache.kafka.connect.rest.basic.auth.extension",
	"internal/rest/loggers":        connectRuntime + "rest.resources.LoggingResource",
	"internal/rest/connectors":     connectRuntime + "rest.resources.ConnectorsResource",
	"internal/rest/handle":         connectRuntime + "rest.errors.ConnectExceptionMapper",
	"internal/herder/standalone":   connectRuntime + "standalone.StandaloneHerder",
	"internal/herder/distributed":  connectRuntime + "distributed.DistributedHerder",
	"internal/store/config":        "org.apache.kafka.connect.storage.KafkaConfigBackingStore",
	"internal/store/status":        "org.apache.kafka.connect.storage.KafkaStatusBackingStore",
	"internal/store/offset_store":  "org.apache.kafka.connect.storage.KafkaOffsetBackingStore",
	"internal/store/offsets_file":  "org.apache.kafka.connect.storage.FileOffsetBackingStore",
	"internal/store/connectoroff":  "org.apache.kafka.connect.storage.ConnectorOffsetBackingStore",
	"internal/store/log":           "org.apache.kafka.connect.util.KafkaBasedLog",
	"internal/worker/source":       connectRuntime + "WorkerSourceTask",
	"internal/worker/dispatch":     connectRuntime + "WorkerSourceTask",
	"internal/worker/recordacks":   connectRuntime + "WorkerSourceTask",
	"internal/worker/batchlimit":   connectRuntime + "WorkerSourceTask",
	"internal/worker/commit":       connectRuntime + "WorkerSourceTask",
	"internal/worker/topic":        connectRuntime + "AbstractWorkerSourceTask",
	"internal/worker/eos":          connectRuntime + "ExactlyOnceWorkerSourceTask",
	"internal/worker/sink":         connectRuntime + "WorkerSinkTask",
	"internal/worker/deliver":      connectRuntime + "WorkerSinkTask",
	"internal/worker/rebalance":    connectRuntime + "WorkerSinkTask",
	"internal/worker/bisect":       connectRuntime + "WorkerSinkTask",
	"internal/worker/connector":    connectRuntime + "WorkerConnector",
	"internal/worker/deadletters":  connectRuntime + "errors.DeadLetterQueueReporter",
	"internal/worker/logreporter":  connectRuntime + "errors.LogReporter",
	"internal/worker/task.":        connectRuntime + "WorkerTask",
	"internal/worker/taskfailure.": connectRuntime + "WorkerTask",
	"internal/kafka/report":        "org.apache.kafka.clients.CommonClientConfigs",
	"connectors/file/source.":      "org.apache.kafka.connect.file.FileStreamSourceConnector",
	"connectors/file/sourcetask":   "org.apache.kafka.connect.file.FileStreamSourceTask",
	"connectors/file/sink.":        "org.apache.kafka.connect.file.FileStreamSinkConnector",
	"connectors/file/sinktask":     "org.apache.kafka.connect.file.FileStreamSinkTask",
	"connectors/file/exact":        "org.apache.kafka.connect.file.FileStreamSinkTask",
}

// Names returns the loggers of Java that there is something under, each with the folders and the beginnings of files that write under it.
func Names() map[string][]string {
	out := map[string][]string{}
	for _, from := range []map[string]string{names, files} {
		for where, name := range from {
			out[name] = append(out[name], where)
		}
	}
	return out
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
	longest, found := 0, ""
	for prefix, name := range files {
		dir, start, _ := cutLast(prefix)
		if dir == own && strings.HasPrefix(base, start) && len(start) > longest {
			longest, found = len(start), name
		}
	}
	if found != "" {
		return found
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
