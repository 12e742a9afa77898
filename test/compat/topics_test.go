//go:build unix

package compat

import (
	"encoding/json"

	"github.com/twmb/franz-go/pkg/kgo"
)

// produce writes a record to a topic, or a tombstone where the value is nil.
func (c *cluster) produce(topic, key string, value []byte) {
	c.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.kafka.Bootstrap()))
	if err != nil {
		c.t.Fatal(err)
	}
	defer client.Close()
	if err := client.ProduceSync(c.t.Context(), &kgo.Record{Topic: topic, Key: []byte(key), Value: value}).FirstErr(); err != nil {
		c.t.Fatal(err)
	}
}

// writeConfig writes a record to the config topic.
func (c *cluster) writeConfig(key string, v any) {
	c.t.Helper()
	value, err := json.Marshal(v)
	if err != nil {
		c.t.Fatal(err)
	}
	c.produce(c.props["config.storage.topic"], key, value)
}
