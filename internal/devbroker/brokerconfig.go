package devbroker

import (
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// fixedBrokerConfigs are the broker-wide configs that clients may not change: they would start the unsafe cleaner, unbound the disk,
// or, as an interval of 0, crash the process at its next start.
var fixedBrokerConfigs = []string{
	"broker.id", "broker.rack", "default.replication.factor", "log.cleaner.backoff.ms", "log.dir", "log.dirs", "log.retention.bytes",
	"offset.retention.ms", "offsets.retention.check.interval.ms", "sasl.enabled.mechanisms", "share.record.lock.sweep.interval.ms",
	"state.log.compact.bytes", "super.users",
}

// numberedBrokerConfigs are those that kfake reads as numbers, with their least value. It takes nonsense for 0.
var numberedBrokerConfigs = map[string]int64{
	"connections.max.reauth.ms":                 0,
	"fetch.max.bytes":                           1024,
	"group.consumer.heartbeat.interval.ms":      1,
	"group.consumer.session.timeout.ms":         1,
	"group.max.session.timeout.ms":              1,
	"group.max.size":                            1,
	"group.min.session.timeout.ms":              1,
	"group.share.delivery.count.limit":          2,
	"group.share.heartbeat.interval.ms":         1,
	"group.share.max.share.sessions":            1,
	"group.share.max.size":                      1,
	"group.share.partition.max.record.locks":    100,
	"group.share.record.lock.duration.ms":       1000,
	"group.share.session.timeout.ms":            1,
	"log.retention.ms":                          -1,
	"log.roll.ms":                               1,
	"log.segment.bytes":                         1 << 20,
	"max.incremental.fetch.session.cache.slots": 0,
	"message.max.bytes":                         0,
	"min.insync.replicas":                       1,
	"offsets.retention.minutes":                 1,
	"transaction.max.timeout.ms":                1,
	"transactional.id.expiration.ms":            1,
}

// checkBrokerConfig returns the value as kfake is to store it. Names that neither it nor this package knows pass, as in Kafka.
func checkBrokerConfig(name, value string) (string, *refused) {
	if slices.Contains(fixedBrokerConfigs, name) {
		return "", refuse(kerr.InvalidRequest, "Cannot update these configs dynamically: [%s]", name)
	}
	least, ok := numberedBrokerConfigs[name]
	if !ok {
		return value, nil
	}
	clean := strings.TrimSpace(value)
	if why := typeError(typeLong, clean); why != "" {
		return "", refuse(kerr.InvalidRequest, "Invalid value %s for configuration %s: %s", value, name, why)
	}
	if n, _ := strconv.ParseInt(clean, 10, 64); n < least {
		return "", refuse(kerr.InvalidRequest, "Invalid value %s for configuration %s: Value must be at least %d", clean, name, least)
	}
	return clean, nil
}

func checkBrokerOps(res *kmsg.IncrementalAlterConfigsRequestResource) *refused {
	for i := range res.Configs {
		c := &res.Configs[i]
		value := "0"
		if c.Op != kmsg.IncrementalAlterConfigOpDelete {
			if c.Value == nil {
				return refuse(kerr.InvalidRequest, "Null value not supported for : %s", c.Name)
			}
			value = *c.Value
		} else if _, numbered := numberedBrokerConfigs[c.Name]; numbered {
			continue
		}
		clean, why := checkBrokerConfig(c.Name, value)
		if why != nil {
			return why
		}
		if c.Op == kmsg.IncrementalAlterConfigOpSet {
			c.Value = &clean
		}
	}
	return nil
}
