package deadletter

// Target says where letters are sent.
type Target string

const (
	// ToTopic sends the record to the topic it was consumed from, or to one that is named.
	ToTopic Target = "topic"
	// ToConnector gives the record to the connector, and to nobody else who reads the topic.
	ToConnector Target = "connector"
)
