package worker

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/metrics"
)

// settings are the keys of the worker's configuration that this package reads.
type settings struct {
	flushInterval    time.Duration // offset.flush.interval.ms
	flushTimeout     time.Duration // offset.flush.timeout.ms
	gracefulTimeout  time.Duration // task.shutdown.graceful.timeout.ms
	topicCreation    bool          // topic.creation.enable
	topicTracking    bool          // topic.tracking.enable
	metadataMaxAge   time.Duration // consumer.metadata.max.age.ms, the rhythm of looking for topics that match topics.regex
	sourceBudget     int64         // bytes of a source task that may be in flight
	sourceBatchBytes int
	sourceBatchCount int
	memory           int64 // moldau.memory.max.bytes
	metrics          metrics.Window
	poison           bool // tests: overwrite memory that is used again
}

// They bound the memory of the worker and of a task (I7); only the first has a public key.
const (
	defaultMemory           = 256 << 20
	defaultSourceBudget     = 32 << 20
	defaultSourceBatchBytes = 1 << 20
	defaultSourceBatchCount = 4096
)

// Of moldau.memory.max.bytes, which is meant for the whole process, a quarter is for records in flight and a sixteenth for large batches
// while they are cut. The rest is for what connectors, clients and the collector need.
const (
	recordsPart = 4
	transitPart = 16
)

func parseSettings(props map[string]string) (settings, error) {
	r := propsReader{props: props}
	s := settings{
		flushInterval:    r.millis("offset.flush.interval.ms", 60000),
		flushTimeout:     r.millis("offset.flush.timeout.ms", 5000),
		gracefulTimeout:  r.millis("task.shutdown.graceful.timeout.ms", 5000),
		topicCreation:    r.boolean("topic.creation.enable", true),
		topicTracking:    r.boolean("topic.tracking.enable", true),
		metadataMaxAge:   r.millis("consumer.metadata.max.age.ms", 300000),
		metrics:          metrics.Window{Length: r.millis("metrics.sample.window.ms", 30000), Samples: int(r.number("metrics.num.samples", 2, 32))},
		memory:           r.number("moldau.memory.max.bytes", defaultMemory, 64),
		sourceBudget:     defaultSourceBudget,
		sourceBatchBytes: defaultSourceBatchBytes,
		sourceBatchCount: defaultSourceBatchCount,
	}
	return s, r.err
}

// connectorSettings are the keys of a connector's configuration that tasks of both kinds read.
type connectorSettings struct {
	toleranceAll   bool
	retryTimeout   time.Duration // negative for no limit
	retryMaxDelay  time.Duration
	logErrors      bool
	logMessages    bool
	tasksMax       int
	enforceMax     bool
	dlqTopic       string
	dlqReplication int16
	dlqHeaders     bool
	limited        bool    // errors.max.rate is set:
	maxRate        float64 // the percentage of records that may fail
	maxRateWindow  time.Duration
	maxRateLeast   int64
	bisect         bool
	bisectMost     int
	memoryShare    int64 // moldau.memory.share
	cpuShare       int64 // moldau.cpu.share, 0 for none
}

func parseConnectorSettings(props map[string]string) (connectorSettings, error) {
	r := propsReader{props: props}
	c := connectorSettings{
		toleranceAll:   strings.EqualFold(r.text("errors.tolerance", "none"), "all"),
		retryTimeout:   r.millis("errors.retry.timeout", 0),
		retryMaxDelay:  r.millis("errors.retry.delay.max.ms", 60000),
		logErrors:      r.boolean("errors.log.enable", false),
		logMessages:    r.boolean("errors.log.include.messages", false),
		tasksMax:       int(r.number("tasks.max", 1, 32)),
		enforceMax:     r.boolean("tasks.max.enforce", true),
		dlqTopic:       r.text("errors.deadletterqueue.topic.name", ""),
		dlqReplication: int16(r.number("errors.deadletterqueue.topic.replication.factor", 3, 16)),
		dlqHeaders:     r.boolean("errors.deadletterqueue.context.headers.enable", false),
		maxRate:        r.percentage("errors.max.rate"),
		maxRateWindow:  max(r.millis("errors.max.rate.window.ms", 60000), time.Second),
		maxRateLeast:   r.number("errors.max.rate.min.records", 100, 32),
		bisect:         r.boolean("errors.bisect.enable", false),
		bisectMost:     int(r.number("errors.bisect.max.records", 10, 32)),
		memoryShare:    r.number("moldau.memory.share", 100, 32),
		cpuShare:       r.number("moldau.cpu.share", 0, 32),
	}
	c.limited = c.maxRate >= 0
	return c, r.err
}

// propsReader reads typed values; the first error stays in err.
type propsReader struct {
	props map[string]string
	err   error
}

func (r *propsReader) text(key, def string) string {
	if v, ok := r.props[key]; ok {
		return strings.TrimSpace(v)
	}
	return def
}

func (r *propsReader) fail(key, value, why string) {
	if r.err == nil {
		r.err = javafmt.NewException(javafmt.ConfigException, fmt.Sprintf("Invalid value %s for configuration %s: %s", value, key, why), nil)
	}
}

func (r *propsReader) boolean(key string, def bool) bool {
	switch v := r.text(key, strconv.FormatBool(def)); strings.ToLower(v) {
	case "true":
		return true
	case "false":
		return false
	default:
		r.fail(key, v, "Expected value to be either true or false")
		return def
	}
}

func (r *propsReader) number(key string, def int64, bits int) int64 {
	v := r.text(key, "")
	if v == "" {
		return def
	}
	n, err := strconv.ParseInt(v, 10, bits)
	if err != nil {
		kind := map[int]string{16: "SHORT", 32: "INT", 64: "LONG"}[bits]
		r.fail(key, v, "Not a number of type "+kind)
	}
	return n
}

// percentage returns 5 for 5%, and a negative number where the key is not set.
func (r *propsReader) percentage(key string) float64 {
	v := r.text(key, "")
	if v == "" {
		return -1
	}
	number, ok := strings.CutSuffix(v, "%")
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(n >= 0 && n <= 100) {
		r.fail(key, v, "Must be a percentage from 0% to 100%, such as 5%")
		return -1
	}
	return n
}

func (r *propsReader) millis(key string, def int64) time.Duration {
	n := r.number(key, def, 64)
	if n > math.MaxInt64/int64(time.Millisecond) {
		return math.MaxInt64
	}
	return time.Duration(n) * time.Millisecond
}

func (r *propsReader) list(key string) []string {
	v := r.text(key, "")
	if v == "" {
		return nil
	}
	parts := strings.Split(v, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// below returns the keys that begin with the prefix, without it.
func below(props map[string]string, prefix string) map[string]string {
	out := map[string]string{}
	for k, v := range props {
		if rest, ok := strings.CutPrefix(k, prefix); ok && rest != "" {
			out[rest] = v
		}
	}
	return out
}
