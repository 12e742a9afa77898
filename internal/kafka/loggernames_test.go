package kafka

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestLoggerNames(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/logs.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range LoggerNames {
		if !strings.Contains(string(page), "\n| `"+name+"` |") {
			t.Errorf("docs/logs.md lacks the logger %s", name)
		}
	}
	for _, c := range []struct {
		client    Client
		msg, want string
	}{
		{Consumer, "heartbeat errored", "consumer.internals.ConsumerCoordinator"},
		{Consumer, "cooperative consumer calling onRevoke", "consumer.KafkaConsumer"},
		{Consumer, "fetching offsets errored", "consumer.internals.Fetcher"},
		{Consumer, "metadata update triggered", "Metadata"},
		{Producer, "produced", "producer.internals.Sender"},
		{Producer, "initializing producer id", "producer.internals.TransactionManager"},
		{Producer, "unable to open connection to broker", "NetworkClient"},
		{AdminClient, "wrote DescribeTopics", "NetworkClient"},
		{AdminClient, "something", "admin.KafkaAdminClient"},
		{Producer, "something", "producer.KafkaProducer"},
	} {
		got := loggerName(c.client, c.msg)
		if got != javaClients+c.want {
			t.Errorf("%s: %s, want %s", c.msg, got, c.want)
		}
		if !slices.Contains(LoggerNames, got) {
			t.Errorf("%s is not listed", got)
		}
	}
}
