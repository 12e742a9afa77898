package devbroker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
)

// maxPartitions bounds the partitions of one topic: kfake makes as many as it is asked for, in memory.
const maxPartitions = 10_000

// refused is an error of the protocol with the message clients show.
type refused struct {
	code    int16
	message string
}

func (r *refused) Error() string { return r.message }

func refuse(e *kerr.Error, format string, args ...any) *refused {
	return &refused{code: e.Code, message: fmt.Sprintf(format, args...)}
}

// checkTopicName has the rules and texts of org.apache.kafka.common.internals.Topic.
func checkTopicName(name string) *refused {
	switch {
	case name == "":
		return refuse(kerr.InvalidTopicException, "Topic name is invalid: the empty string is not allowed")
	case name == "." || name == "..":
		return refuse(kerr.InvalidTopicException, "Topic name is invalid: '%s' is not allowed", name)
	case len(name) > 249:
		return refuse(kerr.InvalidTopicException, "Topic name is invalid: the length of '%s' is longer than the max allowed length 249", name)
	}
	for i := range len(name) {
		c := name[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-' {
			continue
		}
		return refuse(kerr.InvalidTopicException,
			"Topic name is invalid: '%s' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'", name)
	}
	return nil
}

// checkCounts has the rules and texts of ReplicationControlManager; -1 asks for the broker's default.
func checkCounts(partitions int32, replicas int16) *refused {
	switch {
	case partitions < -1 || partitions == 0:
		return refuse(kerr.InvalidPartitions, "Number of partitions was set to an invalid non-positive value.")
	case partitions > maxPartitions:
		return refuse(kerr.PolicyViolation, "Excessively large number of partitions per request.")
	case replicas < -1 || replicas == 0:
		return refuse(kerr.InvalidReplicationFactor, "Replication factor must be larger than 0, or -1 to use the default value.")
	case replicas > 1:
		return refuse(kerr.InvalidReplicationFactor, "Unable to replicate the partition %d time(s): The target replication factor of %d cannot be reached "+
			"because only 1 broker(s) are registered or some brokers have all their log directories cordoned.", replicas, replicas)
	}
	return nil
}
