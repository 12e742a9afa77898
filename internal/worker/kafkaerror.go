package worker

import (
	"errors"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/moldau/moldau/internal/javafmt"
)

const kafkaErrors = "org.apache.kafka.common.errors."

// irregular are the error codes whose Java class is not their name in camel case with Exception after it.
var irregular = map[string]string{
	"MESSAGE_TOO_LARGE":                     "RecordTooLargeException",
	"RECORD_LIST_TOO_LARGE":                 "RecordBatchTooLargeException",
	"INVALID_TOPIC_EXCEPTION":               "InvalidTopicException",
	"REQUEST_TIMED_OUT":                     "TimeoutException",
	"INVALID_CONFIG":                        "InvalidConfigurationException",
	"CORRUPT_MESSAGE":                       "CorruptRecordException",
	"UNKNOWN_MEMBER_ID":                     "UnknownMemberIdException",
	"TOPIC_ALREADY_EXISTS":                  "TopicExistsException",
	"GROUP_ID_NOT_FOUND":                    "GroupIdNotFoundException",
	"NON_EMPTY_GROUP":                       "GroupNotEmptyException",
	"NOT_ENOUGH_REPLICAS_AFTER_APPEND":      "NotEnoughReplicasAfterAppendException",
	"UNSUPPORTED_FOR_MESSAGE_FORMAT":        "UnsupportedForMessageFormatException",
	"INVALID_PARTITIONS":                    "InvalidPartitionsException",
	"INVALID_REPLICATION_FACTOR":            "InvalidReplicationFactorException",
	"TRANSACTIONAL_ID_AUTHORIZATION_FAILED": "TransactionalIdAuthorizationException",
	"UNKNOWN_SERVER_ERROR":                  "UnknownServerException",
}

// kafkaError gives an error of the Kafka client the class name that Java's client throws; others stay as they are.
func kafkaError(err error) error {
	var k *kerr.Error
	if !errors.As(err, &k) {
		return err
	}
	return javafmt.NewException(kafkaClass(k), kafkaText(err, k), nil)
}

func kafkaClass(k *kerr.Error) string {
	if class, ok := irregular[k.Message]; ok {
		return kafkaErrors + class
	}
	name := strings.TrimSuffix(k.Message, "_FAILED") // TOPIC_AUTHORIZATION_FAILED is TopicAuthorizationException
	var b strings.Builder
	for _, word := range strings.Split(name, "_") {
		if word != "" {
			b.WriteString(word[:1] + strings.ToLower(word[1:]))
		}
	}
	return kafkaErrors + b.String() + "Exception"
}

// kafkaText prefers what the broker said to what the error code means.
func kafkaText(err error, k *kerr.Error) string {
	if text, ok := strings.CutSuffix(err.Error(), ": "+k.Error()); ok {
		return text
	}
	return k.Description
}
