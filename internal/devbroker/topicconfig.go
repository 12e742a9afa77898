package devbroker

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// topicConfig is one topic config of Apache Kafka 4.3 (org.apache.kafka.storage.internals.log.LogConfig).
type topicConfig struct {
	name     string
	typ      kmsg.ConfigType
	value    string // the default
	synonym  string // the broker config behind it
	internal bool   // not described unless set
	check    func(name, value string) string
}

const (
	maxLong = "9223372036854775807"
	// segmentBytes is kfake's segment size, a tenth of Kafka's: retention deletes whole segments, and a demo should not need 2 GiB.
	segmentBytes = "104857600"
)

const (
	typeBool   = kmsg.ConfigTypeBoolean
	typeString = kmsg.ConfigTypeString
	typeInt    = kmsg.ConfigTypeInt
	typeLong   = kmsg.ConfigTypeLong
	typeDouble = kmsg.ConfigTypeDouble
	typeList   = kmsg.ConfigTypeList
)

// topicConfigs is sorted by name.
var topicConfigs = []topicConfig{
	{name: "cleanup.policy", typ: typeList, value: "delete", synonym: "log.cleanup.policy", check: someOf("compact", "delete")},
	{name: "compression.gzip.level", typ: typeInt, value: "-1", synonym: "compression.gzip.level", check: gzipLevel},
	{name: "compression.lz4.level", typ: typeInt, value: "9", synonym: "compression.lz4.level", check: between(1, 17)},
	{name: "compression.type", typ: typeString, value: "producer", synonym: "compression.type", check: oneOf("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer")},
	{name: "compression.zstd.level", typ: typeInt, value: "3", synonym: "compression.zstd.level", check: between(-131072, 22)},
	{name: "delete.retention.ms", typ: typeLong, value: "86400000", synonym: "log.cleaner.delete.retention.ms", check: atLeast(0)},
	{name: "file.delete.delay.ms", typ: typeLong, value: "60000", synonym: "log.segment.delete.delay.ms", check: atLeast(0)},
	{name: "flush.messages", typ: typeLong, value: maxLong, synonym: "log.flush.interval.messages", check: atLeast(1)},
	{name: "flush.ms", typ: typeLong, value: maxLong, synonym: "log.flush.interval.ms", check: atLeast(0)},
	{name: "follower.replication.throttled.replicas", typ: typeList, check: throttled},
	{name: "index.interval.bytes", typ: typeInt, value: "4096", synonym: "log.index.interval.bytes", check: atLeast(0)},
	{name: "internal.segment.bytes", typ: typeInt, internal: true},
	{name: "leader.replication.throttled.replicas", typ: typeList, check: throttled},
	{name: "local.retention.bytes", typ: typeLong, value: "-2", synonym: "log.local.retention.bytes", check: atLeast(-2)},
	{name: "local.retention.ms", typ: typeLong, value: "-2", synonym: "log.local.retention.ms", check: atLeast(-2)},
	{name: "max.compaction.lag.ms", typ: typeLong, value: maxLong, synonym: "log.cleaner.max.compaction.lag.ms", check: atLeast(1)},
	{name: "max.message.bytes", typ: typeInt, value: "1048588", synonym: "message.max.bytes", check: atLeast(0)},
	{name: "message.timestamp.after.max.ms", typ: typeLong, value: "3600000", synonym: "log.message.timestamp.after.max.ms", check: atLeast(0)},
	{name: "message.timestamp.before.max.ms", typ: typeLong, value: maxLong, synonym: "log.message.timestamp.before.max.ms", check: atLeast(0)},
	{name: "message.timestamp.type", typ: typeString, value: "CreateTime", synonym: "log.message.timestamp.type", check: oneOf("CreateTime", "LogAppendTime")},
	{name: "min.cleanable.dirty.ratio", typ: typeDouble, value: "0.5", synonym: "log.cleaner.min.cleanable.ratio", check: ratio},
	{name: "min.compaction.lag.ms", typ: typeLong, value: "0", synonym: "log.cleaner.min.compaction.lag.ms", check: atLeast(0)},
	{name: "min.insync.replicas", typ: typeInt, value: "1", synonym: "min.insync.replicas", check: atLeast(1)},
	{name: "preallocate", typ: typeBool, value: "false", synonym: "log.preallocate"},
	{name: "remote.log.copy.disable", typ: typeBool, value: "false"},
	{name: "remote.log.delete.on.disable", typ: typeBool, value: "false"},
	{name: "remote.storage.enable", typ: typeBool, value: "false", check: notTiered},
	{name: "retention.bytes", typ: typeLong, value: "-1", synonym: "log.retention.bytes"},
	{name: "retention.ms", typ: typeLong, value: "604800000", synonym: "log.retention.ms", check: atLeast(-1)},
	{name: "segment.bytes", typ: typeInt, value: segmentBytes, synonym: "log.segment.bytes", check: atLeast(1 << 20)},
	{name: "segment.index.bytes", typ: typeInt, value: "10485760", synonym: "log.index.size.max.bytes", check: atLeast(4)},
	{name: "segment.jitter.ms", typ: typeLong, value: "0", synonym: "log.roll.jitter.ms", check: atLeast(0)},
	{name: "segment.ms", typ: typeLong, value: "604800000", synonym: "log.roll.ms", check: atLeast(1)},
	{name: "unclean.leader.election.enable", typ: typeBool, value: "false", synonym: "unclean.leader.election.enable"},
}

func topicConfigOf(name string) *topicConfig {
	i, ok := slices.BinarySearchFunc(topicConfigs, name, func(t topicConfig, name string) int { return strings.Compare(t.name, name) })
	if !ok {
		return nil
	}
	return &topicConfigs[i]
}

// checkTopicConfig returns the value as kfake is to store it. Kafka trims values before it parses them and kfake does not: it
// would take " 5 " for 0.
func checkTopicConfig(name, value string) (string, *refused) {
	t := topicConfigOf(name)
	if t == nil {
		return "", refuse(kerr.InvalidConfig, "Unknown topic config name: %s", name)
	}
	clean := strings.TrimSpace(value)
	if t.typ == typeList {
		clean = strings.Join(listOf(value), ",")
	}
	if why := typeError(t.typ, clean); why != "" {
		return "", refuse(kerr.InvalidConfig, "Invalid value %s for configuration %s: %s", value, name, why)
	}
	if t.check != nil {
		if message := t.check(name, clean); message != "" {
			return "", refuse(kerr.InvalidConfig, "%s", message)
		}
	}
	return clean, nil
}

// typeError has the texts of org.apache.kafka.common.config.ConfigDef.
func typeError(typ kmsg.ConfigType, value string) string {
	var err error
	switch typ {
	case typeInt:
		if _, err = strconv.ParseInt(value, 10, 32); err != nil {
			return "Not a number of type INT"
		}
	case typeLong:
		if _, err = strconv.ParseInt(value, 10, 64); err != nil {
			return "Not a number of type LONG"
		}
	case typeDouble:
		if _, err = strconv.ParseFloat(value, 64); err != nil {
			return "Not a number of type DOUBLE"
		}
	case typeBool:
		if !strings.EqualFold(value, "true") && !strings.EqualFold(value, "false") {
			return "Expected value to be either true or false"
		}
	}
	return ""
}

// listOf splits a list value without blanks and repetitions.
func listOf(value string) []string {
	var out []string
	for _, v := range strings.Split(value, ",") {
		if v = strings.TrimSpace(v); v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

func invalid(name, value, why string) string {
	return fmt.Sprintf("Invalid value %s for configuration %s: %s", value, name, why)
}

func atLeast(low int64) func(name, value string) string { return between(low, math.MaxInt64) }

func between(low, high int64) func(name, value string) string {
	return func(name, value string) string {
		n, _ := strconv.ParseInt(value, 10, 64) // its type was checked before
		switch {
		case n < low:
			return invalid(name, strconv.FormatInt(n, 10), fmt.Sprintf("Value must be at least %d", low))
		case n > high:
			return invalid(name, strconv.FormatInt(n, 10), fmt.Sprintf("Value must be no more than %d", high))
		}
		return ""
	}
}

func ratio(name, value string) string {
	f, _ := strconv.ParseFloat(value, 64) // its type was checked before
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	switch {
	case f < 0:
		return invalid(name, text, "Value must be at least 0")
	case f > 1:
		return invalid(name, text, "Value must be no more than 1")
	}
	return ""
}

func oneOf(values ...string) func(name, value string) string {
	return func(name, value string) string {
		if !slices.Contains(values, value) {
			return invalid(name, value, "String must be one of: "+strings.Join(values, ", "))
		}
		return ""
	}
}

func someOf(values ...string) func(name, value string) string {
	one := oneOf(values...)
	return func(name, value string) string {
		for _, v := range listOf(value) {
			if why := one(name, v); why != "" {
				return why
			}
		}
		return ""
	}
}

func gzipLevel(name, value string) string {
	if n, _ := strconv.Atoi(value); n != -1 && (n < 1 || n > 9) {
		return invalid(name, value, "Value must be between 1 and 9 or equal to -1")
	}
	return ""
}

var throttledReplica = regexp.MustCompile(`^[0-9]+:[0-9]+$`)

func throttled(name, value string) string {
	list := listOf(value)
	if len(list) == 1 && list[0] == "*" {
		return ""
	}
	for _, v := range list {
		if !throttledReplica.MatchString(v) {
			return invalid(name, "["+strings.Join(list, ", ")+"]", name+" must be the literal '*' or a list of replicas in the following format: "+
				"[partitionId]:[brokerId],[partitionId]:[brokerId],...")
		}
	}
	return ""
}

func notTiered(_, value string) string {
	if strings.EqualFold(value, "true") {
		return "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage."
	}
	return ""
}
