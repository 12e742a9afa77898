package kafka

import (
	"testing"

	"github.com/moldau/moldau/connect/config"
)

func TestDefinitionsHaveKafkasDefaults(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		client     Client
		name       string
		value      any
		importance config.Importance
	}{
		{Producer, "acks", "all", config.Low},
		{Producer, "linger.ms", int64(5), config.Medium},
		{Producer, "sasl.jaas.config", nil, config.Medium},
		{Producer, "bootstrap.servers", config.NoDefault, config.High},
		{Consumer, "max.poll.records", int32(500), config.Medium},
		{Consumer, "auto.offset.reset", "latest", config.Medium},
		{AdminClient, "retries", int32(2147483647), config.Low},
	} {
		k := Definition(x.client).Lookup(x.name)
		if k == nil || k.Default != x.value || k.Importance != x.importance || k.Doc == "" {
			t.Errorf("%s of the %s: %+v", x.name, x.client, k)
		}
	}
	for _, c := range []Client{Producer, Consumer, AdminClient} {
		if got, want := len(Definition(c).Keys()), len(keysOf(c)); got != want {
			t.Errorf("%s: %d keys declared, the table has %d", c, got, want)
		}
	}
}
