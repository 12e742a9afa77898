package kafka

import "strings"

const javaClients = "org.apache.kafka.clients."

// LoggerNames are the loggers of Java's clients that messages of clients here are written under.
var LoggerNames = []string{javaClients + "NetworkClient", javaClients + "Metadata", javaClients + "admin.KafkaAdminClient",
	javaClients + "consumer.KafkaConsumer", javaClients + "consumer.internals.ConsumerCoordinator", javaClients + "consumer.internals.Fetcher",
	javaClients + "producer.KafkaProducer", javaClients + "producer.internals.Sender", javaClients + "producer.internals.TransactionManager"}

// loggerName returns the logger of Java's client that a message of ours is closest to: the client library has one for everything, while users set the
// level of the part that they look into.
func loggerName(client Client, msg string) string {
	has := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(msg, word) {
				return true
			}
		}
		return false
	}
	switch {
	case client == Consumer && has("group", "heartbeat", "rebalanc", "commit", "assign", "revok", "lost"):
		return javaClients + "consumer.internals.ConsumerCoordinator"
	case client == Consumer && has("fetch", "offset"):
		return javaClients + "consumer.internals.Fetcher"
	case client == Producer && has("transact", "txn", "producer id", "producer ID", "producer epoch"):
		return javaClients + "producer.internals.TransactionManager"
	case client == Producer && has("produce", "batch"):
		return javaClients + "producer.internals.Sender"
	case has("metadata"):
		return javaClients + "Metadata"
	case has("broker", "connect", "dial", "read", "wrote", "write", "request", "sasl"):
		return javaClients + "NetworkClient"
	case client == Consumer:
		return javaClients + "consumer.KafkaConsumer"
	case client == Producer:
		return javaClients + "producer.KafkaProducer"
	}
	return javaClients + "admin.KafkaAdminClient"
}
